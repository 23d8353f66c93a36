import fc from 'fast-check'
import t from 'tap'
import {
  compileModel,
  contribute,
  estimateOf,
  mostSums,
  nextOf,
  resultOf,
  startOf,
} from '../../../agent/fusion/model.ts'
import { COUNTS } from '../../../agent/fusion/orderStatistics.ts'
import { placeOf } from '../../../agent/fusion/quantiles.ts'
import type { QuantilesResult } from '../../../agent/fusion/results.ts'
import { sumVectors, vectorOf } from '../../../agent/math/exactVector.ts'
import { rationalToDouble } from '../../../agent/math/rational.ts'
import { modelOf } from './models.ts'

const model = (...probabilities: number[]) =>
  modelOf('quantiles', 'x', undefined, { values: Float64Array.from(probabilities) })

/** Sums over the fleet until the quantiles are found. @param fleet the values of each device */
function found(probabilities: readonly number[], fleet: readonly (readonly number[])[]) {
  const compiled = compileModel(model(...probabilities))
  for (let at = startOf(compiled); ; ) {
    const parts = fleet.map(
      (values) =>
        contribute(
          compiled,
          values.map((x) => ({ x })),
          at,
        ).vector,
    )
    const sum = sumVectors(parts, compiled.dimension)
    const next = nextOf(compiled, at, sum)
    if (!next) return resultOf(compiled, sum, { at }) as QuantilesResult
    at = next
  }
}

const dealt = (rows: readonly number[], size: number) =>
  Array.from({ length: size }, (_, k) => rows.filter((_, i) => i % size === k))

/** Type 7 by sorting; between two elements with the rounding of doubles. */
function sortedQuantile(rows: readonly number[], p: number): number {
  const sorted = [...rows].sort((a, b) => a - b)
  const h = (rows.length - 1) * p
  const [lower = NaN, upper = lower] = [sorted[Math.floor(h)], sorted[Math.ceil(h)]]
  return lower + (h - Math.floor(h)) * (upper - lower)
}

t.test('of any rows on 1 to 155 devices finds what sorting finds', async (t) => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }), // many alike
    fc.constantFrom(-0, 0, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE),
  )
  const property = fc.property(
    fc.array(value, { minLength: 1, maxLength: 60 }),
    fc.integer({ min: 1, max: 155 }),
    fc.nat(59),
    (rows, size, k) => {
      const n = rows.length
      // Ranks k / (n - 1), written as decimals, may fall just beside an element: only 0, 1 and the middle are sure to hit one.
      const isOdd = n % 2 === 1
      const { quantiles, observations } = found([0, 0.5, 1], dealt(rows, size))
      const sorted = [...rows].sort((a, b) => a - b)
      const [least, middle, largest] = quantiles
      const isMiddle = !isOdd || middle === sorted[(n - 1) / 2]
      const p = (k % 60) / 64
      const [other = NaN] = found([p], dealt(rows, size)).quantiles
      const wanted = sortedQuantile(rows, p)
      const scale = Math.max(...rows.map(Math.abs))
      const isNear = !Number.isFinite(wanted) || Math.abs(other - wanted) <= 4e-16 * scale
      return (
        observations === n && least === sorted[0] && largest === sorted.at(-1) && isMiddle && isNear
      )
    },
  )
  t.doesNotThrow(() => fc.assert(property, { seed: 3, numRuns: 40 }))
})

// R: quantile(c(2, 4, 4, 5, 9, 11, 12, 17, 18, 20), c(.05, .25, .5, .9)), type 7
t.test('agrees with the table of R, however the rows are dealt', async (t) => {
  const rows = [20, 4, 12, 2, 9, 17, 4, 11, 18, 5]
  const whole = found([0.05, 0.25, 0.5, 0.9], [rows])
  t.strictSame(whole.quantiles, [2.9, 4.25, 10, 18.2])
  for (const size of [2, 7, 10, 40])
    t.strictSame(found([0.05, 0.25, 0.5, 0.9], dealt(rows, size)), whole)
  t.strictSame(estimateOf(whole), whole.quantiles)
})

t.test('a probability is the decimal that was written', async (t) => {
  // 20 * 0.05 is more than 1 as doubles are, and 1 as people read it.
  t.equal(placeOf(0.05, 21).below, 1)
  t.equal(placeOf(0.05, 21).above, 1)
  t.equal(rationalToDouble(placeOf(0.1, 4).rest), 0.3)
  t.strictSame([placeOf(1e-7, 3).below, placeOf(1e-7, 3).above], [0, 1])
  t.equal(placeOf(1, 12).below, 11)
})

t.test('between two elements so far apart that their difference is no double', async (t) => {
  const most = Number.MAX_VALUE
  t.strictSame(found([0.5, 0.75], [[-most, most]]).quantiles, [0, most / 2])
})

t.test('no rows, and lies', async (t) => {
  t.throws(() => found([0.5], [[], []]), { code: 'TOO_FEW' })
  const compiled = compileModel(model(0.5))
  const false_ = vectorOf(Array.from({ length: COUNTS + 1 }, (_, k) => (k === 1 ? 0.5 : 1)))
  t.equal(nextOf(compiled, startOf(compiled), false_), undefined)
  t.throws(() => resultOf(compiled, false_), { code: 'BAD_MESSAGE' })
  for (const probabilities of [[], [-0.1], [1.5], [NaN], new Array(17).fill(0.5)])
    t.throws(() => compileModel(model(...probabilities)), { code: 'BAD_JOB' })
  t.equal(mostSums(model(0.05, 0.5, 0.95)), 36)
})

t.test('where devices leave all the time there is no result, with the reason', async (t) => {
  const compiled = compileModel(model(0.5))
  let at = startOf(compiled)
  for (let rows = 20; ; rows--) {
    const values = Array.from({ length: rows }, (_, x) => ({ x }))
    const sum = contribute(compiled, values, at).vector
    const next = nextOf(compiled, at, sum)
    if (!next) {
      t.throws(() => resultOf(compiled, sum, { at }), { code: 'TOO_FEW', message: /devices left/ })
      return
    }
    at = next
  }
})
