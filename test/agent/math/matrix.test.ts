import fc from 'fast-check'
import t from 'tap'
import { dyadicOf, toDouble } from '../../../agent/math/dyadic.ts'
import {
  addMatrices,
  identity,
  isSemidefinite,
  type Matrix,
  matrixOf,
  multiplyMatrices,
  roundMatrix,
  solveMatrix,
  symmetricOf,
  transposed,
  triangleOf,
} from '../../../agent/math/matrix.ts'
import { holds } from './property.ts'

const doubles = (a: Matrix): number[][] =>
  a.map((row) => row.map(({ mantissa, exponent }) => toDouble(mantissa, exponent)))
const small = fc.integer({ min: -50, max: 50 })
const square = (n: number) => fc.array(small, { minLength: n * n, maxLength: n * n })

t.test('products and sums are exact', async (t) => {
  const a = matrixOf([0.1, 2, 3, 4], 2)
  t.strictSame(doubles(multiplyMatrices(a, identity(2))), [
    [0.1, 2],
    [3, 4],
  ])
  const tiny = matrixOf([2 ** -600, 0, 0, 1], 2)
  t.equal(multiplyMatrices(tiny, tiny)[0]?.[0]?.exponent, -1200)
  t.strictSame(doubles(addMatrices(a, transposed(a))), [
    [0.2, 5],
    [5, 8],
  ])
  t.strictSame(doubles(roundMatrix(matrixOf([5, 7], 1), 2)), [[4], [8]])
})

t.test('a symmetric matrix is made of its upper triangle and back', async (t) => {
  const list = [1, 2, 3, 4, 5, 6].map(dyadicOf)
  const a = symmetricOf(list, 3)
  t.strictSame(doubles(a), [
    [1, 2, 3],
    [2, 4, 5],
    [3, 5, 6],
  ])
  t.strictSame(triangleOf(a), list)
})

t.test('a solution, multiplied back, is the right side', async (t) => {
  holds(
    t,
    fc.property(square(4), fc.array(small, { minLength: 8, maxLength: 8 }), (a, b) => {
      const [left, right] = [matrixOf(a, 4), matrixOf(b, 2)]
      let x: Matrix
      try {
        x = solveMatrix(left, right, 200)
      } catch {
        return isSingular(a)
      }
      const error = addMatrices(
        multiplyMatrices(left, x),
        multiplyMatrices(matrixOf([-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1], 4), right),
      )
      return doubles(error)
        .flat()
        .every((each) => Math.abs(each) < 1e-50)
    }),
  )
})

/** By Laplace's expansion in whole numbers. */
function isSingular(a: readonly number[]): boolean {
  const determinant = (rows: number[][]): number => {
    const [first, ...rest] = rows
    if (!first) return 1
    return first.reduce(
      (sum, each, j) =>
        sum +
        (j % 2 ? -1 : 1) * each * determinant(rest.map((row) => row.filter((_, k) => k !== j))),
      0,
    )
  }
  return determinant([0, 1, 2, 3].map((i) => a.slice(4 * i, 4 * i + 4))) === 0
}

t.test('a singular matrix is refused', async (t) => {
  t.throws(() => solveMatrix(matrixOf([1, 2, 2, 4], 2), identity(2), 100), { code: 'RANK' })
  t.strictSame(doubles(solveMatrix(matrixOf([0, 1, 2, 0], 2), identity(2), 100)), [
    [0, 0.5],
    [1, 0],
  ])
})

t.test('squares of matrices are semidefinite, and less than them is not', async (t) => {
  holds(
    t,
    fc.property(square(3), (a) => {
      const root = matrixOf(a, 3)
      return isSemidefinite(multiplyMatrices(root, transposed(root)))
    }),
  )
  const of = (...list: number[]) => isSemidefinite(symmetricOf(list.map(dyadicOf), 2))
  t.ok(of(0, 0, 0))
  t.ok(of(0, 0, 3))
  t.ok(of(1, 1, 1), 'of rank 1')
  t.notOk(of(1, 1, 1 - 2 ** -53))
  t.notOk(of(0, 1, 3))
  t.notOk(of(-1, 0, 3))
  t.notOk(of(1, 0, -3))
})
