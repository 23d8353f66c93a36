import t from 'tap'
import { heard, type Link, newLink } from '../../../../agent/consensus/agreement/link.ts'
import { conclude, learnStatement } from '../../../../agent/consensus/agreement/membership.ts'
import { isSilent, mayListen, patience } from '../../../../agent/consensus/agreement/silence.ts'
import { flood } from '../../../../agent/consensus/flood/flood.ts'
import { type Adjacency, regular } from '../../../../agent/consensus/overlay.ts'
import { add } from '../../../../agent/wire/bitset.ts'
import { LIMITS } from '../../../../agent/wire/limits.ts'
import { contextFor, PERIOD, ring, signedStatement } from '../fleet.ts'

/** A link over which those messages of so many arrived. */
function linkAfter(sent: number, arrives: (seq: number) => boolean = () => true): Link {
  const link = newLink(0)
  for (let seq = 1; seq <= sent; seq++) if (arrives(seq)) heard(link, 0, 1, seq)
  return link
}

t.test('a link without loss is given the least patience', async (t) => {
  for (const cut of [1, 2, 8]) t.equal(patience(linkAfter(100), cut), LIMITS.silence)
})

t.test(
  'a link that loses 30 % is given ln(1e-6)/ln(0.3), 12 periods; one that loses half 20',
  async (t) => {
    const link = linkAfter(1000, (seq) => seq % 10 >= 3)
    t.equal(patience(link, 8), Math.ceil(Math.log(1e-6) / Math.log(0.3)))
    t.equal(
      patience(
        linkAfter(1000, (seq) => seq % 2 === 0),
        8,
      ),
      20,
      'ln(1e-6) / ln(0.5) = 19.9',
    )
  },
)

t.test('a link that was never heard is taken for the worst that is provided for', async (t) => {
  t.equal(patience(newLink(0), 1), 138, 'ln(1e-9) / ln(0.86)')
  t.equal(
    patience(newLink(0), 4),
    35,
    'ln(1e-9) / 4 / ln(0.86) = 34.4: all four links must seem dead',
  )
  t.equal(
    patience(newLink(0), 8),
    20,
    'ln(1e-6) / ln(0.5), as a loss of one half is assumed at first',
  )
})

t.test('the fewer links lead here, the longer each is waited for', async (t) => {
  const heardTwice = linkAfter(2)
  // Both came through: 0.14^2 * 0.86^n <= 1e-9 on the worst link, and less on any better one.
  const least = Math.ceil((Math.log(1e-9) - 2 * Math.log(0.14)) / Math.log(0.86))
  t.equal(patience(heardTwice, 1), least)
  const waits = [1, 2, 4, 8].map((cut) => patience(heardTwice, cut))
  t.strictSame(
    waits,
    [...waits].sort((a, b) => b - a),
  )
})

t.test('silence that a poor link may well bring about is not taken for an end', async (t) => {
  // The chance of it, for every loss that may be behind what was heard, in a table of its own.
  for (const [sent, received] of [
    [1, 1],
    [5, 5],
    [7, 2],
    [20, 20],
    [50, 10],
  ] as const) {
    const periods = patience(
      linkAfter(sent, (seq) => seq > sent - received),
      1,
    )
    if (periods === 138) continue // the most that is ever waited
    for (let loss = 0.01; loss <= 0.86; loss += 0.01) {
      const chance = loss ** (sent - received + periods) * (1 - loss) ** received
      const best = (1 - received / sent) ** (sent - received) * (received / sent) ** received
      t.ok(chance / best <= 1.01e-9, `${received} of ${sent}, loss ${loss.toFixed(2)}`)
    }
  }
})

t.test('no link is so bad that its silence is never noticed', async (t) => {
  t.equal(
    patience(
      linkAfter(1000, (seq) => seq === 1000),
      1,
    ),
    138,
  )
})

t.test('a hint that the neighbor went offline halves the patience', async (t) => {
  const state = flood.open(contextFor(ring(8), 0), 0).agreement
  const link = linkAfter(100)
  link.offline = true
  state.awake = (LIMITS.silence / 2) * PERIOD
  t.notOk(isSilent(state, 1, link))
  state.awake++
  t.ok(isSilent(state, 1, link))
})

t.test(
  'where most of those who hear a neighbor miss it, it is given half the patience',
  async (t) => {
    const state = flood.open(contextFor(regular(6, 8, 0), 0), 0).agreement
    const link = linkAfter(100)
    state.awake = (LIMITS.silence / 2) * PERIOD + 1
    const say = (index: number) =>
      learnStatement(state.membership, state.context, index, signedStatement(index, [1])) &&
      conclude(state.membership, state.context)
    for (const index of [2, 3]) say(index)
    t.notOk(isSilent(state, 1, link), 'two of five')
    say(4)
    t.ok(isSilent(state, 1, link), 'three of five')
  },
)

t.test('one that was never heard and was buried before is given half the patience', async (t) => {
  const state = flood.open(contextFor(ring(8), 0), 0).agreement
  state.awake = 40 * PERIOD
  t.notOk(isSilent(state, 1, newLink(0)))
  add(state.membership.certified, 1)
  t.ok(isSilent(state, 1, newLink(0)))
})

t.test(
  'a device that we do not hear may listen, unless most of those who hear it miss it',
  async (t) => {
    // 0 sends to 1 and does not hear it; 2 and 3 do.
    const hears: Adjacency = [[3], [0, 2], [1], [1, 2]]
    const { membership, context, ...rest } = flood.open(contextFor(hears, 0), 0).agreement
    const state = { ...rest, membership, context }
    t.ok(mayListen(state, 1))
    learnStatement(membership, context, 2, signedStatement(2, [1]))
    conclude(membership, context)
    t.ok(mayListen(state, 1), 'one of two')
    learnStatement(membership, context, 3, signedStatement(3, [1]))
    conclude(membership, context)
    t.notOk(mayListen(state, 1))
  },
)

t.test('silence is counted in periods since the last message', async (t) => {
  const state = flood.open(contextFor(ring(8), 0), 0).agreement
  const link = linkAfter(100)
  state.awake = LIMITS.silence * PERIOD
  t.notOk(isSilent(state, 1, link))
  state.awake++
  t.ok(isSilent(state, 1, link))
})

t.test(
  'on a bridge a device waits longer than on a ring, and so when the ring is cut',
  async (t) => {
    const path: Adjacency = [[1], [0, 2], [1, 3], [2]]
    const silentAfter = (hears: Adjacency, gone: readonly number[] = []): number => {
      const state = flood.open(contextFor(hears, 0), 0).agreement
      for (const j of gone) add(state.membership.gone, j)
      const link = newLink(0)
      while (!isSilent(state, 1, link)) state.awake += PERIOD
      return state.awake / PERIOD
    }
    t.equal(silentAfter(path), 139)
    t.equal(silentAfter(ring(8)), patience(newLink(0), 2) + 1)
    t.equal(silentAfter(ring(8), [5]), 139)
  },
)
