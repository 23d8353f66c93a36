import t from 'tap'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import type { Order, Roster } from '../../../agent/wire/messages.ts'
import { collect, newCollection } from '../../../controller/core/result.ts'
import { documentOf, type Figures, median } from '../../../controller/core/resultDocument.ts'
import { type Outcome, outcome } from './sealed.ts'

const roster: Roster = {
  version: 1,
  job: jobId('mean-temp'),
  order: new Uint8Array(32),
  generation: 1,
  firstEpoch: 0,
  members: ['a', 'b', 'c', 'd', 'e'].map((id) => ({
    id: nodeId(id),
    key: new Uint8Array(33),
    incarnation: 1,
  })),
}
const rosterHash = new Uint8Array(32).fill(9)
const order: Order = {
  version: 1,
  job: jobId('mean-temp'),
  fleet: jobId('lab'),
  generation: 1,
  model: { type: 'average', response: ['temp'] },
  sensors: [],
  window: { late: 0 },
  method: 'flood',
  period: 500,
  timeout: 60_000,
}
const sum = { mantissas: [1n], exponents: [0] }
const other = { mantissas: [3n], exponents: [0] }
const good = (): Figures => ({ ok: true, result: { mean: 20 } })
const documentFrom = (
  outcomes: (Partial<Outcome> & { index: number })[],
  {
    figures = good,
    away = [],
    orders = order,
    least = 1,
  }: { figures?: () => Figures; away?: string[]; orders?: Order; least?: number } = {},
) => {
  const collection = newCollection(roster, rosterHash, 0, 1)
  for (const each of outcomes) {
    const { report, seal } = outcome({ roster, rosterHash, sum, ...each })
    collect(collection, report, seal)
  }
  return documentOf(orders, collection, {
    figures,
    online: (node) => !away.includes(node),
    least,
  })
}
const all = [0, 1, 2, 3, 4]

t.test('all agree: exact, identical, medians of what devices sent', async (t) => {
  const document = documentFrom(
    all.map((index) => ({
      index,
      rounds: 3 + index,
      bytesOut: 100 * index,
      milliseconds: 200 + index,
    })),
  )
  t.match(document, {
    job: 'mean-temp',
    status: 'succeeded',
    model: 'average',
    result: { mean: 20 },
    contributors: { count: 5, roster: 5, missing: [] },
    agreement: { exact: true, identical: true, statisticHash: /^0x[0-9a-f]{64}$/, sealed: 5 },
    consensus: {
      method: 'flood',
      rounds: 7,
      messagesPerDevice: 5,
      bytesPerDevice: 200,
      falseStops: 0,
      seconds: 0.204,
    },
  })
  t.notOk('reason' in document || 'epoch' in document)
})

t.test('devices that are gone are named, and the sum is exact over the rest', async (t) => {
  const seals = [0, 1, 2].map((index) => ({ index, contributors: [0, 1, 2, 4], gone: [3, 4] }))
  t.match(documentFrom(seals), {
    status: 'succeeded',
    // e contributed before it died; d did not.
    contributors: { count: 4, roster: 5, missing: ['d'] },
    agreement: { exact: true, identical: true, sealed: 3 },
  })
})

t.test(
  'an answer over fewer devices than the job wants fails, and is told all the same',
  async (t) => {
    const seals = [0, 1].map((index) => ({ index, contributors: [0, 1], gone: [2, 3, 4] }))
    t.match(documentFrom(seals, { least: 2 }), { status: 'succeeded' })
    t.match(documentFrom(seals, { least: 3 }), {
      status: 'failed',
      reason: 'only 2 of 5 devices contributed, wanted minNodes 3; missing: c, d, e',
      result: { mean: 20 },
      contributors: { count: 2 },
      agreement: { exact: true, identical: true },
    })
  },
)

t.test('approximations that differ are a result that says what it is', async (t) => {
  const outcomes = all.map((index) => ({ index, sum: index === 2 ? other : sum }))
  const orders: Order = { ...order, method: 'laplacian' }
  const { status, agreement } = documentFrom(outcomes, { orders })
  t.equal(status, 'succeeded')
  t.match(agreement, { exact: false, certified: false, identical: false, sealed: 4 })
  // 1 and 3 differ by two thirds of the larger.
  t.equal(agreement?.spread, 2 / 3)
  const alike = documentFrom(
    all.map((index) => ({ index })),
    { orders },
  )
  t.match(alike.agreement, { exact: false, certified: false, identical: true, spread: 0 })
})

