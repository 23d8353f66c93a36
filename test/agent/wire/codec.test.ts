import t from 'tap'
import { encode } from '../../../agent/wire/cbor.ts'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { checkSender, decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { Exchange, Order, Roster, SealReport, Signed } from '../../../agent/wire/messages.ts'
import type { RecordType } from '../../../agent/wire/record.ts'
import { parseTopic } from '../../../agent/wire/topics.ts'
import { boundsOf, SAMPLES } from '../../../docs/generator/samples.ts'

const badMessage = { name: 'HypernetError', code: 'BAD_MESSAGE' }
const byName = (name: string) => SAMPLES.find((sample) => sample.name === name)?.value

t.test('reads back every record that it writes', async (t) => {
  for (const { name, type, value } of SAMPLES) {
    const bytes = encodeRecord(type, value, boundsOf(type))
    t.strictSame(decodeRecord(type, bytes, boundsOf(type)), value, name)
  }
})

t.test('M13: refuses bytes of one record as another', async (t) => {
  const bytes = encodeRecord(Order, byName('order') as Order)
  t.throws(() => decodeRecord(Exchange, bytes), { ...badMessage, message: /^exchange/ })
})

t.test('M14: refuses another protocol version', async (t) => {
  const versioned = [Exchange, SealReport, Signed, Order, Roster] as readonly RecordType<unknown>[] // only widened
  for (const type of versioned) {
    const value = SAMPLES.find((sample) => sample.type.name === type.name)?.value
    const map = new Map(Object.values(type.fields).map(([key]) => [key, 0] as const))
    t.throws(() => decodeRecord(type, encode(map)), badMessage)
    const newer = { ...(value as object), version: 2 }
    t.throws(() => encodeRecord(type, newer), {
      ...badMessage,
      message: new RegExp(`^${type.name}\\.version: `),
    })
  }
})

t.test('refuses to send what no receiver would take', async (t) => {
  const order = byName('order') as Order
  t.throws(() => encodeRecord(Order, { ...order, period: 9.5 }), {
    ...badMessage,
    message: /^order\.period: wanted 10\.\.60000$/,
  })
  const roster = byName('roster with an overlay') as Roster
  const members = Array.from({ length: 2000 }, () => roster.members[0] as Roster['members'][0]) // it has three
  t.throws(() => encodeRecord(Roster, { ...roster, members }), { code: 'TOO_LARGE' })
  const bytes = encodeRecord(Roster, { ...roster, members }, OBJECT)
  t.equal(decodeRecord(Roster, bytes, OBJECT).members.length, 2000, 'a blob may be larger')
  t.throws(() => decodeRecord(Roster, bytes), badMessage)
})

t.test('a roster of the greatest size fits the bounds of a blob', async (t) => {
  const roster = byName('roster with an overlay') as Roster
  const members = Array.from({ length: LIMITS.roster }, (_, i) => ({
    id: nodeId(`probe-${i}`),
    key: (roster.members[0] as Roster['members'][0]).key, // it has three
    incarnation: 1,
  }))
  const bytes = encodeRecord(Roster, { ...roster, members }, OBJECT)
  t.ok(bytes.length <= LIMITS.blob, `${bytes.length} bytes`)
  t.equal(decodeRecord(Roster, bytes, OBJECT).members.length, LIMITS.roster)
})

t.test('M12: holds sender and job to the topic', async (t) => {
  const message = { from: nodeId('probe-1'), job: jobId('soil') }
  const on = (topic: string) => () => checkSender(parseTopic(`hn/1/demo/net/${topic}`), message)
  t.doesNotThrow(on('soil/x/probe-1'))
  t.doesNotThrow(on('soil/seal/probe-1'))
  t.doesNotThrow(on('soil/e/probe-1/probe-2'))
  t.throws(on('soil/x/probe-2'), { ...badMessage, message: /probe-1 on the topic of probe-2/ })
  t.throws(on('soil/e/probe-2/probe-1'), badMessage)
  t.throws(on('air/x/probe-1'), { ...badMessage, message: /job soil on a topic of air/ })
  t.throws(on('soil/order'), { ...badMessage, message: /kind order/ })
})
