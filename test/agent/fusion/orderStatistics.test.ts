import fc from 'fast-check'
import t from 'tap'
import {
  COUNTS,
  componentFor,
  doubleOf,
  FIRST,
  isFound,
  keyOf,
  mostSumsFor,
  narrowed,
  planOf,
  type Search,
  searchOf,
  stored,
} from '../../../agent/fusion/orderStatistics.ts'
import { quantileSums } from '../../../agent/wire/orderModels.ts'

const numberOf = ([high, low]: readonly [number, number]) => high * 2 ** 32 + low
const double = fc.double({ noNaN: true, noDefaultInfinity: true })

t.test('bits are in the order of the numbers, and lead back to them', async (t) => {
  fc.assert(
    fc.property(double, double, (x, y) => {
      const [a, b] = [keyOf(x), keyOf(y)]
      const isBelow = a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
      return isBelow === x < y && doubleOf(...a) === x
    }),
    { seed: 1, numRuns: 2000 },
  )
  t.equal(numberOf(keyOf(-0)), numberOf(keyOf(0)))
  t.ok(Object.is(doubleOf(...keyOf(-0)), 0))
})

/** A search over rows that may change between two sums. */
function searched(rowsAt: (sum: number) => readonly number[], ranks: (n: number) => number[]) {
  let search: Search = FIRST
  for (;;) {
    const rows = rowsAt(search.sums)
    const counts = new Array<number>(COUNTS).fill(0)
    const plan = planOf(search)
    for (const x of rows) {
      const k = componentFor(plan, x)
      if (k !== undefined) counts[k] = (counts[k] ?? 0) + 1
    }
    const next = narrowed(search, counts, rows.length, ranks)
    if (typeof next === 'string') return next
    // As it is stored: nothing is lost by that.
    search = searchOf(stored(next))
    if (isFound(search)) return search
  }
}
const elements = (found: ReturnType<typeof searched>) =>
  typeof found === 'string' ? found : found.targets.map(({ high, low }) => doubleOf(high, low))

t.test('finds the elements of all ranks, as sorting does', async (t) => {
  const property = fc.property(fc.array(double, { minLength: 1, maxLength: 32 }), (rows) => {
    const sorted = rows.map((x) => x + 0).sort((a, b) => a - b)
    const found = searched(
      () => rows,
      (n) => Array.from({ length: n }, (_, i) => i),
    )
    return String(elements(found)) === String(sorted)
  })
  t.doesNotThrow(() => fc.assert(property, { seed: 2, numRuns: 300 }))
})

t.test('one element takes eight sums, and the bound is kept', async (t) => {
  const rows = Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 1e3)
  for (const [wanted, sums] of [
    [1, 8],
    [2, 8],
    [6, 9],
    [32, 15],
  ] as const) {
    const ranks = Array.from({ length: wanted }, (_, i) => i * 29)
    const found = searched(
      () => rows,
      () => ranks,
    )
    t.ok(typeof found !== 'string' && found.sums <= sums, `${wanted} elements`)
    t.equal(mostSumsFor(wanted), 4 * sums)
  }
  for (const q of [1, 3, 16])
    t.equal(mostSumsFor(2 * q), quantileSums({ probabilities: new Array(q) }), 'as jobs have it')
})

t.test('a search begins anew where rows have gone, and not for ever', async (t) => {
  const rows = [5, 1, 4, 2, 3]
  const least = () => [0]
  const once = searched((sum) => (sum < 3 ? rows : [5, 4, 2, 3]), least)
  t.strictSame(elements(once), [2], 'the least of those that remain')
  t.ok(typeof once !== 'string' && once.beginnings === 2 && once.sums === 12)
  const restless = searched((sum) => rows.slice(0, 4 - (sum % 4)), least)
  t.equal(restless, 'restless')
})

t.test('counts that no rows have are seen', async (t) => {
  const counts = new Array<number>(COUNTS).fill(0)
  t.equal(
    narrowed(FIRST, counts, 3, () => [0]),
    'wrong',
  )
})
