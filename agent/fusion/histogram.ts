import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { Kind } from './kind.ts'
import type { HistogramResult } from './results.ts'
import { checkAscending, countOf, refuse, wholeOf } from './statistics.ts'

/** Sums [rows below the first edge, rows of each bin, rows above the last edge, n]. */
export const histogram: Kind = {
  multiplies: false,
  reads: { response: true, terms: [0, 0] },
  dimension: (model) => edgesOf(model).length + 2,
  check(model) {
    const edges = edgesOf(model)
    if (edges.length < 2)
      throw new HypernetError('BAD_JOB', `wanted two edges at least, found ${edges.length}`)
    checkAscending('edges', edges)
  },
  addRow(sum, { response }, model) {
    const edges = edgesOf(model)
    const top = edges.length - 1
    // The bins are closed below, and the last one above too.
    const above = edges.findIndex((edge, k) => response < edge || (k === top && response === edge))
    sum.addValue(above < 0 ? edges.length : above, 1)
    sum.addValue(edges.length + 1, 1)
  },
  result({ model }, sum): HistogramResult {
    const edges = [...edgesOf(model)]
    const observations = countOf(sum, edges.length + 1)
    const [below = 0, ...bins] = Array.from({ length: edges.length + 1 }, (_, k) =>
      wholeOf(sum, k, observations),
    )
    const above = bins.pop() ?? 0
    const total = bins.reduce((all, each) => all + each, below + above)
    if (total !== observations) refuse(`${total} rows are counted, of ${observations}`)
    return {
      from: edges.slice(0, -1),
      to: edges.slice(1),
      counts: bins,
      below,
      above,
      observations,
    }
  },
}

const edgesOf = ({ values }: Model): Float64Array => values ?? new Float64Array()
