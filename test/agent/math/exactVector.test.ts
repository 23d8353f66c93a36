import fc from 'fast-check'
import t from 'tap'
import {
  addVectors,
  CONTRIBUTION_TOP,
  canonical,
  canonicalBytes,
  checkRange,
  equalVectors,
  LEAST_EXPONENT,
  SPREAD_BITS,
  SUM_TOP,
  sumVectors,
  toDoubles,
  vectorOf,
  zeroVector,
} from '../../../agent/math/exactVector.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { anyDouble, reading } from './doubles.ts'
import { holds } from './property.ts'
import { dyadicFraction, equal, fractionOf, plus } from './slowRational.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const doubles = (d: number) => fc.array(anyDouble, { minLength: d, maxLength: d })

t.test('the sum of doubles is exact in every component', async (t) => {
  holds(
    t,
    fc.property(fc.array(doubles(3), { maxLength: 8 }), (rows) => {
      const sum = sumVectors(rows.map(vectorOf), 3)
      return [0, 1, 2].every((k) => {
        const wanted = rows.map((row) => fractionOf(row[k] ?? NaN)).reduce(plus, [0n, 1n])
        return equal(dyadicFraction(sum.mantissas[k] ?? 1n, sum.exponents[k] ?? 1), wanted)
      })
    }),
  )
})

t.test('order and grouping do not matter', async (t) => {
  holds(
    t,
    fc.property(fc.array(doubles(2), { minLength: 1, maxLength: 8 }), fc.nat(), (rows, cut) => {
      const vectors = rows.map(vectorOf)
      const whole = sumVectors(vectors, 2)
      const at = cut % vectors.length
      const [left, right] = [vectors.slice(0, at), vectors.slice(at)]
      const halves = addVectors(sumVectors(right, 2), sumVectors(left, 2))
      const folded = vectors.reduceRight(addVectors, zeroVector(2))
      return equalVectors(whole, halves) && equalVectors(whole, folded)
    }),
  )
})

t.test('the empty sum is zero, and zero changes nothing', async (t) => {
  t.strictSame(sumVectors([], 2), zeroVector(2))
  const v = vectorOf([1.5, -0])
  t.strictSame(addVectors(v, zeroVector(2)), v)
  t.strictSame(v, { mantissas: [3n, 0n], exponents: [-1, 0] })
})

t.test('a vector becomes canonical without changing its value', async (t) => {
  const v = { mantissas: [12n, 0n, -8n], exponents: [0, 7, -3] }
  t.strictSame(canonical(v), { mantissas: [3n, 0n, -1n], exponents: [2, 0, 0] })
  t.strictSame(toDoubles(canonical(v)), toDoubles(v))
})

t.test('vectors are equal when their components are', async (t) => {
  t.ok(equalVectors(vectorOf([1, 2]), vectorOf([1, 2])))
  t.notOk(equalVectors(vectorOf([1, 2]), vectorOf([1, 4])), 'the same mantissa')
  t.notOk(equalVectors(vectorOf([1, 3]), vectorOf([1, 5])), 'the same exponent')
  t.notOk(equalVectors(vectorOf([1]), vectorOf([1, 0])), 'another length')
})

t.test('each component is rounded once', async (t) => {
  const sum = sumVectors(
    [0.1, 0.2, 0.3, -0.6].map((x) => vectorOf([x])),
    1,
  )
  // 0.1 + 0.2 + 0.3 - 0.6 as doubles is exactly 2^-55 (a calculator of 60 digits), not the 1.1e-16 of running sums.
  t.strictSame(toDoubles(sum), [2 ** -55])
})

t.test('what is not finite is refused with its component', async (t) => {
  t.throws(() => vectorOf([1, NaN]), {
    code: 'NONFINITE',
    component: 1,
    message: 'component 1: wanted a finite number, found NaN',
  })
})

t.test('vectors of different lengths cannot be added', async (t) => {
  t.throws(() => addVectors(vectorOf([1]), vectorOf([1, 2])), { code: 'FORM' })
  t.throws(() => sumVectors([vectorOf([1])], 2), { code: 'FORM' })
})

t.test('the bounds fit together and agree with those of the protocol', async (t) => {
  t.equal(SPREAD_BITS, LIMITS.spreadBits)
  t.equal(LEAST_EXPONENT, 2 * -1074, 'the product of the two least doubles')
  t.equal(SUM_TOP - LEAST_EXPONENT, SPREAD_BITS)
  t.ok(2 ** (SUM_TOP - CONTRIBUTION_TOP) >= LIMITS.roster, 'a full roster cannot reach the top')
  t.ok(Math.max(SUM_TOP, -LEAST_EXPONENT) <= LIMITS.exponent)
})

t.test(
  'a full roster of the largest contributions still has a sum; beyond it the sum is refused',
  async (t) => {
    const largest = { mantissas: [2n ** 4076n - 1n], exponents: [LEAST_EXPONENT] }
    checkRange(largest, CONTRIBUTION_TOP)
    const many = { mantissas: [(2n ** 4076n - 1n) << 20n], exponents: [LEAST_EXPONENT] }
    const sum = sumVectors([many], 1)
    checkRange(sum, SUM_TOP)
    t.throws(() => addVectors(sum, sum), { code: 'SPREAD', component: 0 })
    t.throws(() => checkRange(sum, CONTRIBUTION_TOP), { code: 'EXPONENT', component: 0 })
    t.throws(() => checkRange({ mantissas: [1n], exponents: [LEAST_EXPONENT - 1] }, SUM_TOP), {
      code: 'EXPONENT',
      message:
        'component 0: wanted a multiple of 2^-2148 below 2^1948 in size, found a mantissa of 1 bits times 2^-2149',
    })
  },
)

t.test('the bytes to hash are as described', async (t) => {
  t.equal(
    hex(canonicalBytes(vectorOf([0, 0]))),
    '02000000' + '01000000' + '0000' + '0000' + '00' + '00',
  )
  // 1.5 = 3 * 2^-1; -256 = -1 * 2^8; 385 = 0x181 needs two bytes, which widens the others.
  t.equal(
    hex(canonicalBytes(vectorOf([1.5, -256, 385]))),
    '03000000' + '02000000' + 'ffff' + '0800' + '0000' + '0300' + 'ffff' + '8101',
  )
})

t.test('the bytes to hash differ exactly when the vectors do', async (t) => {
  const small = fc.array(fc.oneof(reading, fc.integer({ min: -3, max: 3 })), { maxLength: 3 })
  holds(
    t,
    fc.property(small, small, (a, b) => {
      const [v, w] = [vectorOf(a), vectorOf(b)]
      return (hex(canonicalBytes(v)) === hex(canonicalBytes(w))) === equalVectors(v, w)
    }),
    1000,
  )
})
