import t from 'tap'
import { filtersOf, ownStateFilter } from '../../../agent/io/subscriptions.ts'
import { fleetId, type JobId, jobId, type NodeId, nodeId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'

const fleet = fleetId('lab')
const node = nodeId('me')
const nodes = (count: number, prefix = 'n') =>
  Array.from({ length: count }, (_, i) => nodeId(`${prefix}${i}`))
const filters = (
  neighbors: [string, NodeId[]][],
  blobs: { job: JobId; hash: string }[] = [],
  addressed: string[] = [],
) =>
  filtersOf({
    fleet,
    node,
    neighbors: new Map(neighbors.map(([job, of]) => [jobId(job), of])),
    addressed: addressed.map(jobId),
    blobs,
  })

t.test('a device without a job hears orders, rosters, requests and itself', async (t) => {
  t.equal(ownStateFilter(fleet, node), 'hn/1/lab/node/me/state')
  t.strictSame(filters([]), [
    'hn/1/lab/node/me/state',
    'hn/1/lab/node/me/request/+',
    'hn/1/lab/net/+/order',
    'hn/1/lab/net/+/roster',
  ])
})

t.test('each neighbor of a job is heard by name, with its presence once', async (t) => {
  const found = filters([
    ['j', nodes(2)],
    ['k', nodes(1)],
  ]).slice(4)
  t.strictSame(found, [
    'hn/1/lab/node/n0/state',
    'hn/1/lab/node/n1/state',
    'hn/1/lab/net/j/x/n0',
    'hn/1/lab/net/j/x/n1',
    'hn/1/lab/net/k/x/n0',
  ])
})

t.test('above the limit of neighbors all of the exchange is asked for', async (t) => {
  const most = LIMITS.neighborSubscriptions
  t.ok(filters([['j', nodes(most)]]).includes('hn/1/lab/net/j/x/n0'))
  const found = filters([['j', nodes(most + 1)]]).slice(4)
  t.strictSame(found, ['hn/1/lab/node/+/state', 'hn/1/lab/net/j/x/+'])
})

t.test('objects under way are heard by their hash', async (t) => {
  const hash = 'ab'.repeat(32)
  t.ok(filters([], [{ job: jobId('j'), hash }]).includes(`hn/1/lab/net/j/blob/${hash}/+`))
})

t.test('as many jobs as a device takes never exceed the limit of subscriptions', async (t) => {
  for (const count of [1, 8, 24, 25]) {
    const jobs = Array.from({ length: LIMITS.jobs }, (_, i): [string, NodeId[]] => [
      `j${i}`,
      nodes(count, `j${i}-`),
    ])
    const blobs = jobs.flatMap(([job]) =>
      ['aa', 'bb'].map((hex) => ({ job: jobId(job), hash: hex.repeat(32) })),
    )
    const found = filters(jobs, blobs)
    t.ok(found.length <= LIMITS.subscriptions, `${count} neighbors: ${found.length}`)
    t.equal(new Set(found).size, found.length)
    for (const [job, of] of jobs) {
      const isHeard = (each: NodeId) =>
        found.includes(`hn/1/lab/net/${job}/x/${each}`) || found.includes(`hn/1/lab/net/${job}/x/+`)
      t.ok(of.every(isHeard), job)
    }
  }
})

t.test('a job whose messages are addressed is heard in full, whoever sends', async (t) => {
  const all = filters([['soil', nodes(1)]], [], ['soil'])
  t.ok(all.includes('hn/1/lab/net/soil/a/+'), 'what goes to everyone')
  t.ok(all.includes('hn/1/lab/net/soil/e/+/me'), 'what goes to this device alone')
})
