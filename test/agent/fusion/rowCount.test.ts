import t from 'tap'
import { estimateOf, resultOf } from '../../../agent/fusion/model.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const model = modelOf('count', 'sqrt(x)')

t.test('counts the rows whose response is a number', async (t) => {
  const rows = [{ x: 4 }, { x: -1 }, { x: null }, { x: 0 }]
  t.strictSame(fitted(model, rows), { count: 2 })
  t.strictSame(fitted(model, []), { count: 0 }, 'none is an answer')
  t.strictSame(estimateOf({ count: 2 }), [2])
  t.throws(() => resultOf(model, vectorOf([0.5])), { code: 'BAD_MESSAGE' })
})
