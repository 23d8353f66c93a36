import {
  divide,
  multiply,
  type Rational,
  rational,
  rationalToDouble,
  signOf,
  squareRootToDouble,
  subtract,
} from '../math/rational.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Kind } from './kind.ts'
import { addTriangle, diagonalIndex } from './normalEquations.ts'
import type { CovarianceResult } from './results.ts'
import { countOf, finite, rationalAt, refuse } from './statistics.ts'

/**
 * Sums [Σ x_i x_j upper triangle row by row, Σ x_i, n], p(p+3)/2 + 1 components: means, covariances and correlations
 * of p variables. Differences are taken in rationals, so that nothing cancels.
 */
export const covariance: Kind = {
  multiplies: true,
  reads: { response: false, terms: [2, LIMITS.terms] },
  dimension: ({ terms = [] }) => (terms.length * (terms.length + 3)) / 2 + 1,
  check: () => {},
  addRow(sum, { exactTerms }) {
    const row = exactTerms()
    let k = addTriangle(sum, row, row)
    for (const x of row) sum.addExact(k++, x)
    sum.addValue(k, 1)
  },
  result({ terms, dimension }, sum): CovarianceResult {
    const variables = terms.map(({ text }) => text)
    const p = variables.length
    const observations = countOf(sum, dimension - 1)
    const n = rational(BigInt(observations))
    const totals = variables.map((_, i) => rationalAt(sum, (p * (p + 1)) / 2 + i))
    const products = (i: number, j: number): Rational => {
      const [row, column] = i < j ? [i, j] : [j, i]
      const square = rationalAt(sum, diagonalIndex(p, row) + column - row)
      return subtract(square, divide(multiply(totals[i] ?? n, totals[j] ?? n), n))
    }
    const centered = variables.map((_, i) => variables.map((_, j) => products(i, j)))
    const spreads = centered.map((row, i) => row[i] ?? n)
    if (spreads.some((spread) => signOf(spread) < 0)) refuse('a variance is negative')
    return {
      variables,
      means: totals.map((total) => finite(rationalToDouble(divide(total, n)), 'a mean')),
      standardDeviations: observations === 1 ? null : deviations(spreads, observations - 1),
      covariance: observations === 1 ? null : scaled(centered, observations - 1),
      correlation: observations === 1 ? null : correlations(centered, spreads),
      observations,
    }
  },
}

function scaled(centered: readonly Rational[][], degrees: number): number[][] {
  const divisor = rational(BigInt(degrees))
  return centered.map((row) =>
    row.map((each) => finite(rationalToDouble(divide(each, divisor)), 'a covariance')),
  )
}

function deviations(spreads: readonly Rational[], degrees: number): number[] {
  const divisor = rational(BigInt(degrees))
  return spreads.map((each) =>
    finite(squareRootToDouble(divide(each, divisor)), 'a standard deviation'),
  )
}

/** s_ij / √(s_ii s_jj), by the root of its square, which is rounded once. */
function correlations(
  centered: readonly Rational[][],
  spreads: readonly Rational[],
): (number | null)[][] {
  return centered.map((row, i) =>
    row.map((each, j) => {
      const both = multiply(spreads[i] ?? each, spreads[j] ?? each)
      if (signOf(both) === 0) return null
      if (i === j) return 1
      return signOf(each) * squareRootToDouble(divide(multiply(each, each), both))
    }),
  )
}
