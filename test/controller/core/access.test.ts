import t from 'tap'
import { fleetId, nodeId } from '../../../agent/wire/ids.ts'
import { TOPICS, type TopicKind } from '../../../agent/wire/topics.ts'
import {
  type Identity,
  mayLeaveWill,
  mayPublish,
  mayReceive,
  maySubscribe,
  mosquittoAcl,
  type Role,
  readableFilters,
  writableFilters,
} from '../../../controller/core/access.ts'
import { type AccessRow, accessRows, ID_OF } from '../../behavior/accessTable.ts'

const identityOf = (role: Role): Identity => ({
  id: nodeId(ID_OF[role]),
  role,
  fleet: fleetId('lab'),
})

function decide({ role, verb, topic }: AccessRow): boolean {
  const identity = identityOf(role)
  if (verb === 'receive') return mayReceive(identity, topic)
  if (verb === 'publish') return mayPublish(identity, topic, { retain: false, qos: 1 })
  if (verb === 'retain') return mayPublish(identity, topic, { retain: true, qos: 1 })
  if (verb === 'will') return mayLeaveWill(identity, topic, { retain: true, qos: 1 })
  return maySubscribe(identity, topic)
}

t.test('the rules decide every row of the access table', async (t) => {
  const rows = accessRows()
  t.ok(rows.length >= 400, `${rows.length} rows`)
  for (const row of rows) {
    if (decide(row) !== row.allowed) {
      t.fail(`${row.role} ${row.verb} ${row.about} ${row.topic}: wanted ${row.allowed}`)
    }
  }
  t.ok(rows.filter(({ allowed }) => allowed).length >= 100, 'the table also allows something')
})

t.test('the access table names every kind of topic', async (t) => {
  const about = new Set(
    accessRows().map((row) => row.about.replace(/ \(.*| in \(.*| out \(.*/, '')),
  )
  for (const kind of Object.keys(TOPICS)) t.ok(about.has(kind), kind)
})

t.test('QoS 2 is refused, QoS 0 and 1 are not', async (t) => {
  const topic = 'hn/1/lab/node/alpha/state'
  for (const [qos, allowed] of [
    [0, true],
    [1, true],
    [2, false],
    [3, false],
  ] as const) {
    t.equal(mayPublish(identityOf('device'), topic, { retain: false, qos }), allowed, `QoS ${qos}`)
  }
})

t.test('a will may be plain or retained, but is of the device itself', async (t) => {
  const device = identityOf('device')
  t.ok(mayLeaveWill(device, 'hn/1/lab/node/alpha/state', { retain: false, qos: 0 }))
  t.notOk(mayLeaveWill(device, 'hn/1/lab/node/beta/state', { retain: false, qos: 0 }))
  t.notOk(mayLeaveWill(device, 'hn/1/lab/node/alpha/state', { retain: true, qos: 2 }))
})

t.test('an id that looks like part of a topic gains nothing', async (t) => {
  for (const id of ['state', 'x', 'node', 'request', 'lab']) {
    const device = { ...identityOf('device'), id: nodeId(id) }
    t.notOk(mayReceive(device, 'hn/1/lab/node/alpha/request/ping'), id)
    t.notOk(maySubscribe(device, 'hn/1/lab/node/+/request/+'), id)
    t.notOk(mayPublish(device, 'hn/1/lab/node/alpha/state', { retain: false, qos: 0 }), id)
  }
})

t.test('the Mosquitto list says the same as the rules', async (t) => {
  const text = mosquittoAcl((Object.keys(ID_OF) as Role[]).map(identityOf))
  const granted = readAcl(text)
  for (const row of accessRows()) {
    const access = granted.get(ID_OF[row.role])
    // Mosquitto ends at 65,535 bytes and takes any id; those rows are for the embedded broker alone.
    if (row.topic.length > 256 || /[A-Z]{2}|\/\//.test(row.topic)) continue
    if (row.verb === 'receive') {
      const found = access?.read.some((filter) => covers(filter, row.topic)) ?? false
      if (found !== row.allowed) t.fail(`${row.role} reads ${row.topic}: ${found}`)
    }
    if (row.verb === 'publish') {
      const found = access?.write.some((filter) => covers(filter, row.topic)) ?? false
      if (found !== row.allowed) t.fail(`${row.role} writes ${row.topic}: ${found}`)
    }
  }
  t.strictSame(granted.get('viewer')?.write, [], 'a viewer writes nothing')
  t.notMatch(text, /pattern/, 'a pattern line would hold for viewers too')
})

t.test('the filters of an identity are one for each kind at most', async (t) => {
  const kinds = Object.keys(TOPICS) as TopicKind[]
  t.equal(readableFilters(identityOf('controller')).length, kinds.length)
  const writers = [
    ...writableFilters(identityOf('controller')),
    ...writableFilters(identityOf('device')),
  ]
  t.equal(writers.length, kinds.length, 'each kind has one writing role')
})

function readAcl(text: string): Map<string, { read: string[]; write: string[] }> {
  const users = new Map<string, { read: string[]; write: string[] }>()
  let current = { read: [] as string[], write: [] as string[] }
  for (const line of text.split('\n')) {
    const [word, first = '', second = ''] = line.split(' ')
    if (word === 'user') {
      current = { read: [], write: [] }
      users.set(first, current)
    }
    if (word === 'topic' && (first === 'read' || first === 'write')) current[first].push(second)
  }
  return users
}

/** Plain MQTT matching without `#`, as a regular expression. */
const covers = (filter: string, topic: string): boolean =>
  new RegExp(`^${filter.replaceAll('+', '[^/]*')}$`).test(topic)
