import fc from 'fast-check'
import t from 'tap'
import {
  addDyadic,
  bitLength,
  canonicalDyadic,
  compareDyadic,
  dyadicOf,
  multiplyDyadic,
  powerOfTwo,
  roundDyadic,
  splitDouble,
  toDouble,
} from '../../../agent/math/dyadic.ts'
import { anyDouble } from './doubles.ts'
import { holds } from './property.ts'
import {
  compare,
  dyadicFraction,
  equal,
  fractionOf,
  isNearest,
  plus,
  times,
} from './slowRational.ts'

const integer = fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n })

t.test('a double taken apart is the same number, with an odd mantissa', async (t) => {
  holds(
    t,
    fc.property(anyDouble, (x) => {
      const { mantissa, exponent } = dyadicOf(x)
      const isCanonical = mantissa === 0n ? exponent === 0 : mantissa % 2n !== 0n
      return isCanonical && equal(dyadicFraction(mantissa, exponent), fractionOf(x))
    }),
    2000,
  )
  for (const x of [
    0,
    5e-324,
    -5e-324,
    2 ** -1022,
    2.225073858507201e-308,
    Number.MAX_VALUE,
    2 ** 53,
    3 * 2 ** 30,
  ]) {
    const { mantissa, exponent } = splitDouble(x)
    t.ok(equal(dyadicFraction(BigInt(mantissa), exponent), fractionOf(x)), `${x}`)
  }
})

t.test('rounding to so many bits gives the nearest of them, ties to even', async (t) => {
  holds(
    t,
    fc.property(integer, fc.integer({ min: 1, max: 320 }), (m, bits) => {
      const { mantissa, exponent } = roundDyadic({ mantissa: m, exponent: 7 }, bits)
      const error = 2n * ((mantissa << BigInt(exponent - 7)) - m)
      const size = error < 0n ? -error : error
      // Half of the last place that so many bits have.
      const place = 1n << BigInt(Math.max(0, bitLength(m) - bits))
      return bitLength(mantissa) <= bits && (place === 1n ? size === 0n : size <= place)
    }),
  )
  t.strictSame(roundDyadic({ mantissa: 5n, exponent: 0 }, 2), { mantissa: 1n, exponent: 2 })
  t.strictSame(roundDyadic({ mantissa: 7n, exponent: 0 }, 2), { mantissa: 1n, exponent: 3 })
  t.strictSame(roundDyadic({ mantissa: -5n, exponent: 3 }, 3), { mantissa: -5n, exponent: 3 })
})

t.test('negative zero becomes zero', async (t) => {
  t.strictSame(splitDouble(-0), { mantissa: 0, exponent: 0 })
  t.ok(Object.is(splitDouble(-0).mantissa, 0))
  t.ok(Object.is(toDouble(0n, 12), 0))
})

t.test('NaN and infinities are refused', async (t) => {
  for (const x of [NaN, Infinity, -Infinity]) {
    t.throws(() => splitDouble(x), {
      code: 'NONFINITE',
      message: `wanted a finite number, found ${x}`,
    })
  }
})

t.test('sums, products and order are those of fractions', async (t) => {
  holds(
    t,
    fc.property(anyDouble, anyDouble, (x, y) => {
      const [a, b] = [dyadicOf(x), dyadicOf(y)]
      const [p, q] = [fractionOf(x), fractionOf(y)]
      const sum = addDyadic(a, b)
      const product = multiplyDyadic(a, b)
      return (
        equal(dyadicFraction(sum.mantissa, sum.exponent), plus(p, q)) &&
        equal(dyadicFraction(product.mantissa, product.exponent), times(p, q)) &&
        compareDyadic(a, b) === compare(p, q) &&
        compareDyadic(a, a) === 0
      )
    }),
    500,
  )
})

t.test('the canonical form has an odd mantissa and the same value', async (t) => {
  holds(
    t,
    fc.property(integer, fc.nat(200), fc.integer({ min: -500, max: 500 }), (m, zeros, e) => {
      const { mantissa, exponent } = canonicalDyadic(m << BigInt(zeros), e)
      const isCanonical = mantissa === 0n ? exponent === 0 : mantissa % 2n !== 0n
      return (
        isCanonical &&
        equal(dyadicFraction(mantissa, exponent), dyadicFraction(m << BigInt(zeros), e))
      )
    }),
  )
})

t.test('a number becomes the nearest double, ties to even, at every size', async (t) => {
  const exponent = fc.oneof(
    fc.integer({ min: -1400, max: 1100 }),
    // Around the least subnormal, the least normal and the largest double.
    fc.constantFrom(-1127, -1126, -1075, -1074, -1073, -1022, 970, 971, 972),
  )
  const mantissa = fc.oneof(
    integer,
    fc.bigInt({ min: 0n, max: 2n ** 56n }),
    // Just beside a tie.
    fc
      .tuple(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n }),
        fc.nat(80),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([m, k, off]) => (((m << 1n) | 1n) << BigInt(k)) + BigInt(off)),
  )
  holds(
    t,
    fc.property(mantissa, exponent, (m, e) => isNearest(toDouble(m, e), dyadicFraction(m, e))),
    3000,
  )
})

t.test('the borders of rounding are those of IEEE 754', async (t) => {
  const cases: [bigint, number, number][] = [
    [1n, -1074, 5e-324],
    [1n, -1075, 0], // a tie between 0 and the least double: even is 0
    [3n, -1076, 5e-324],
    [3n, -1075, 1e-323], // a tie between 1 and 2 units
    [2n ** 53n + 1n, 0, 2 ** 53],
    [2n ** 53n + 3n, 0, 2 ** 53 + 4],
    [2n ** 1024n - 2n ** 970n, 0, Infinity], // halfway beyond the largest
    [2n ** 1024n - 2n ** 970n - 1n, 0, Number.MAX_VALUE],
    [-(2n ** 1024n), 0, -Infinity],
    [1n, 1023, 2 ** 1023],
    [1n, 5000, Infinity],
    [-1n, -5000, -0],
  ]
  for (const [m, e, wanted] of cases) t.equal(toDouble(m, e), wanted, `${m} * 2^${e}`)
})

t.test('a double survives being taken apart and put together', async (t) => {
  holds(
    t,
    fc.property(anyDouble, (x) => {
      const { mantissa, exponent } = dyadicOf(x)
      return toDouble(mantissa, exponent) === x
    }),
    2000,
  )
})

t.test('bits are counted without the sign', async (t) => {
  for (const [m, bits] of [
    [0n, 0],
    [1n, 1],
    [-1n, 1],
    [127n, 7],
    [-128n, 8],
    [255n, 8],
    [256n, 9],
    [2n ** 64n - 1n, 64],
  ] as const) {
    t.equal(bitLength(m), bits, `${m}`)
  }
})

t.test('powers of two are exact', async (t) => {
  for (let e = -1022; e <= 1023; e++) {
    if (powerOfTwo(e) !== toDouble(1n, e)) t.fail(`2^${e}`)
  }
  t.equal(powerOfTwo(-1022), 2.2250738585072014e-308)
})
