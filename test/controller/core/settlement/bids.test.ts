import t from 'tap'
import { nodeId } from '../../../../agent/wire/ids.ts'
import { amountBytes } from '../../../../agent/wire/market.ts'
import {
  type Bidder,
  chosen,
  meets,
  rest,
  roundFrom,
  staleIn,
} from '../../../../controller/core/settlement/bids.ts'

const bidder = (name: string, minPrice: bigint, stake = 0n, ok = 0, bad = 0): Bidder => ({
  node: nodeId(name),
  key: `0x${name}`,
  bid: { minPrice: amountBytes(minPrice), deadline: 1, signature: new Uint8Array(64) },
  minPrice,
  record: { stake, ok, bad },
  readAt: 0,
  tries: 0,
  restsUntil: 0,
})
const winners = (bidders: readonly Bidder[], places: number) =>
  chosen(bidders, [], places, 0)?.bidders.map(({ node }) => node)

t.test('price comes first, then stake, then score, then the name', (t) => {
  const cases: [string, Bidder, Bidder][] = [
    ['price', bidder('z', 1n), bidder('a', 2n, 9n, 9)],
    ['stake', bidder('z', 1n, 2n), bidder('a', 1n, 1n, 9)],
    ['score', bidder('z', 1n, 1n, 9, 1), bidder('a', 1n, 1n, 8, 1)],
    ['a record without fault', bidder('z', 1n, 1n, 1, 0), bidder('a', 1n, 1n, 2, 1)],
    ['no record before a bad one', bidder('z', 1n), bidder('a', 1n, 0n, 0, 1)],
    ['name', bidder('a', 1n), bidder('z', 1n)],
  ]
  for (const [what, better, worse] of cases)
    for (const both of [
      [better, worse],
      [worse, better],
    ])
      t.strictSame(winners(both, 1), [better.node], what)
  t.end()
})

t.test('the same devices are chosen in whatever order they came', (t) => {
  const all = [
    bidder('a', 1n, 5n, 3),
    bidder('b', 1n, 5n, 3),
    bidder('c', 1n, 5n, 2),
    bidder('d', 1n, 4n),
  ]
  t.strictSame(winners(all, 3), ['a', 'b', 'c'])
  t.strictSame(winners(all.toReversed(), 3), ['a', 'b', 'c'])
  t.end()
})

t.test('whom the contract passed over rests, ever longer, and is sent again', (t) => {
  const one = bidder('a', 1n)
  const at = (time: number) => chosen([one], [], 1, time)?.bidders.length ?? 0
  for (const [from, until] of [
    [100, 115],
    [200, 230],
    [300, 360],
  ] as const) {
    t.equal(at(from), 1)
    rest(one, from)
    t.strictSame([at(until - 1), at(until)], [0, 1])
  }
  for (let k = 0; k < 20; k++) rest(one, 1000)
  t.strictSame([at(1599), at(1600)], [0, 1], 'ten minutes at most')
  t.end()
})

t.test('a record counts from ten seconds before its round on, to now', (t) => {
  const round = roundFrom(1000)
  const staleAt = (readAt: number, time: number) => {
    const bidders = [{ ...bidder('a', 1n), readAt }]
    return staleIn({ minPrice: 1n, deadline: 1, bidders }, round, time).length
  }
  t.strictSame([staleAt(989, 1000), staleAt(990, 1000)], [1, 0])
  t.equal(staleAt(990, 5000), 0, 'however long the round takes')
  t.strictSame([staleAt(1000, 1000), staleAt(1001, 1000)], [0, 1], 'a chain that went back')
  t.end()
})

t.test('what is asked is met at the border, and missed below it', (t) => {
  const record = { stake: 10n, ok: 8, bad: 0 }
  t.ok(meets(record, undefined))
  t.ok(meets(record, { stake: amountBytes(10n) }))
  t.notOk(meets(record, { stake: amountBytes(11n) }))
  // (8 + 1) / (8 + 2) = 0.9
  t.ok(meets(record, { score: 900 }))
  t.notOk(meets(record, { score: 901 }))
  t.notOk(meets({ ...record, ok: 7 }, { score: 900 }))
  t.ok(meets({ stake: 0n, ok: 0, bad: 0 }, { score: 500 }), 'a new key has a half')
  t.notOk(meets({ stake: 0n, ok: 0, bad: 1 }, { score: 500 }))
  t.notOk(meets({ ...record, stake: 9n }, { stake: amountBytes(10n), score: 100 }), 'both')
  t.end()
})
