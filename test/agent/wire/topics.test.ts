import { readFileSync } from 'node:fs'
import t from 'tap'
import { fleetId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import {
  parseTopic,
  TOPICS,
  type Topic,
  topicFilter,
  topicName,
  watchFilters,
} from '../../../agent/wire/topics.ts'

const vectors: { valid: { name: string; topic: Topic }[]; refused: string[] } = JSON.parse(
  readFileSync(new URL('../../vectors/topics.json', import.meta.url), 'utf8'),
)

t.test('spells and reads every kind of topic', async (t) => {
  for (const { name, topic } of vectors.valid) {
    t.equal(topicName(topic), name)
    t.strictSame(parseTopic(name), topic)
  }
  const kinds = new Set(vectors.valid.map(({ topic }) => topic.kind))
  t.strictSame([...kinds].sort(), Object.keys(TOPICS).sort(), 'no kind is left out')
})

t.test('M10: refuses names that are none of the protocol', async (t) => {
  for (const name of vectors.refused)
    t.throws(() => parseTopic(name), { name: 'HypernetError', code: /^BAD_(MESSAGE|ID)$/ }, name)
})

t.test('M11: what devices exchange is never retained', async (t) => {
  for (const kind of ['exchange', 'edge', 'seal'] as const) t.equal(TOPICS[kind].retain, false)
})

t.test('names stay within the limits of brokers', async (t) => {
  const longest = 'a'.repeat(32)
  for (const { topic } of vectors.valid) {
    const wide = Object.entries(topic).map(([field, value]) => [
      field,
      ['fleet', 'node', 'job', 'to'].includes(field) ? longest : value,
    ])
    const name = topicName(Object.fromEntries(wide))
    t.ok(name.length <= LIMITS.topicBytes, `${name.length} bytes`)
    t.ok(name.split('/').length <= LIMITS.topicLevels)
  }
})

t.test('a filter has + where no field is given', async (t) => {
  t.equal(topicFilter('exchange', { fleet: 'lab', job: 'soil' }), 'hn/1/lab/net/soil/x/+')
  t.equal(topicFilter('state', {}), 'hn/1/+/node/+/state')
  t.strictSame(watchFilters(fleetId('lab')), ['hn/1/lab/job/#', 'hn/1/lab/node/#'])
  t.strictSame(watchFilters(), ['hn/1/+/job/#', 'hn/1/+/node/#'])
})
