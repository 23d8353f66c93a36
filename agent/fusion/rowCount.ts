import type { Kind } from './kind.ts'
import type { CountResult } from './results.ts'
import { wholeOf } from './statistics.ts'

/** Sums [n]: rows in which the response is a number. None is an answer, too. */
export const rowCount: Kind = {
  multiplies: false,
  reads: { response: true, terms: [0, 0] },
  dimension: () => 1,
  check: () => {},
  addRow(sum) {
    sum.addValue(0, 1)
  },
  result: (_, sum): CountResult => ({ count: wholeOf(sum, 0) }),
}
