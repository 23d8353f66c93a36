import t from 'tap'
import * as z from 'zod/mini'
import { crossChecked } from '../../../agent/wire/crossChecks.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const differ = (a: unknown, b: unknown, path: string[]) =>
  a === b ? [{ path, text: 'the same' }] : []
const schema = crossChecked(
  z.strictObject({
    a: z.number(),
    b: z.number(),
    list: z.array(z.strictObject({ id: z.number(), size: z.number() })),
  }),
  [
    { reads: ['a', 'b'], conflicts: ({ a, b }) => differ(a, b, ['b']) },
    {
      reads: ['list[].id'],
      conflicts: ({ list }) => differ(list[0]?.id, list[1]?.id, ['list', '1', 'id']),
    },
  ],
)
const item = (id: unknown, size: unknown = 1) => ({ id, size })
const RIGHT = { a: 1, b: 2, list: [item(1), item(2)] }
const wrong = (fields: object) =>
  checkValue(schema, { ...RIGHT, ...fields }).problems.map(({ path }) => path.join('.'))

t.test('a check runs where what it reads is right, whatever else is wrong', async (t) => {
  t.strictSame(wrong({}), [])
  t.match(checkValue(schema, RIGHT), { value: RIGHT })
  t.strictSame(wrong({ b: 1, list: 'none' }).sort(), ['b', 'list'])
  t.strictSame(wrong({ a: 'one', list: [item(3), item(3, 'big')] }).sort(), [
    'a',
    'list.1.id',
    'list.1.size',
  ])
})

t.test('it waits where that is wrong, missing, or may be misspelled', async (t) => {
  t.strictSame(wrong({ b: '1', a: '1' }), ['a', 'b'])
  t.strictSame(wrong({ list: [item('x'), item('x')] }), ['list.0.id', 'list.1.id'])
  t.strictSame(wrong({ b: 1, c: 2 }), ['c'])
  t.strictSame(wrong({ list: [item(3), { ...item(3), isize: 1 }] }), ['list.1.isize'])
  t.match(checkValue(schema, 'text').problems, [{ path: [], text: /wanted a map/ }])
})
