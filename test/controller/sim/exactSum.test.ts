import t from 'tap'
import { sumVectors, vectorOf } from '../../../agent/math/exactVector.ts'
import { greatestError, slowSum } from '../../../controller/sim/exactSum.ts'
import { newDice } from '../../../controller/sim/random.ts'

t.test('adds doubles without rounding, whatever their size', (t) => {
  // 0.1 is 3602879701896397 / 2^55 exactly (IEEE 754; Goldberg 1991).
  const sum = slowSum([vectorOf([0.1, 1e300]), vectorOf([0.1, 1]), vectorOf([0.1, -1e300])], 2)
  t.equal(sum.integers[0], 3n * 3602879701896397n)
  t.equal(sum.powers[0], -55)
  t.equal(sum.integers[1], 1n)
  t.equal(sum.powers[1], 0)
  t.end()
})

t.test('finds no error where the two ways to add agree, and every single unit where not', (t) => {
  const dice = newDice(4)
  const vectors = Array.from({ length: 50 }, () =>
    vectorOf(Array.from({ length: 3 }, () => (dice.fraction() - 0.5) * 10 ** dice.below(20))),
  )
  const sum = sumVectors(vectors, 3)
  const slow = slowSum(vectors, 3)
  t.equal(greatestError(sum, slow), 0)
  for (let k = 0; k < 3; k++) {
    const mantissas = sum.mantissas.map((m, i) => (i === k ? m + 1n : m))
    const error = greatestError({ mantissas, exponents: sum.exponents }, slow)
    t.ok(error > 0 && error < 1e-9, `component ${k}: ${error}`)
  }
  t.end()
})

t.test('measures the error relative to the sum', (t) => {
  const slow = slowSum([vectorOf([400, 0, -8])], 3)
  t.equal(greatestError(vectorOf([404, 0, -8]), slow), 0.01)
  t.equal(greatestError(vectorOf([400, 0, -6]), slow), 0.25)
  t.equal(greatestError(vectorOf([400, 1e-300, -8]), slow), Number.POSITIVE_INFINITY)
  t.equal(greatestError(vectorOf([404, 0, -9]), slow), 0.125, 'the greatest of them')
  t.end()
})

t.test('the sum of nothing is zero', (t) => {
  t.strictSame(slowSum([], 2), { integers: [0n, 0n], powers: [0, 0] })
  t.equal(greatestError(vectorOf([0, 0]), slowSum([], 2)), 0)
  t.end()
})
