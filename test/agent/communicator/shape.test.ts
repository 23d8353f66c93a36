import t from 'tap'
import { describe, LONGEST, shapeOf, tagOf } from '../../../agent/communicator/shape.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'

t.test('every shape has its own tag, which is a safe integer', async (t) => {
  const seen = new Set<number>()
  for (const operation of ['barrier', 'sum', 'broadcast', 'exact sum'] as const) {
    for (const length of [0, 1, 2, LONGEST - 1]) {
      for (const root of [0, 1, LIMITS.roster - 1]) {
        const shape = { operation, length, root }
        const tag = tagOf(shape)
        t.ok(Number.isSafeInteger(tag) && tag > 0)
        t.strictSame(shapeOf(tag), shape)
        seen.add(tag)
      }
    }
  }
  t.equal(seen.size, 4 * 4 * 3)
})

t.test('what a stranger may send is no shape', async (t) => {
  for (const tag of [0, -1, 0.5, 16, 15, Infinity, 2 ** 60, -17]) t.equal(shapeOf(tag), undefined)
})

t.test('a shape is told in words', async (t) => {
  t.equal(describe({ operation: 'barrier', length: 0, root: 0 }), 'barrier')
  t.equal(describe({ operation: 'min', length: 1, root: 0 }), 'min of 1 number')
  t.equal(
    describe({ operation: 'broadcast', length: 2, root: 3 }),
    'broadcast of 2 numbers from rank 3',
  )
})
