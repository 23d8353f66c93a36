import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import { sumVectors, vectorOf, zeroVector } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const SUM = modelOf('sum', 'y')
const rows = (...values: number[]) => values.map((y) => ({ y }))

t.test('a sum is exact and rounded once', async (t) => {
  t.strictSame(fitted(SUM, rows(1e16, 1, -1e16)), { sum: 1, observations: 3 })
  t.strictSame(
    fitted(SUM, rows(0.1, 0.2, 0.3)),
    { sum: 0.6, observations: 3 },
    'not 0.6000000000000001',
  )
  t.strictSame(fitted(SUM, rows(...new Array<number>(10).fill(0.1))), { sum: 1, observations: 10 })
})

t.test('devices add up', async (t) => {
  const parts = [rows(1, 2), [], rows(3)].map((own) => contribute(SUM, own).vector)
  t.strictSame(parts[1], zeroVector(2))
  t.strictSame(resultOf(SUM, sumVectors(parts, 2)), { sum: 6, observations: 3 })
})

t.test('the statistic is Σx, n', async (t) => {
  t.strictSame(contribute(SUM, rows(2, -5)).vector, vectorOf([-3, 2]))
})

t.test('a formula without names counts rows', async (t) => {
  t.strictSame(fitted(modelOf('sum', '1'), [{}, {}]), { sum: 2, observations: 2 })
})

t.test('every finite number can be summed, exactly', async (t) => {
  const most = Number.MAX_VALUE
  t.strictSame(fitted(SUM, rows(most, 5e-324, -most)), { sum: 5e-324, observations: 3 })
  t.strictSame(fitted(SUM, rows(1e300, 1)), { sum: 1e300, observations: 2 })
})

t.test('no observation is too few, and a sum beyond the doubles is refused', async (t) => {
  t.throws(() => resultOf(SUM, zeroVector(2)), { code: 'TOO_FEW' })
  const huge = { mantissas: [1n, 1n], exponents: [1024, 0] }
  t.throws(() => resultOf(SUM, huge), {
    code: 'EXPONENT',
    message: /^the sum is beyond the range of a double/,
  })
})
