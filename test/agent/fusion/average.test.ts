import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type { AverageResult } from '../../../agent/fusion/results.ts'
import { vectorOf, zeroVector } from '../../../agent/math/exactVector.ts'
import { digits, fitted, modelOf } from './models.ts'

const AVERAGE = modelOf('average', 'y')
const averageOf = (values: readonly number[]) =>
  fitted(
    AVERAGE,
    values.map((y) => ({ y })),
  ) as AverageResult

/** NIST StRD univariate NumAcc sets: first value, then 1,000 times (middle - step, middle + step), step apart. */
const alternating = (first: number, low: number, high: number): number[] => [
  first,
  ...Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? low : high)),
]

t.test('the NumAcc sets of NIST come out as certified', async (t) => {
  // https://www.itl.nist.gov/div898/strd/univ/homepage.html; of 1000000.1 the double has 10 digits after the
  // point, which bounds the digits of its standard deviation (certified for the decimals).
  const cases: [string, number[], number, number, number][] = [
    ['NumAcc1', [10000001, 10000003, 10000002], 10000002, 1, 15],
    ['NumAcc2', alternating(1.2, 1.1, 1.3), 1.2, 0.1, 14],
    ['NumAcc3', alternating(1000000.2, 1000000.1, 1000000.3), 1000000.2, 0.1, 9],
    ['NumAcc4', alternating(10000000.2, 10000000.1, 10000000.3), 10000000.2, 0.1, 8],
  ]
  for (const [name, values, mean, deviation, least] of cases) {
    const found = averageOf(values)
    t.ok(digits(found.mean, mean) >= 15, `${name}: mean ${found.mean}`)
    const agreed = digits(found.standardDeviation ?? NaN, deviation)
    t.ok(agreed >= least, `${name}: standard deviation to ${agreed.toFixed(1)} digits`)
    t.equal(found.observations, values.length)
  }
})

t.test('a spread far below the mean survives', async (t) => {
  const found = averageOf([1e15, 1e15 + 1, 1e15 + 2])
  t.strictSame(found, { mean: 1e15 + 1, standardDeviation: 1, observations: 3 })
})

t.test('one observation has no standard deviation', async (t) => {
  t.strictSame(averageOf([0.1]), { mean: 0.1, standardDeviation: null, observations: 1 })
})

t.test('equal observations deviate by nothing', async (t) => {
  t.strictSame(averageOf([0.1, 0.1, 0.1]), { mean: 0.1, standardDeviation: 0, observations: 3 })
})

t.test('the statistic is Σx, Σx², n', async (t) => {
  t.strictSame(contribute(AVERAGE, [{ y: 2 }, { y: -5 }]).vector, vectorOf([-3, 29, 2]))
})

t.test('no observation is too few', async (t) => {
  t.throws(() => resultOf(AVERAGE, zeroVector(3)), {
    code: 'TOO_FEW',
    message: /^there is no observation/,
  })
})

t.test('sums that no rows have are refused', async (t) => {
  for (const sum of [
    [3, 1, 2],
    [1, 1, 1.5],
    [1, 1, -1],
    [0, -1, 1],
  ]) {
    t.throws(() => resultOf(AVERAGE, vectorOf(sum)), { code: 'BAD_MESSAGE' }, `${sum}`)
  }
})
