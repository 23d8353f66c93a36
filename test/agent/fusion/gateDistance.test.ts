import t from 'tap'
import { distanceOf, misfitOf } from '../../../agent/fusion/gateDistance.ts'
import { shareOf, soundEquations } from '../../../agent/fusion/gateShare.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'

/** Two rows of a fit of 1 and x, [n, Σx, Σx², Σy, Σxy, Σy², n]: y = 3 at x = 0 and y = 5 at x = 2, or both at 0. */
function share(figures: readonly number[]) {
  const found = soundEquations(vectorOf(figures), 2)
  if (!found) throw new Error('unsound')
  return shareOf(0, found, Float64Array.of(1, 1))
}
const apart = share([2, 2, 4, 8, 10, 34, 2])
const together = share([2, 0, 0, 8, 0, 34, 2])
const isNear = (found: number, wanted: number) => Math.abs(found - wanted) < 1e-12

t.test('a misfit is that of what the rows tell', async (t) => {
  t.ok(isNear(misfitOf(apart, Float64Array.of(3, 1)), 0))
  // 3 - 1 and 5 - 1.
  t.ok(isNear(misfitOf(apart, Float64Array.of(1, 0)), 4 + 16))
  // Their mean is 4; the slope does not matter.
  t.ok(isNear(misfitOf(together, Float64Array.of(1, 100)), 2 * 3 ** 2))
})

t.test('a distance counts the variance of a row, and that of the center', async (t) => {
  const at = (spread: number, isPerVariance: boolean) => ({
    coefficients: Float64Array.of(1, 0),
    covariance: Float64Array.of(spread, 0, 0, spread),
    isPerVariance,
  })
  t.ok(isNear(distanceOf(apart, at(0, false), 4), 20 / 4))
  // A mean of two rows has half of their variance.
  t.ok(isNear(distanceOf(together, at(0, false), 4), 9 / 2))
  t.ok(isNear(distanceOf(together, at(1, false), 4), 9 / (2 + 1)))
  t.ok(isNear(distanceOf(together, at(1, true), 4), 9 / (2 + 4)))
})
