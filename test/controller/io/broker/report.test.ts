import t from 'tap'
import { type BrokerEvent, brokerReport } from '../../../../controller/io/broker/report.ts'

t.test('the first event is told, then each doubling', async (t) => {
  const events: BrokerEvent[] = []
  const report = brokerReport((event) => events.push(event))
  for (let i = 0; i < 100; i++) report.refused('alpha', 'publish', `number ${i + 1}`)
  t.strictSame(
    events.map((event) => event.count),
    [1, 2, 4, 8, 16, 32, 64],
  )
  t.match(events[6], { kind: 'refused', client: 'alpha', what: 'publish', detail: 'number 64' })
  t.equal(report.stats().refused.publish, 100)
})

t.test('clients, kinds and reasons are counted apart', async (t) => {
  const events: BrokerEvent[] = []
  const report = brokerReport((event) => events.push(event))
  report.refused('alpha', 'publish', '')
  report.refused('beta', 'publish', '')
  report.refused('alpha', 'subscribe', '')
  report.dropped('alpha', 'rate', '')
  report.dropped('alpha', 'slow', '')
  report.note('takeover', 'alpha', '')
  t.strictSame(
    events.map((event) => event.count),
    [1, 1, 1, 1, 1, 1],
  )
  t.match(report.stats(), {
    takeovers: 1,
    refused: { publish: 2, subscribe: 1, connect: 0 },
    dropped: { rate: 1, slow: 1, queue: 0 },
  })
})

t.test(
  'names that strangers invent fill neither log nor memory, nor stop the counts',
  async (t) => {
    let told = 0
    const report = brokerReport(() => told++)
    for (let i = 0; i < 10_000; i++) report.refused(`stranger-${i}`, 'connect', '')
    // 64 by name, then the 1st, 2nd, 4th ... of 9,936 others.
    t.equal(told, 64 + 14)
    t.equal(report.stats().refused.connect, 10_000)
  },
)

t.test('the figures are a copy', async (t) => {
  const report = brokerReport(() => {})
  const before = report.stats()
  report.counters.received++
  report.dropped('alpha', 'queue', '')
  t.equal(before.received, 0)
  t.equal(before.dropped.queue, 0)
})
