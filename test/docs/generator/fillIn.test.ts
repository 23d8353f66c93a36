import t from 'tap'
import { fillIn } from '../../../docs/generator/fillIn.ts'

t.test('fills in what stands between the marks, and nothing else', async (t) => {
  const page = 'a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n'
  t.equal(fillIn(page, 'x', 'new'), 'a\n<!-- generated: x -->\nnew\n<!-- end -->\nb\n')
  t.throws(() => fillIn(page, 'y', 'new'), { message: /no place for "y"/ })
  t.throws(() => fillIn('<!-- generated: x -->\n', 'x', 'new'), { message: /no place for "x"/ })
})
