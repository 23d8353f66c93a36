import fc from 'fast-check'
import t from 'tap'
import { boundsOf, hullOf, type Range, soleSum } from '../../../../agent/consensus/ratio/bounds.ts'
import { wrappingOf } from '../../../../agent/math/wrapping.ts'
import { holds } from '../../math/property.ts'

const LIMBS = 6
/** Bounds from fractions of 2^-24 units. */
const between = (low: bigint, high: bigint): Range => ({ low: [low], high: [high] })
const unit = 1n << 24n

t.test('bounds are the nearest outside of the mean', async (t) => {
  const masses = fc.record({
    value: fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }),
    weight: fc.bigInt({ min: 1n, max: 2n ** 100n }),
  })
  holds(
    t,
    fc.property(masses, ({ value, weight }) => {
      const range = boundsOf(wrappingOf([value, weight], LIMBS), LIMBS, 62)
      if (range === 'empty' || range === 'wide') return false
      const [low = 0n, high = 0n] = [range.low[0], range.high[0]]
      // The mean is value / weight 2^62 units; both sides times weight.
      const mean = value << 86n
      const isOutside = low * weight <= mean && mean <= high * weight
      return isOutside && high - low === (mean % weight === 0n ? 0n : 1n)
    }),
  )
})

t.test('without weight there is no mean', async (t) => {
  t.equal(boundsOf(wrappingOf([1n, 0n], LIMBS), LIMBS, 1), 'empty')
  t.equal(boundsOf(wrappingOf([1n, -1n], LIMBS), LIMBS, 1), 'empty')
})

t.test('a hull holds both, and is wide as soon as it leaves two sums possible', async (t) => {
  t.strictSame(hullOf(between(1n, 3n), between(2n, 4n), 1), between(1n, 4n))
  t.strictSame(hullOf('empty', between(2n, 4n), 1), between(2n, 4n))
  t.strictSame(hullOf(between(2n, 4n), 'empty', 1), between(2n, 4n))
  t.equal(hullOf('wide', between(2n, 4n), 1), 'wide')
  t.equal(hullOf('empty', 'wide', 1), 'wide')
  // Of four devices whose mean lies between 1/4 and 1/2 the sum is 1 or 2.
  t.equal(hullOf(between(unit / 4n, unit / 4n), between(unit / 2n, unit / 2n), 4), 'wide')
  t.not(hullOf(between(unit / 4n, unit / 4n), between(unit / 2n - 1n, unit / 2n - 1n), 4), 'wide')
})

t.test('the only whole number in the bounds is the sum', async (t) => {
  t.strictSame(soleSum(between(unit / 4n - 1n, unit / 4n + 1n), 4), [1n])
  t.strictSame(soleSum(between(-unit / 4n - 1n, -unit / 4n + 1n), 4), [-1n])
  t.equal(soleSum(between(unit / 4n, unit / 2n), 4), undefined, 'two of them')
  t.equal(soleSum(between(1n, 2n), 4), undefined, 'none')
  t.equal(soleSum('wide', 4), undefined)
  t.equal(soleSum('empty', 4), undefined)
})
