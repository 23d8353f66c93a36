import fc from 'fast-check'
import t from 'tap'
import { covers, newWordSet, unite, wordSetOf } from '../../../../agent/consensus/ratio/wordSet.ts'
import { includesAll, setOf, union } from '../../../../agent/wire/bitset.ts'
import { holds } from '../../math/property.ts'

const sizeAndSets = fc.integer({ min: 1, max: 100 }).chain((size) => {
  const set = fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: size })
  return fc.record({ size: fc.constant(size), a: set, b: set })
})

t.test('sets merge and compare as bitsets do byte by byte', async (t) => {
  holds(
    t,
    fc.property(sizeAndSets, ({ size, a, b }) => {
      const [left, right] = [setOf(size, a), setOf(size, b)]
      const set = wordSetOf(size, left)
      const isNews = unite(set, right)
      const both = union(left, right)
      return (
        Buffer.compare(set.bytes, both) === 0 &&
        isNews === !includesAll(left, right) &&
        covers(wordSetOf(size, left), wordSetOf(size, right)) === includesAll(left, right)
      )
    }),
  )
})

t.test('what was merged into a larger set before leaves nothing behind', async (t) => {
  unite(newWordSet(64), setOf(64, [30, 31, 40]))
  const small = newWordSet(9)
  unite(small, setOf(9, [8]))
  t.strictSame([...small.words], [256])
})
