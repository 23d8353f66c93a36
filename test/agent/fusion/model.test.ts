import fc from 'fast-check'
import t from 'tap'
import type { Row } from '../../../agent/fusion/kind.ts'
import {
  compileModel,
  contribute,
  dimensionOf,
  estimateOf,
  resultOf,
} from '../../../agent/fusion/model.ts'
import { equalVectors, vectorOf, zeroVector } from '../../../agent/math/exactVector.ts'
import { decodeVector, encodeVector } from '../../../agent/math/wireForm.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { reading } from '../math/doubles.ts'
import { holds } from '../math/property.ts'
import { fitted, meuse, modelOf, tokens } from './models.ts'

const LINE = modelOf('leastSquares', 'log(y)', ['1', 'x'])

t.test('each type sums its number of components', async (t) => {
  t.equal(dimensionOf(modelOf('average', 'y')), 3)
  t.equal(dimensionOf(modelOf('sum', 'y')), 2)
  t.equal(dimensionOf(modelOf('gaussian', 'y')), 3)
  t.equal(dimensionOf(LINE), 7)
  t.equal(dimensionOf(modelOf('leastSquares', 'y', new Array<string>(64).fill('x'))), 2146)
})

t.test('rows may be maps, objects or functions', async (t) => {
  const rows: Row[] = [
    new Map([
      ['x', 2],
      ['y', Math.E],
    ]),
    { x: 2, y: Math.E },
    (name) => (name === 'x' ? 2 : Math.E),
  ]
  const { vector, rows: used } = contribute(LINE, rows)
  t.equal(used, 3)
  t.strictSame(vector, vectorOf([3, 6, 12, 3, 6, 3, 3]))
})

t.test('rows with something missing or not finite are left out and counted', async (t) => {
  const complete = [
    { x: 1, y: 2 },
    { x: 2, y: 3 },
  ]
  const found = contribute(LINE, [
    { x: 1, y: null },
    { x: undefined, y: 1 },
    {},
    complete[0] ?? {},
    { x: 1, y: 0 }, // log(0)
    { x: 1, y: -1 }, // log(-1)
    { x: Infinity, y: 1 },
    { x: NaN, y: 1 },
    complete[1] ?? {},
  ])
  t.strictSame(found.skipped, { missing: 3, unusable: 4 })
  t.equal(found.rows, 2)
  t.strictSame(found.vector, contribute(LINE, complete).vector)
})

t.test('what a model does not read may be missing', async (t) => {
  t.equal(contribute(LINE, [{ x: 1, y: 2, z: null }]).rows, 1)
})

t.test('what an object inherits is no reading', async (t) => {
  t.strictSame(contribute(modelOf('sum', 'valueOf'), [{}]).skipped, { missing: 1, unusable: 0 })
})

t.test('a device without rows contributes zero', async (t) => {
  for (const model of [
    LINE,
    modelOf('average', 'y'),
    modelOf('sum', 'y'),
    modelOf('gaussian', 'y'),
  ]) {
    const { vector, rows } = contribute(model, [])
    t.strictSame(vector, zeroVector(dimensionOf(model)))
    t.equal(rows, 0)
  }
})

t.test('every contribution fits the wire, and the order of rows does not show', async (t) => {
  const model = modelOf('leastSquares', 'y', ['1', 'x', 'x*y'])
  const row = fc.record({ x: reading, y: reading }).filter(({ x, y }) => Math.abs(x * y) < 1e280)
  const property = fc.property(fc.array(row, { maxLength: 6 }), (rows) => {
    const { vector } = contribute(model, rows)
    return (
      equalVectors(decodeVector(encodeVector(vector), dimensionOf(model)), vector) &&
      equalVectors(contribute(model, rows.toReversed()).vector, vector)
    )
  })
  holds(t, property)
})

t.test('a value too large to be squared is refused with its row', async (t) => {
  t.throws(() => contribute(modelOf('average', 'y'), [{ y: 1 }, { y: 1e300 }]), {
    code: 'EXPONENT',
    message:
      /^row 1: y is 1e\+300, wanted less than 1\.48\d*e\+284 in size; scale the reading or filter it out$/,
  })
  t.throws(() => contribute(LINE, [{ x: -1e290, y: 1 }]), {
    code: 'EXPONENT',
    message: /^row 0: x is -1e\+290/,
  })
})

t.test('a model is read once', async (t) => {
  const compiled = compileModel(LINE)
  t.equal(compileModel(LINE), compiled)
  t.strictSame(compiled.names, ['y', 'x'])
  t.equal(compiled.dimension, 7)
  const rows = [
    { x: 1, y: 2 },
    { x: 2, y: 3 },
    { x: 3, y: 9 },
  ]
  t.strictSame(contribute(compiled, rows), contribute(LINE, rows))
  const { vector } = contribute(compiled, rows)
  t.strictSame(resultOf(compiled, vector), resultOf(LINE, vector))
})

t.test('the estimate has the figures that a status line shows', async (t) => {
  const rows = [
    { x: 0, y: 1 },
    { x: 1, y: 3 },
    { x: 2, y: 5 },
  ]
  t.strictSame(estimateOf(fitted(modelOf('average', 'y'), rows)), [3])
  t.strictSame(estimateOf(fitted(modelOf('sum', 'y'), rows)), [9])
  t.strictSame(estimateOf(fitted(modelOf('leastSquares', 'y', ['1', 'x']), rows)), [1, 2])
  // Reference prior: alpha / beta = (2/2) / (8/2).
  t.strictSame(estimateOf(fitted(modelOf('gaussian', 'y'), rows)), [3, 0.25])
})

t.test('results are plain JSON', async (t) => {
  const rows = meuse()
  for (const model of [
    modelOf('leastSquares', 'log(zinc)', ['1', 'sqrt(dist)']),
    modelOf('average', 'om'),
    modelOf('sum', 'lead'),
    modelOf('gaussian', 'log(lead)'),
  ]) {
    const result = fitted(model, rows)
    t.strictSame(JSON.parse(JSON.stringify(result)), result, model.type)
  }
})

t.test('missing cells of the survey are left out', async (t) => {
  // The organic matter of two of the 155 samples was not measured (sp::meuse).
  t.strictSame(contribute(modelOf('average', 'om'), meuse()).skipped, { missing: 2, unusable: 0 })
})

t.test('a sum of another size is refused', async (t) => {
  t.throws(() => resultOf(LINE, zeroVector(6)), {
    code: 'BAD_MESSAGE',
    message: 'a sum of this model has 7 components, found 6',
  })
})

t.test('models that cannot be are refused', async (t) => {
  const bad: Model = { type: 'sum', response: [['system', 1], 'x'] }
  t.throws(() => compileModel(bad), { code: 'BAD_EXPRESSION' })
  const terms: Model = { type: 'average', response: tokens('y'), terms: [tokens('x')] }
  t.throws(() => compileModel(terms), {
    code: 'BAD_JOB',
    message: 'a model of type average takes no terms, found some',
  })
})
