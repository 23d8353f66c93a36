import t from 'tap'
import { type ConnectOptions, type Packet, SimBroker } from '../../../controller/sim/broker.ts'
import { newPassage } from '../../../controller/sim/passage.ts'
import { streams } from '../../../controller/sim/random.ts'
import { newWheel } from '../../../controller/sim/wheel.ts'

// What real brokers do too stands in test/behavior; here is what only a simulation can bring about.

const names = ['a', 'b', 'c']

function open(loss = 0, duplicate = 0, delay: readonly [number, number] = [0, 0]) {
  const wheel = newWheel<() => void>()
  const conditions = { loss, duplicate, delay }
  const passage = newPassage(conditions, 100, { size: 3, links: [] }, names, streams(1))
  const broker = new SimBroker<string>(wheel, passage.fate)
  const run = (until = Number.POSITIVE_INFINITY) => {
    while (wheel.size > 0 && wheel.nextTime() <= until) wheel.take()?.()
  }
  const client = (id: string, options: Partial<ConnectOptions<string>> = {}) => {
    const heard: string[] = []
    const connection = broker.connect(id, {
      clean: true,
      receive: ({ payload, retain }) => heard.push(`${payload}${retain ? ' (retained)' : ''}`),
      ...options,
    })!
    return { heard, connection }
  }
  return { wheel, passage, broker, run, client }
}
const packet = (payload: string, qos: 0 | 1 = 0, topic = 't'): Packet<string> => ({
  topic,
  payload,
  bytes: payload.length,
  qos,
  retain: false,
})

t.test('QoS 0 is lost as often as the weather says, QoS 1 never while the line holds', (t) => {
  const { client, run } = open(0.3)
  const reader = client('a')
  reader.connection.subscribe('t', 1)
  const writer = client('b')
  for (let i = 0; i < 2000; i++) writer.connection.publish(packet('zero', 0))
  for (let i = 0; i < 200; i++) writer.connection.publish(packet('one', 1))
  run()
  const zeros = reader.heard.filter((text) => text === 'zero').length
  // 1,400 expected; five standard deviations are 102.
  t.ok(Math.abs(zeros - 1400) < 102, `${zeros} of 2000`)
  t.equal(reader.heard.length - zeros, 200)
  t.end()
})

t.test('delay reorders, duplicates come again', (t) => {
  const { client, run } = open(0, 0.5, [0, 3])
  const reader = client('a')
  reader.connection.subscribe('t', 0)
  const writer = client('b')
  const sent = Array.from({ length: 50 }, (_, i) => String(i))
  for (const text of sent) writer.connection.publish(packet(text))
  run()
  t.ok(reader.heard.length > 60, `${reader.heard.length} of 50`)
  const first = [...new Set(reader.heard)]
  t.notSame(first, sent, 'out of order')
  t.strictSame(
    first.sort((a, b) => Number(a) - Number(b)),
    sent,
    'none missing',
  )
  t.end()
})

t.test('a broker that crashes takes along what is on the way and all that it remembers', (t) => {
  const { client, run, broker } = open()
  const closed: string[] = []
  const reader = client('a', { clean: false, closed: (reason) => closed.push(reason) })
  reader.connection.subscribe('t', 1)
  const writer = client('b', { will: packet('will', 1) })
  writer.connection.publish({ ...packet('kept', 1), retain: true })
  run()
  t.strictSame(reader.heard, ['kept'])
  writer.connection.publish(packet('on the way', 1))
  broker.crash()
  t.strictSame(closed, ['broker'])
  t.notOk(reader.connection.isOpen)
  t.equal(broker.connect('c', { clean: true, receive: () => {} }), undefined, 'nobody gets in')
  broker.restart()
  const again = client('a', { clean: false })
  t.equal(again.connection.sessionPresent, false)
  again.connection.subscribe('t', 1)
  run()
  t.strictSame(again.heard, [], 'no will, nothing retained, nothing late')
  t.strictSame(reader.heard, ['kept'])
  t.end()
})

t.test('a client that falls silent is noticed late, and its will comes then', (t) => {
  const { client, run, wheel } = open()
  const reader = client('a')
  reader.connection.subscribe('t', 1)
  const writer = client('b', { will: packet('gone', 1) })
  writer.connection.subscribe('t', 0)
  writer.connection.drop(5000)
  const other = client('c')
  other.connection.publish(packet('hello'))
  run(4999)
  t.strictSame(reader.heard, ['hello'])
  t.strictSame(writer.heard, [], 'it hears nothing any more')
  run()
  t.strictSame(reader.heard, ['hello', 'gone'])
  t.equal(wheel.now, 5100)
  t.end()
})

t.test('a publish can end in the middle of its fan-out', (t) => {
  const { client, run } = open()
  const readers = ['a', 'c'].map((id) => client(id))
  for (const { connection } of readers) connection.subscribe('t', 0)
  const writer = client('b')
  let left = 1
  writer.connection.publish(packet('half'), () => left-- > 0)
  run()
  t.strictSame(
    readers.map(({ heard }) => heard),
    [['half'], []],
  )
  t.end()
})

t.test('a QoS 1 message that was under way to a lost connection waits in its session', (t) => {
  const { client, run } = open()
  const first = client('a', { clean: false })
  first.connection.subscribe('t', 1)
  const writer = client('b')
  writer.connection.publish(packet('one', 1))
  writer.connection.publish(packet('zero', 0))
  first.connection.drop()
  run()
  const second = client('a', { clean: false })
  run()
  t.strictSame([first.heard, second.heard], [[], ['one']])
  t.end()
})
