import t from 'tap'
import { compileModel, contribute } from '../../../agent/fusion/model.ts'
import {
  diagonalIndex,
  equationsOf,
  productsOf,
  solved,
  textsOf,
} from '../../../agent/fusion/normalEquations.ts'
import { toDoubles, vectorOf } from '../../../agent/math/exactVector.ts'
import { rationalToDouble } from '../../../agent/math/rational.ts'
import { modelOf, tokens } from './models.ts'

const model = modelOf('leastSquares', 'y', ['1', 'x', 'z'])

t.test('a row adds its products, each with the weight', async (t) => {
  const weighted = { ...model, weight: tokens('w') }
  t.equal(productsOf(weighted), 11)
  const { vector } = contribute(weighted, [{ x: 2, z: 3, y: 5, w: 0.5 }])
  t.strictSame(toDoubles(vector), [0.5, 1, 1.5, 2, 3, 4.5, 2.5, 5, 7.5, 12.5, 1])
})

t.test('equations are read as they were written', async (t) => {
  t.strictSame(
    [0, 1, 2].map((i) => diagonalIndex(3, i)),
    [0, 3, 5],
  )
  const { coefficients } = solved(
    equationsOf(vectorOf([2, 0, 0, 4, 0, 8, 2, 8, 4, 30, 5]), 3),
    textsOf(compileModel(model)),
  )
  t.strictSame(coefficients.map(rationalToDouble), [1, 2, 0.5])
})

t.test('a term that depends on another is named', async (t) => {
  const equations = equationsOf(vectorOf([1, 1, 0, 1, 0, 1, 1, 1, 1, 3, 4]), 3)
  t.throws(() => solved(equations, textsOf(compileModel(model))), {
    code: 'RANK',
    message: /"x" is, as far as doubles can tell, a linear combination of 1 /,
  })
})
