import fc from 'fast-check'
import t from 'tap'
import { Accumulator } from '../../../agent/math/accumulator.ts'
import { type Dyadic, dyadicOf, splitDouble } from '../../../agent/math/dyadic.ts'
import { componentOf } from '../../../agent/math/exactVector.ts'
import { MathError } from '../../../agent/math/mathError.ts'
import type { Rational } from '../../../agent/math/rational.ts'
import {
  type NormalEquations,
  solveNormalEquations,
  variancesOf,
} from '../../../agent/math/solve.ts'
import { holds } from './property.ts'
import {
  dyadicFraction,
  equal,
  type Fraction,
  fraction,
  fractionOf,
  minus,
  over,
  plus,
  solveFractions,
  times,
} from './slowRational.ts'

const ZERO: Fraction = [0n, 1n]
const slow = (a: Rational): Fraction =>
  times(fraction(a.numerator, a.denominator), dyadicFraction(1n, a.exponent))

const entry = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  // Full mantissas; the fractions below are too slow for all of their exponents.
  fc.maxSafeInteger().map((n) => n * 2 ** -40),
  fc.integer({ min: -5, max: 5 }).map((n) => n * 2 ** 40),
)
/** Rows of p terms and a response. */
const problem = fc.integer({ min: 1, max: 4 }).chain((p) =>
  fc.record({
    p: fc.constant(p),
    rows: fc.array(fc.array(entry, { minLength: p + 1, maxLength: p + 1 }), {
      minLength: p,
      maxLength: 9,
    }),
  }),
)

t.test(
  'coefficients, inverse diagonal and residual are those of elimination with fractions',
  async (t) => {
    let solvable = 0
    const property = fc.property(problem, ({ p, rows }) => {
      const { gram, right, square } = slowEquations(rows, p)
      const wanted = solveFractions(gram, right)
      const found = solutionOf(rows, p)
      if (!wanted) return found instanceof MathError && found.code === 'RANK'
      // A column that is new only in its last bits counts as dependent: see DEPENDENT_BITS.
      if (found instanceof MathError)
        return found.code === 'RANK' && isNearlyDependent(gram, found.component ?? -1)
      solvable++
      const residual = wanted.reduce(
        (rest, x, i) => minus(rest, times(x, right[i] as Fraction)),
        square,
      )
      return (
        wanted.every((x, i) => equal(x, slow(found.coefficients[i] as Rational))) &&
        equal(residual, slow(found.residual)) &&
        wanted.every((_, i) => {
          const unit = wanted.map((_, k): Fraction => (k === i ? [1n, 1n] : ZERO))
          return equal(
            (solveFractions(gram, unit) as Fraction[])[i] as Fraction,
            slow(found.inverseDiagonal[i] as Rational),
          )
        })
      )
    })
    holds(t, property, 200)
    t.ok(solvable > 60, `${solvable} of the problems had a solution`)
  },
)

t.test(
  'variances are the residual over the degrees of freedom times the inverse diagonal',
  async (t) => {
    // y = 1, 3, 2 on 1, x = 0, 1, 2: slope 1/2, residual 3/2, G⁻¹ = [[5, -3], [-3, 3]] / 6 (by hand).
    const found = solved(
      [
        [1, 0, 1],
        [1, 1, 3],
        [1, 2, 2],
      ],
      2,
    )
    t.strictSame(found.coefficients.map(slow), [
      [3n, 2n],
      [1n, 2n],
    ])
    t.strictSame(slow(found.residual), [3n, 2n])
    t.strictSame(variancesOf(found, 1).map(slow), [
      [5n, 4n],
      [3n, 4n],
    ])
  },
)

t.test('scaling a column scales its coefficient and nothing else', async (t) => {
  const rows = [
    [1, 2, 3],
    [1, 5, 4],
    [1, 7, 9],
    [1, 1, 0],
  ]
  const plain = solved(rows, 2)
  const scaled = solved(
    rows.map(([a, b, y]) => [a ?? 0, (b ?? 0) * 2 ** 300, y ?? 0]),
    2,
  )
  t.ok(equal(slow(plain.coefficients[0] as Rational), slow(scaled.coefficients[0] as Rational)))
  t.ok(
    equal(
      slow(plain.coefficients[1] as Rational),
      times(slow(scaled.coefficients[1] as Rational), dyadicFraction(1n, 300)),
    ),
  )
  t.ok(equal(slow(plain.residual), slow(scaled.residual)))
})

