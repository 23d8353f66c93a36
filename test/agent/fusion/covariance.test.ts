import t from 'tap'
import { resultOf } from '../../../agent/fusion/model.ts'
import type { AverageResult, CovarianceResult } from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, meuse, modelOf } from './models.ts'

const model = (...variables: string[]) => modelOf('covariance', undefined, variables)
const resultFor = (...given: Parameters<typeof fitted>) => fitted(...given) as CovarianceResult

t.test('means, covariances and correlations are those by hand', async (t) => {
  // x: 1 2 3 6, mean 3, squares 14; y = 10 - 2 x exactly; z: 1 0 0 1, mean 1/2, squares 1; x z: 7 - 12 * 2 / 4 = 1.
  const rows = [1, 2, 3, 6].map((x, i) => ({ x, z: i % 3 === 0 ? 1 : 0 }))
  const found = resultFor(model('x', '10 - 2 * x', 'z'), rows)
  t.strictSame(found.variables, ['x', '10 - 2 * x', 'z'])
  t.strictSame([found.means, found.observations], [[3, 4, 0.5], 4])
  t.strictSame(found.covariance, [
    [14 / 3, -28 / 3, 1 / 3],
    [-28 / 3, 56 / 3, -2 / 3],
    [1 / 3, -2 / 3, 1 / 3],
  ])
  const r = 1 / Math.sqrt(14)
  t.strictSame(found.correlation?.[0]?.slice(0, 2), [1, -1])
  t.ok(Math.abs((found.correlation?.[0]?.[2] ?? 0) - r) < 1e-16)
  t.ok(Math.abs((found.correlation?.[2]?.[1] ?? 0) + r) < 1e-16)
})

t.test('far from zero nothing cancels', async (t) => {
  const rows = [1, 2, 3].map((x) => ({ a: 1e15 + x, b: -1e15 + 2 * x }))
  const { covariance, correlation } = resultFor(model('a', 'b'), rows)
  t.strictSame(covariance, [
    [1, 2],
    [2, 4],
  ])
  t.strictSame(correlation, [
    [1, 1],
    [1, 1],
  ])
})

t.test('each variable has the deviation that average gives it', async (t) => {
  const { standardDeviations } = resultFor(model('zinc', 'log(lead)'), meuse())
  const alone = (response: string) => fitted(modelOf('average', response), meuse()) as AverageResult
  t.strictSame(standardDeviations, [
    alone('zinc').standardDeviation,
    alone('log(lead)').standardDeviation,
  ])
})

t.test('what one observation, or a variable that stands still, cannot tell is null', async (t) => {
  const one = resultFor(model('x', 'y'), [{ x: 1, y: 2 }])
  t.strictSame([one.means, one.covariance, one.correlation], [[1, 2], null, null])
  const still = resultFor(model('x', 'y'), [
    { x: 1, y: 2 },
    { x: 3, y: 2 },
  ])
  t.strictSame(still.correlation, [
    [1, null],
    [null, null],
  ])
})

t.test('sums that no rows have are refused, as are too few variables', async (t) => {
  t.throws(() => resultOf(model('x', 'y'), vectorOf([1, 0, 1, 3, 0, 1])), { code: 'BAD_MESSAGE' })
  t.throws(() => resultOf(model('x', 'y'), vectorOf([0, 0, 0, 0, 0, 0])), { code: 'TOO_FEW' })
  t.throws(() => fitted(model('x'), [{ x: 1 }]), { code: 'BAD_JOB', message: /2 to 64 terms/ })
})
