import t from 'tap'
import {
  medianOf,
  misfitAt,
  shareOf,
  soundEquations,
  unitsOf,
} from '../../../agent/fusion/gateShare.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'

/** Rows (1, x) and y: [n, Σx, Σx², Σy, Σxy, Σy², n]. */
function vector(points: readonly (readonly [number, number])[]) {
  const sum = (of: (x: number, y: number) => number) =>
    points.reduce((all, [x, y]) => all + of(x, y), 0)
  const products = [sum((x) => x), sum((x) => x * x), sum((_, y) => y), sum((x, y) => x * y)]
  return vectorOf([points.length, ...products, sum((_, y) => y * y), points.length])
}

t.test('a contribution is looked at in units of the fleet', async (t) => {
  const points = [
    [0, 1],
    [10, 3],
    [20, 4],
  ] as const
  const found = soundEquations(vector(points), 2)
  if (!found) return t.fail('refused')
  const units = unitsOf([found], 2)
  t.strictSame([...units], [Math.sqrt(3), Math.sqrt(500)])
  const share = shareOf(4, found, units)
  t.equal(share.index, 4)
  t.equal(share.factor.rank, 2)
  t.ok(Math.abs((share.gram[0] ?? 0) - 1) < 1e-15)
  // Residuals of y = 1 + x / 10: 0, 1, 1.
  const { slopes, square } = misfitAt(share, Float64Array.of(1, 0.125), units)
  t.equal(square, 0.75 ** 2 + 0.5 ** 2, 'without rounding')
  t.ok(Math.abs((slopes[0] ?? 0) - 1.25 / Math.sqrt(3)) < 1e-15)
})

t.test('what is no sum over rows has no equations', async (t) => {
  t.equal(soundEquations(vectorOf([3, 5, 1, 0, 0, 0, 3]), 2), undefined, '25 > 3 * 1')
  t.equal(soundEquations(vectorOf([3, 0, 1, 0, 0, 0, -3]), 2), undefined)
  t.ok(soundEquations(vectorOf([0, 0, 0, 0, 0, 0, 0]), 2))
})

t.test('the median', async (t) => {
  t.equal(medianOf([3, 1, 2]), 2)
  t.equal(medianOf([4, 1, 2, 100]), 3)
  t.equal(medianOf(Float64Array.of(-10, 9)), -0.5)
})