t.test('a dependent column is named with the columns that make it up', async (t) => {
  const xs = [1, 2, 3, 5, 8, 13]
  const cases: [string, (x: number) => number[], number, number[]][] = [
    ['twice another', (x) => [1, x, 2 * x], 2, [1]],
    ['a sum of two', (x) => [1, x, x * x, 3 - x], 3, [0, 1]],
    ['equal to the first', () => [7, 7], 1, [0]],
    ['zero', (x) => [1, 0, x], 1, []],
    ['zero in front', (x) => [0, x], 0, []],
    ['the first of two dependent ones', (x) => [1, x, x + 1, x + 2], 2, [0, 1]],
    ['another but for rounding', (x) => [1, x * x, x, x / 3], 3, [2]],
    ['a combination but for rounding', (x) => [1, x, Math.fround(x / 7), 0.1 * x + 0.3], 3, [0, 1]],
  ]
  for (const [name, terms, component, columns] of cases) {
    const error = solutionOf(
      xs.map((x) => [...terms(x), x % 3]),
      terms(1).length,
    )
    t.match(error, { name: 'MathError', code: 'RANK', component, columns }, name)
  }
})

t.test('columns that differ by more than rounding are solved', async (t) => {
  // x and x + noise of 1e-9 relative: hard in doubles (condition 1e18 of the matrix), exact here.
  const rows = [1, 2, 3, 4, 5, 6].map((x) => [1, x, x + 1e-9 * (x % 2), 3 * x + 1e-9 * (x % 2)])
  const { coefficients, residual } = solved(rows, 3)
  t.equal(coefficients.length, 3)
  t.ok(residual.numerator >= 0n)
})

t.test('sums that no rows have are refused', async (t) => {
  const of = (gram: number[], right: number[], square: number): NormalEquations => ({
    gram: gram.map(dyadicOf),
    right: right.map(dyadicOf),
    square: dyadicOf(square),
  })
  t.throws(() => solveNormalEquations(of([-1], [1], 1)), {
    code: 'FORM',
    message: /column 0: a sum of squares is negative/,
  })
  t.throws(() => solveNormalEquations(of([1, 2, 1], [1, 1], 1)), {
    code: 'FORM',
    message: /column 1/,
  })
  t.throws(() => solveNormalEquations(of([1], [2], 1)), {
    code: 'FORM',
    message: /residuals is negative/,
  })
  t.throws(() => solveNormalEquations(of([0, 1, 4], [1, 1], 1)), { code: 'RANK', component: 0 })
})

t.test('as many rows as columns leave no residual', async (t) => {
  const { residual } = solved(
    [
      [1, 0.1, 3.7],
      [1, 0.7, 9.1],
    ],
    2,
  )
  t.equal(residual.numerator, 0n)
})

function solutionOf(rows: readonly (readonly number[])[], p: number) {
  try {
    return solved(rows, p)
  } catch (error) {
    if (error instanceof MathError) return error
    throw error
  }
}

function solved(rows: readonly (readonly number[])[], p: number) {
  const size = ((p + 1) * (p + 2)) / 2
  const sums = new Accumulator(size)
  for (const row of rows) {
    const split = row.map(splitDouble)
    let k = 0
    for (let i = 0; i <= p; i++) {
      for (let j = i; j <= p; j++)
        sums.addProduct(k++, split[i] ?? splitDouble(0), split[j] ?? splitDouble(0))
    }
  }
  const gram: Dyadic[] = []
  const right: Dyadic[] = []
  let k = 0
  for (let i = 0; i < p; i++) {
    for (let j = i; j < p; j++) gram.push(componentOf(sums.total(), k++))
    right.push(componentOf(sums.total(), k++))
  }
  return solveNormalEquations({ gram, right, square: componentOf(sums.total(), size - 1) })
}

function slowEquations(rows: readonly (readonly number[])[], p: number) {
  const dot = (i: number, j: number): Fraction =>
    rows
      .map((row) => times(fractionOf(row[i] ?? NaN), fractionOf(row[j] ?? NaN)))
      .reduce(plus, ZERO)
  const columns = Array.from({ length: p }, (_, i) => i)
  return {
    gram: columns.map((i) => columns.map((j) => dot(i, j))),
    right: columns.map((i) => dot(i, p)),
    square: dot(p, p),
  }
}

/** Whether the part of column k outside the span of those before it is p · 2^-50 of its length or less. */
function isNearlyDependent(gram: readonly (readonly Fraction[])[], k: number): boolean {
  const before = gram.slice(0, k).map((row) => row.slice(0, k))
  const right = gram.slice(0, k).map((row) => row[k] as Fraction)
  const weights = solveFractions(before, right)
  if (!weights) return false
  const own = gram[k]?.[k] as Fraction
  const rest = weights.reduce((sum, w, i) => minus(sum, times(w, right[i] as Fraction)), own)
  const share = over(rest, own)
  return share[0] * 2n ** 100n <= BigInt(gram.length ** 2) * share[1]
}