t.test('sums that differ are never hidden', async (t) => {
  const document = documentFrom(all.map((index) => ({ index, sum: index === 2 ? other : sum })))
  t.match(document, {
    status: 'failed',
    reason: /devices sealed 2 different answers \(by 4, 1 devices\)/,
    result: { mean: 20 },
    agreement: {
      exact: false,
      identical: false,
      sealed: 4,
      answers: [{ sealedBy: ['a', 'b', 'd', 'e'] }, { sealedBy: ['c'] }],
    },
    consensus: { falseStops: 1 },
  })
})

t.test('devices that were cut off are named, and the larger part has the result', async (t) => {
  const seals = [
    ...[0, 1, 2].map((index) => ({ index, contributors: [0, 1, 2, 3], gone: [3, 4] })),
    { index: 3, sum: other, contributors: [3], gone: [0, 1, 2, 4] },
  ]
  const document = documentFrom(seals, { away: ['e'] })
  t.match(document, {
    status: 'succeeded',
    contributors: { count: 4, missing: ['e'] },
    agreement: {
      exact: true,
      identical: true,
      sealed: 3,
      apart: ['d'],
      answers: [{ sealedBy: ['a', 'b', 'c'] }, { sealedBy: ['d'] }],
    },
    consensus: { falseStops: 0 },
  })
  t.notOk('reason' in document)
})

t.test('of parts that are all small none speaks for the fleet', async (t) => {
  const seals = [
    ...[0, 1].map((index) => ({ index, contributors: [0, 1], gone: [2, 3, 4] })),
    ...[2, 3].map((index) => ({ index, contributors: [2, 3], gone: [0, 1, 4], sum: other })),
  ]
  t.match(documentFrom(seals), {
    status: 'failed',
    reason: /the fleet fell into 2 parts \(of 2, 2 devices\)/,
    agreement: { exact: true, identical: false },
  })
})

t.test('an answer that counts on a device which sealed another contradicts it', async (t) => {
  const seals = [
    ...[0, 1, 2].map((index) => ({ index, contributors: [0, 1, 2], gone: [3, 4] })),
    { index: 3, sum: other, contributors: [0, 3], gone: [1, 2, 4] },
  ]
  t.match(documentFrom(seals), {
    status: 'failed',
    reason: /2 different answers/,
    agreement: { exact: false, identical: false },
    consensus: { falseStops: 1 },
  })
})

t.test('a device that is online and sealed nothing is not counted as agreeing', async (t) => {
  const seals = [0, 1, 2, 3].map((index) => ({ index }))
  t.match(documentFrom(seals), {
    status: 'succeeded',
    agreement: { exact: true, identical: false, silent: ['e'] },
  })
  t.match(documentFrom(seals, { away: ['e'] }), { agreement: { identical: true } })
})

t.test("a sum that gives no figures fails with the model's reason", async (t) => {
  const figures = (): Figures => ({ ok: false, reason: 'sqrt(dist) depends on 1' })
  const document = documentFrom(
    all.map((index) => ({ index })),
    { figures },
  )
  t.match(document, {
    status: 'failed',
    reason: 'sqrt(dist) depends on 1',
    agreement: { identical: true },
  })
  t.notOk('result' in document)
})

t.test('without any seal the reasons are told, the most frequent first', async (t) => {
  const fails = [0, 1, 2].map((index) => ({
    index,
    sum: undefined as never,
    failure: index === 0 ? 'timeout' : 'no reading',
  }))
  t.equal(
    documentFrom(fails).reason,
    'no device has an answer: 2 of 5 devices (b, c): no reading; 1 (a): timeout; 2 reported nothing',
  )
  t.match(documentFrom([]).reason, /none of 5 devices reported an answer in time/)
})

t.test('a repeating job says which epoch', async (t) => {
  const orders: Order = { ...order, window: { late: 0, every: 1000 } }
  t.equal(documentFrom([{ index: 0 }], { orders }).epoch, 0)
})

t.test('the median is the middle, or the mean of the two in the middle', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.equal(median([7]), 7)
})
