import t from 'tap'
import { resultOf } from '../../../agent/fusion/model.ts'
import type { HistogramResult } from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const model = (...edges: number[]) =>
  modelOf('histogram', 'x', undefined, { values: Float64Array.from(edges) })

t.test('bins hold their lower edge, the last one its upper too', async (t) => {
  const rows = [-1, 0, 0.5, 1, 1.5, 2, 2.0000001, 9].map((x) => ({ x }))
  t.strictSame(fitted(model(0, 1, 2), rows), {
    from: [0, 1],
    to: [1, 2],
    counts: [2, 3],
    below: 1,
    above: 2,
    observations: 8,
  } satisfies HistogramResult)
})

t.test('sums that no rows have, and edges that are none, are refused', async (t) => {
  for (const sum of [
    [0, 1, 1, 1],
    [0, 3, 0, 2],
    [-1, 2, 0, 1],
  ])
    t.throws(() => resultOf(model(0, 1), vectorOf(sum)), { code: 'BAD_MESSAGE' }, `${sum}`)
  for (const edges of [[], [1], [1, 1], [2, 1], [0, Number.POSITIVE_INFINITY]])
    t.throws(() => fitted(model(...edges), [{ x: 1 }]), { code: 'BAD_JOB' }, `${edges}`)
})
