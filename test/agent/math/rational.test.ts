import fc from 'fast-check'
import t from 'tap'
import {
  add,
  divide,
  integerSquareRoot,
  multiply,
  negate,
  type Rational,
  rational,
  rationalOfDouble,
  rationalToDouble,
  signOf,
  squareRootToDouble,
  subtract,
} from '../../../agent/math/rational.ts'
import { holds } from './property.ts'
import {
  compare,
  dyadicFraction,
  equal,
  type Fraction,
  fraction,
  fractionOf,
  isNearest,
  minus,
  over,
  plus,
  times,
} from './slowRational.ts'

const whole = fc.oneof(
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.bigInt({ min: -9n, max: 9n }),
)
const anyRational: fc.Arbitrary<Rational> = fc
  .tuple(whole, whole, fc.integer({ min: -300, max: 300 }))
  .map(([n, d, e]) => rational(n, d === 0n ? 1n : d, e))

const slow = (a: Rational): Fraction =>
  times(fraction(a.numerator, a.denominator), dyadicFraction(1n, a.exponent))

t.test('arithmetic is that of fractions', async (t) => {
  const property = fc.property(anyRational, anyRational, (a, b) => {
    const [p, q] = [slow(a), slow(b)]
    return (
      equal(slow(add(a, b)), plus(p, q)) &&
      equal(slow(subtract(a, b)), minus(p, q)) &&
      equal(slow(multiply(a, b)), times(p, q)) &&
      (q[0] === 0n || equal(slow(divide(a, b)), over(p, q))) &&
      equal(slow(negate(a)), minus([0n, 1n], p)) &&
      signOf(a) === compare(p, [0n, 1n]) &&
      divide(a, rational(-3n)).denominator > 0n
    )
  })
  holds(t, property, 500)
})

t.test('a fraction becomes the nearest double, ties to even, at every size', async (t) => {
  const exponent = fc.oneof(fc.integer({ min: -1300, max: 1100 }), fc.constantFrom(-1074, -1022, 0))
  const property = fc.property(anyRational, exponent, (a, e) => {
    const moved = { ...a, exponent: e }
    return isNearest(rationalToDouble(moved), slow(moved))
  })
  holds(t, property, 2000)
})

t.test('fractions beside a tie fall on their own side', async (t) => {
  // (2^53 + 1) is halfway between two doubles; a part in 2^400 decides.
  const tie = 2n ** 53n + 1n
  const fine = 2n ** 400n
  t.equal(rationalToDouble(rational(tie * fine, fine)), 2 ** 53)
  t.equal(rationalToDouble(rational(tie * fine + 1n, fine)), 2 ** 53 + 2)
  t.equal(rationalToDouble(rational(-tie * fine - 1n, fine)), -(2 ** 53) - 2)
  t.equal(rationalToDouble(rational(tie * fine - 1n, fine)), 2 ** 53)
  t.equal(rationalToDouble(rational(1n, 3n, 5000)), Infinity)
  t.ok(Object.is(rationalToDouble(rational(0n, -3n)), 0))
})

t.test('a square root is the nearest double', async (t) => {
  const property = fc.property(anyRational, (a) => {
    const square = signOf(a) < 0 ? negate(a) : a
    const root = squareRootToDouble(square)
    if (root === 0) return signOf(square) === 0
    // The nearest double to √x: the squares of the points halfway to its neighbors enclose x.
    const x = slow(square)
    const ulp = fractionOf(unitInLastPlace(root))
    const [low, high] = [
      minus(fractionOf(root), over(ulp, [2n, 1n])),
      plus(fractionOf(root), over(ulp, [2n, 1n])),
    ]
    return compare(times(low, low), x) <= 0 && compare(x, times(high, high)) <= 0
  })
  holds(t, property, 1000)
})

t.test('a root just beyond a tie is rounded up', async (t) => {
  // The square of a number halfway between two doubles, and the next integer: both have the same integer root.
  const tie = (2n ** 53n + 1n) << 40n
  t.equal(squareRootToDouble(rational(tie * tie, 1n, -80)), 2 ** 53)
  t.equal(squareRootToDouble(rational(tie * tie + 1n, 1n, -80)), 2 ** 53 + 2)
  t.equal(squareRootToDouble(rational(tie * tie * 3n + 1n, 3n, -80)), 2 ** 53 + 2)
  t.equal(squareRootToDouble(rational(tie * tie - 1n, 1n, -80)), 2 ** 53)
})

t.test('square roots of doubles are those of the processor, which IEEE 754 defines', async (t) => {
  const property = fc.property(fc.double({ min: 0, max: 1e308, noNaN: true }), (x) =>
    Object.is(squareRootToDouble(rationalOfDouble(x)), Math.sqrt(x)),
  )
  holds(t, property, 1000)
  t.equal(squareRootToDouble(rational(0n)), 0)
  t.equal(squareRootToDouble(rational(9n, 4n)), 1.5)
  t.equal(squareRootToDouble(rational(1n, 1n, -2148)), 5e-324, 'the root of the least square')
})

t.test('an integer square root is the largest whose square fits', async (t) => {
  const property = fc.property(fc.bigInt({ min: 0n, max: 2n ** 300n }), (n) => {
    const root = integerSquareRoot(n)
    return root * root <= n && n < (root + 1n) * (root + 1n)
  })
  holds(t, property)
  for (let n = 0n; n < 70n; n++) {
    if (integerSquareRoot(n * n) !== n || (n > 1n && integerSquareRoot(n * n - 1n) !== n - 1n))
      t.fail(`${n}`)
  }
})

/** Distance of the doubles just above x; below a power of two they are twice as dense, which only widens the check. */
function unitInLastPlace(x: number): number {
  const words = new DataView(new ArrayBuffer(8))
  words.setFloat64(0, x)
  words.setBigInt64(0, words.getBigInt64(0) + 1n)
  return words.getFloat64(0) - x
}
