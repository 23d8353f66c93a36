import t from 'tap'
import { gate, MOST_WEIGHT, type Part } from '../../../agent/fusion/gate.ts'
import { limitOf } from '../../../agent/fusion/gateLimit.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fleetOf, PLAIN, partsOf, WEIGHTED } from './gateFleet.ts'
import { trials } from './gateTrials.ts'

const SENSORS = 50

const clean = trials({ liars: 0 })

t.test('a clean fleet keeps its devices', async (t) => {
  t.comment(JSON.stringify(clean))
  t.ok(clean.wronged <= 0.02, `${100 * clean.wronged} % of the honest are refused`)
  // One honest device in a thousand is refused, and a median of 60 fleets jumps.
  t.ok(clean.gated <= 1.1 * clean.plain)
})

for (const [share, most] of [
  [0.1, 1.2],
  [0.3, 1.4],
  [0.4, 1.6],
] as const)
  t.test(
    `${100 * share} % of liars by 10 deviations, who claim a hundredfold precision`,
    async (t) => {
      const found = trials({ liars: share * SENSORS })
      t.comment(JSON.stringify(found))
      t.ok(found.gated <= most * clean.plain, `${found.gated}, at most ${most} of ${clean.plain}`)
      t.ok(found.plain > 10, 'the plain sum is lost')
      t.equal(found.named, 1, 'every liar is named')
      t.ok(found.wronged <= 0.02)
    },
  )

t.test('likewise where no device has an estimate of its own', async (t) => {
  const fixed = { isFixed: true, claim: 1 }
  const honest = trials({ ...fixed, liars: 0 }, PLAIN)
  t.comment(JSON.stringify(honest))
  t.ok(honest.wronged <= 0.02)
  for (const [liars, most] of [
    [5, 1.2],
    [20, 1.6],
  ] as const) {
    const found = trials({ ...fixed, liars }, PLAIN)
    t.comment(JSON.stringify(found))
    t.ok(found.gated <= most * honest.plain)
    t.ok(found.named > 0.9, 'nearly all are named: one may stand where its lie does not show')
  }
})

const honest = partsOf(fleetOf({ seed: 7, size: 12, liars: 0 }), PLAIN)
const replaced = (index: number, vector: Part['vector']): Part[] =>
  honest.map((part) => (part.index === index ? { index, vector } : part))
const figuresOf = ({ vector }: Part): number[] =>
  vector.mantissas.map((mantissa, k) => Number(mantissa) * 2 ** (vector.exponents[k] ?? 0))

t.test('what no rows add up to is refused by itself', async (t) => {
  const part = honest[3]
  if (!part) throw new Error('no part')
  t.strictSame(gate(PLAIN, honest), [])
  const lies: Record<string, (figures: number[]) => void> = {
    'half a row': (figures) => {
      figures[10] = 20.5
    },
    'a negative square': (figures) => {
      figures[9] = -1
    },
    'products larger than the squares allow': (figures) => {
      figures[1] = 1e6
    },
    'no rows, but sums': (figures) => {
      figures[10] = 0
    },
  }
  for (const [what, lie] of Object.entries(lies)) {
    const figures = figuresOf(part)
    lie(figures)
    const found = gate(PLAIN, replaced(3, vectorOf(figures)))
    t.strictSame(found, [{ index: 3, reason: 'unsound', distance: 0 }], what)
  }
  t.strictSame(gate(PLAIN, replaced(3, vectorOf(new Array(11).fill(0)))), [], 'no rows at all')
})

t.test('rows count once, or by weights that others have, too', async (t) => {
  const [first] = partsOf(fleetOf({ seed: 7, size: 1, liars: 0 }), PLAIN)
  if (!first) throw new Error('no part')
  const doubled = figuresOf(first).map((each, k) => (k === 10 ? each : 2 * each))
  t.match(gate(PLAIN, replaced(0, vectorOf(doubled))), [
    { index: 0, reason: 'weight', distance: 2 },
  ])
  const claiming = (claim: number) =>
    gate(WEIGHTED, partsOf(fleetOf({ seed: 7, size: 12, liars: 1, bias: 0, claim })))
  t.strictSame(claiming(2), [], 'a better sensor may be')
  t.match(claiming(2 * MOST_WEIGHT), [{ index: 0, reason: 'weight', distance: 2 * MOST_WEIGHT }])
})

t.test(
  'the order in which contributions come does not matter, and few devices are no harm',
  async (t) => {
    const parts = partsOf(fleetOf({ seed: 9, size: 20, liars: 4 }))
    const found = gate(WEIGHTED, parts)
    t.strictSame(
      found.map(({ index }) => index),
      [0, 1, 2, 3],
    )
    t.ok(found.every(({ reason, distance }) => reason === 'distance' && distance ** 2 > limitOf(3)))
    t.strictSame(gate(WEIGHTED, [...parts].reverse()), found)
    for (const size of [0, 1, 2]) t.strictSame(gate(WEIGHTED, parts.slice(4, 4 + size)), [])
  },
)

t.test('sensors that all differ a little are no liars', async (t) => {
  const differing = fleetOf({ seed: 11, size: 30, liars: 0, rows: 200 }).map((rows, i) =>
    rows.map((row) => ({ ...row, y: row.y + 0.6 * Math.sin(5 * i) })),
  )
  t.strictSame(gate(PLAIN, partsOf(differing, PLAIN)), [])
})
