import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type { VectorSumResult } from '../../../agent/fusion/results.ts'
import { addVectors, vectorOf, zeroVector } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const resultFor = (...given: Parameters<typeof fitted>) => fitted(...given) as VectorSumResult

t.test('a dot product is the sum of products, exactly', async (t) => {
  const rows = [
    { a: 2 ** 60, b: 1 },
    { a: 1, b: 1 },
    { a: 2 ** 60, b: -1 },
  ]
  const { terms, sums, observations } = resultFor(modelOf('vectorSum', undefined, ['a * b']), rows)
  t.strictSame([terms, sums, observations], [['a * b'], [1], 3])
})

t.test('devices that hold columns of a matrix multiply it with a vector', async (t) => {
  const matrix = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  const vector = [7, 8, 9]
  const model = modelOf('vectorSum', undefined, ['a0 * x', 'a1 * x'])
  const columns = vector.map(
    (x, k) => contribute(model, [{ a0: matrix[0]?.[k], a1: matrix[1]?.[k], x }]).vector,
  )
  const { sums } = resultOf(model, columns.reduce(addVectors, zeroVector(3))) as VectorSumResult
  t.strictSame(sums, [50, 122])
})

t.test('no rows, and sums of another length, are refused', async (t) => {
  const model = modelOf('vectorSum', undefined, ['a'])
  t.throws(() => resultOf(model, vectorOf([0, 0])), { code: 'TOO_FEW' })
  t.throws(() => resultOf(model, vectorOf([1, 1, 1])), { code: 'BAD_MESSAGE' })
  t.throws(() => fitted(modelOf('vectorSum', 'a', ['a']), []), { message: /takes no response/ })
  t.throws(() => fitted(modelOf('vectorSum', undefined), []), { message: /1 to 64 terms/ })
})
