import t from 'tap'
import {
  ascending,
  credible,
  expressionText,
  response,
  termList,
} from '../../../agent/wire/modelFields.ts'
import type { Field } from '../../../agent/wire/notes.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const read = (schema: unknown, value: unknown) => {
  const checked = checkValue(schema as Field<unknown>, value)
  return 'value' in checked ? checked.value : checked.problems.map(({ text }) => text).join()
}

t.test('a formula is text of some length', async (t) => {
  t.equal(read(expressionText(), 'log(x)'), 'log(x)')
  t.match(read(expressionText(), ' '), /wanted an expression such as/)
  t.match(read(expressionText(), 'x'.repeat(1001)), /found 1001 characters, wanted at most 1000/)
})

t.test('what is measured is a formula, or a sensor with its unit', async (t) => {
  t.strictSame(read(response(''), 'x'), { expression: 'x', unit: '' })
  t.strictSame(read(response(''), { sensor: 'x', unit: 'm' }), { expression: 'x', unit: 'm' })
})

t.test('lists have bounds, and edges ascend', async (t) => {
  t.strictSame(read(termList(1, '', ''), [1, 'x']), ['1', 'x'])
  t.match(read(termList(2, '', ''), ['x']), /wanted 2 to 64 terms/)
  t.strictSame(read(ascending('', ''), [1, 2]), [1, 2])
  t.match(read(ascending('', ''), [2, 1]), /wanted numbers that ascend/)
  t.match(read(ascending('', ''), [2]), /wanted 2 to 256 numbers/)
})

t.test('a credible mass is 0.95 where nothing is said', async (t) => {
  t.equal(read(credible, undefined), 0.95)
  t.match(read(credible, 1), /wanted 0 < value < 1/)
})
