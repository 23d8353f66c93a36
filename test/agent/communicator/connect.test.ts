import t, { type Test } from 'tap'
import type { Communicator } from '../../../agent/communicator/communicator.ts'
import { type ConnectOptions, connect } from '../../../agent/communicator/connect.ts'
import { deriveKey } from '../../../agent/io/keys.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { Hello } from '../../../agent/wire/hello.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import { openScene } from '../../controller/io/broker/scene.ts'
import { plainBroker, watcher } from '../io/plainBroker.ts'

const PACE = { gather: 5, period: 50 } as const
const keyOf = (node: string) => deriveKey('communicator test', node)

/** Connects these nodes, each with its own options beside the common ones. */
async function connected(
  t: Test,
  nodes: readonly string[],
  common: Omit<ConnectOptions, 'node'>,
  own: (node: string) => Partial<ConnectOptions> = () => ({}),
): Promise<Communicator[]> {
  const all = await Promise.all(nodes.map((node) => connect({ ...common, node, ...own(node) })))
  t.teardown(() => Promise.all(all.map((comm) => comm.close())))
  return all
}

t.test('programs find each other at a broker that enforces the access list', async (t) => {
  const { broker, passwords, events } = await openScene(t)
  const nodes = ['gamma', 'alpha', 'beta']
  const common = { broker: { url: broker.url }, fleet: 'lab', job: 'sums', size: 3, pace: PACE }
  const comms = await connected(t, nodes, common, (node) => ({
    broker: { url: broker.url, password: passwords.get(node) },
  }))
  t.strictSame(
    comms.map(({ rank, members }) => [rank, members]),
    [2, 0, 1].map((rank) => [rank, ['alpha', 'beta', 'gamma']]),
    'ranks follow the names',
  )
  const results = await Promise.all(
    comms.map(async (comm) => {
      const sum = comm.allreduce([comm.rank, 0.5])
      const told = comm.broadcast([comm.rank * 7], 1)
      const long = comm.allreduce(new Float64Array(3000).fill(comm.rank))
      await comm.barrier()
      return [[...(await sum)], [...(await told)], (await long)[2999], await comm.dot([2], [3])]
    }),
  )
  t.strictSame(results, Array(3).fill([[3, 1.5], [7], 3, 18]))
  t.strictSame(events, [], 'nothing was refused')
})

t.test('with members the ranks are theirs, and nobody else with the name gets in', async (t) => {
  const { url, port } = await plainBroker(t)
  const names = ['zeta', 'alpha']
  const members = names.map((node) => ({ node, key: keyOf(node).publicKey }))
  const common = { broker: { url }, fleet: 'lab', job: 'pinned', members, pace: PACE }
  // Somebody else has the name first.
  const { members: _, ...open } = common
  const other = { ...open, node: 'alpha', key: deriveKey('other', 'alpha'), size: 2 }
  const imposter = connect(other)
  const hasHello = ({ topic }: { topic: string }) => topic === 'hn/1/lab/net/pinned/hello/alpha'
  const watch = await watcher(t, port)
  await watch.until(hasHello)
  const alone = { ...common, node: 'zeta', key: keyOf('zeta'), connectTimeout: 300 }
  await t.rejects(connect(alone), {
    code: 'TIMEOUT',
    message: /another key than expected has alpha/,
  })
  await t.rejects(connect({ ...alone, key: keyOf('alpha') }), { code: 'BAD_USAGE' })
  // It asked for anybody, and found somebody.
  await (await imposter).close()
  const comms = await connected(t, names, { ...common, job: 'again' }, (node) => ({
    key: keyOf(node),
  }))
  t.strictSame(
    comms.map(({ rank }) => rank),
    [0, 1],
  )
  t.strictSame(await Promise.all(comms.map((comm) => comm.allreduce(comm.rank + 1))), [3, 3])
})

