import { divide, rational, rationalToDouble, squareRootToDouble } from '../math/rational.ts'
import type { Kind } from './kind.ts'
import type { AverageResult } from './results.ts'
import { finite, MOMENTS, momentsOf } from './statistics.ts'

/** Sums [Σx, Σx², n]: the mean of all observations and how far they lie apart. */
export const average: Kind = {
  multiplies: true,
  reads: { response: true, terms: [0, 0] },
  dimension: () => MOMENTS,
  check: () => {},
  addRow(sum, { exactResponse }) {
    const x = exactResponse()
    sum.addExact(0, x)
    sum.addProduct(1, x, x)
    sum.addValue(2, 1)
  },
  result(_, sum): AverageResult {
    const { count, mean, squares } = momentsOf(sum)
    const variance = divide(squares, rational(BigInt(Math.max(count - 1, 1))))
    return {
      mean: finite(rationalToDouble(mean), 'the mean'),
      standardDeviation:
        count === 1 ? null : finite(squareRootToDouble(variance), 'the standard deviation'),
      observations: count,
    }
  },
}
