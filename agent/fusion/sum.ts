import type { Kind } from './kind.ts'
import type { SumResult } from './results.ts'
import { countOf, roundedAt } from './statistics.ts'

/** Sums [Σx, n]. */
export const sum: Kind = {
  multiplies: false,
  reads: { response: true, terms: [0, 0] },
  dimension: () => 2,
  check: () => {},
  addRow(sum, { exactResponse }) {
    sum.addExact(0, exactResponse())
    sum.addValue(1, 1)
  },
  result(_, sum): SumResult {
    const observations = countOf(sum, 1)
    return { sum: roundedAt(sum, 0, 'the sum'), observations }
  },
}