t.test('a hello that its program left behind counts for nothing', async (t) => {
  const { url, port } = await plainBroker(t)
  const watch = await watcher(t, port)
  const hello = {
    version: 1,
    job: jobId('old'),
    from: nodeId('beta'),
    key: keyOf('beta').publicKey,
    instance: 5,
    size: 2,
  } as const
  await watch.publish('hn/1/lab/net/old/hello/beta', encodeRecord(Hello, hello), true)
  const common = { broker: { url }, fleet: 'lab', job: 'old', size: 2, pace: PACE }
  await t.rejects(connect({ ...common, node: 'alpha', connectTimeout: 300 }), {
    code: 'TIMEOUT',
    message: /1 of 2 programs are there after 300 ms: alpha/,
  })
  const comms = await connected(t, ['alpha', 'beta'], common)
  t.strictSame(await Promise.all(comms.map((comm) => comm.allreduce(2))), [4, 4])
})

t.test('what a program leaves is taken back when it closes', async (t) => {
  const { url, port } = await plainBroker(t)
  const watch = await watcher(t, port)
  const comm = await connect({ broker: { url }, fleet: 'lab', job: 'one', node: 'alpha', size: 1 })
  t.equal(await comm.allreduce(5), 5)
  await comm.close()
  const left = await watch.until(
    ({ topic, payload }) => topic.endsWith('hello/alpha') && !payload.length,
  )
  t.equal(left.payload.length, 0)
})

t.test('calls outlast a broken connection', async (t) => {
  const broker = await plainBroker(t)
  const common = { broker: { url: broker.url }, fleet: 'lab', job: 'cut', size: 3, pace: PACE }
  const comms = await connected(t, ['a', 'b', 'c'], common)
  t.strictSame(await Promise.all(comms.map((comm) => comm.allreduce(1))), [3, 3, 3])
  broker.cut()
  t.strictSame(await Promise.all(comms.map((comm) => comm.allreduce(2))), [6, 6, 6])
})

t.test('when a program ends, the others fail by name, and go on without it', async (t) => {
  const { url } = await plainBroker(t)
  const common = { broker: { url }, fleet: 'lab', job: 'left', size: 4, pace: PACE }
  const comms = await connected(t, ['a', 'b', 'c', 'd'], common)
  await Promise.all(comms.map((comm) => comm.barrier()))
  await comms[1]?.close()
  const rest = comms.filter(({ rank }) => rank !== 1)
  const errors = await Promise.all(
    rest.map((comm) => comm.barrier().outcome.catch((error) => error)),
  )
  for (const error of errors) t.match(error, { code: 'PEER_LOST', message: /rank 1 \(b\)/ })
  const smaller = await Promise.all(rest.map((comm) => comm.shrink()))
  t.strictSame(await Promise.all(smaller.map((comm) => comm.allreduce(comm.rank))), [3, 3, 3])
  t.strictSame(
    smaller.map(({ members }) => members),
    Array(3).fill(['a', 'c', 'd']),
  )
  await Promise.all(smaller.map((comm) => comm.close()))
})

t.test('a signal ends the attempt to connect, and wrong options are refused', async (t) => {
  const { url } = await plainBroker(t)
  const common = { broker: { url }, fleet: 'lab', job: 'wait', node: 'alpha' }
  const ending = new AbortController()
  const waiting = connect({ ...common, size: 2, signal: ending.signal })
  ending.abort(new Error('no longer needed'))
  await t.rejects(waiting, { message: 'no longer needed' })
  await t.rejects(connect({ ...common, size: 2, signal: AbortSignal.abort('before') }))
  await t.rejects(connect(common), { code: 'BAD_USAGE' })
  await t.rejects(connect({ ...common, size: 0 }), { code: 'BAD_USAGE' })
  await t.rejects(connect({ ...common, size: 1, job: 'No Job' }), { code: 'BAD_ID' })
  await t.rejects(
    connect({ ...common, key: keyOf('alpha'), members: [{ node: 'alpha', key: '02' }] }),
    {
      code: 'BAD_USAGE',
    },
  )
  const nobody = { ...common, broker: { url: 'mqtt://127.0.0.1:1' }, size: 1, connectTimeout: 100 }
  await t.rejects(connect(nobody), { code: 'BROKER_LOST' })
})
