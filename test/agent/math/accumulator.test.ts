import fc from 'fast-check'
import t from 'tap'
import { Accumulator } from '../../../agent/math/accumulator.ts'
import { splitDouble } from '../../../agent/math/dyadic.ts'
import { equalVectors, toDoubles, zeroVector } from '../../../agent/math/exactVector.ts'
import { reading } from './doubles.ts'
import { holds } from './property.ts'
import { dyadicFraction, equal, fractionOf, plus, times } from './slowRational.ts'

t.test('sums of values and products are exact', async (t) => {
  holds(
    t,
    fc.property(fc.array(fc.tuple(reading, reading), { maxLength: 12 }), (rows) => {
      const sums = new Accumulator(2)
      for (const [x, y] of rows) {
        sums.addValue(0, x)
        sums.addProduct(1, splitDouble(x), splitDouble(y))
      }
      const { mantissas, exponents } = sums.total()
      const values = rows.map(([x]) => fractionOf(x)).reduce(plus, [0n, 1n])
      const products = rows
        .map(([x, y]) => times(fractionOf(x), fractionOf(y)))
        .reduce(plus, [0n, 1n])
      return (
        equal(dyadicFraction(mantissas[0] ?? 1n, exponents[0] ?? 1), values) &&
        equal(dyadicFraction(mantissas[1] ?? 1n, exponents[1] ?? 1), products)
      )
    }),
    1000,
  )
})

t.test('short readings that grow long stay exact', async (t) => {
  const short = fc.tuple(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
    fc.integer({ min: -70, max: 70 }),
  )
  holds(
    t,
    fc.property(fc.array(short, { maxLength: 40 }), (rows) => {
      const sums = new Accumulator(1)
      let wanted = fractionOf(0)
      for (const [m, e] of rows) {
        const x = splitDouble(m * 2 ** e)
        sums.addProduct(0, x, x)
        wanted = plus(wanted, times(fractionOf(m * 2 ** e), fractionOf(m * 2 ** e)))
      }
      const { mantissas, exponents } = sums.total()
      return equal(dyadicFraction(mantissas[0] ?? 1n, exponents[0] ?? 1), wanted)
    }),
    500,
  )
})

t.test('the order of rows does not matter', async (t) => {
  holds(
    t,
    fc.property(fc.array(reading, { maxLength: 20 }), (values) => {
      const sumOf = (list: readonly number[]) => {
        const sums = new Accumulator(1)
        for (const x of list) sums.addValue(0, x)
        return sums.total()
      }
      return equalVectors(sumOf(values), sumOf(values.toReversed()))
    }),
  )
})

t.test('sums pass 2^53 without a gap', async (t) => {
  const sums = new Accumulator(1)
  sums.addValue(0, 2 ** 53)
  for (let k = 0; k < 5; k++) sums.addValue(0, 1)
  t.strictSame(sums.total(), { mantissas: [2n ** 53n + 5n], exponents: [0] })
})

t.test('what cancels is gone', async (t) => {
  const sums = new Accumulator(1)
  for (const x of [1e200, 1, -1e200, 2 ** -900, -1]) sums.addValue(0, x)
  t.strictSame(toDoubles(sums.total()), [2 ** -900])
  sums.addValue(0, -(2 ** -900))
  t.strictSame(sums.total(), zeroVector(1))
})

t.test('nothing added is zero', async (t) => {
  t.strictSame(new Accumulator(2).total(), zeroVector(2))
})

t.test('the squares of the least doubles do not underflow', async (t) => {
  const sums = new Accumulator(1)
  sums.addProduct(0, splitDouble(5e-324), splitDouble(5e-324))
  t.strictSame(sums.total(), { mantissas: [1n], exponents: [-2148] })
})

t.test('what no sum can carry is refused with its component', async (t) => {
  const sums = new Accumulator(2)
  t.throws(() => sums.addValue(1, Infinity), { code: 'NONFINITE', component: 1 })
  sums.addProduct(1, splitDouble(1e300), splitDouble(1e300))
  t.throws(() => sums.total(), { code: 'EXPONENT', component: 1 })
})
