import t from 'tap'
import { MathError } from '../../../agent/math/mathError.ts'

t.test('an error carries its code, and the columns that it is about', async (t) => {
  const error = new MathError('RANK', 'column 2 is zero', 2, [])
  t.ok(error instanceof Error)
  t.match(error, {
    name: 'MathError',
    code: 'RANK',
    message: 'column 2 is zero',
    component: 2,
    columns: [],
  })
  const plain = new MathError('FORM', 'too short')
  t.equal(plain.component, undefined)
  t.strictSame(plain.columns, [])
})
