import { LIMITS } from '../wire/limits.ts'
import type { Kind } from './kind.ts'
import type { VectorSumResult } from './results.ts'
import { countOf, roundedAt } from './statistics.ts'

/**
 * Sums [Σ t_1, ..., Σ t_p, n]: several sums in one job. A dot product is the sum of a * b over devices that hold a part of
 * both vectors; a matrix-vector product has a term for each row of the matrix, on devices that hold its columns.
 */
export const vectorSum: Kind = {
  multiplies: false,
  reads: { response: false, terms: [1, LIMITS.terms] },
  dimension: ({ terms = [] }) => terms.length + 1,
  check: () => {},
  addRow(sum, { terms, exactTerms }) {
    exactTerms().forEach((term, k) => {
      sum.addExact(k, term)
    })
    sum.addValue(terms.length, 1)
  },
  result({ terms }, sum): VectorSumResult {
    const observations = countOf(sum, terms.length)
    const sums = terms.map(({ text }, k) => roundedAt(sum, k, `the sum of ${text}`))
    return { terms: terms.map(({ text }) => text), sums, observations }
  },
}
