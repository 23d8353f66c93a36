import { bitLength, type Dyadic, dyadicOf, toDouble } from './dyadic.ts'

/** The exact number `numerator / denominator * 2 ** exponent`; denominator positive, not in lowest terms. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
  readonly exponent: number
}

export function rational(numerator: bigint, denominator = 1n, exponent = 0): Rational {
  return denominator < 0n
    ? { numerator: -numerator, denominator: -denominator, exponent }
    : { numerator, denominator, exponent }
}

export const rationalOf = ({ mantissa, exponent }: Dyadic): Rational =>
  rational(mantissa, 1n, exponent)

/** @throws MathError `NONFINITE` */
export const rationalOfDouble = (x: number): Rational => rationalOf(dyadicOf(x))

export function add(a: Rational, b: Rational): Rational {
  if (a.numerator === 0n) return b
  if (b.numerator === 0n) return a
  const exponent = Math.min(a.exponent, b.exponent)
  const left = a.numerator << BigInt(a.exponent - exponent)
  const right = b.numerator << BigInt(b.exponent - exponent)
  if (a.denominator === b.denominator) return rational(left + right, a.denominator, exponent)
  return rational(
    left * b.denominator + right * a.denominator,
    a.denominator * b.denominator,
    exponent,
  )
}

export const negate = (a: Rational): Rational => rational(-a.numerator, a.denominator, a.exponent)

export const subtract = (a: Rational, b: Rational): Rational => add(a, negate(b))

export const multiply = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator, a.exponent + b.exponent)

/** a / b; b is not 0. */
export const divide = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator, a.exponent - b.exponent)

/** -1, 0 or 1. */
export const signOf = (a: Rational): -1 | 0 | 1 =>
  a.numerator > 0n ? 1 : a.numerator < 0n ? -1 : 0

/** Bits of a quotient that decide its rounding: 53, one to round by, and spare ones. */
const QUOTIENT_BITS = 64

/** The nearest double, ties to even; rounded once. Infinite from 2^1024 on. */
export function rationalToDouble(a: Rational): number {
  const size = a.numerator < 0n ? -a.numerator : a.numerator
  if (size === 0n) return 0
  const shift = Math.max(0, QUOTIENT_BITS + bitLength(a.denominator) - bitLength(size))
  const scaled = size << BigInt(shift)
  const quotient = scaled / a.denominator
  const value = toDouble(
    sticky(quotient, quotient * a.denominator !== scaled),
    a.exponent - shift - 1,
  )
  return a.numerator < 0n ? -value : value
}

/** The double nearest to the square root of a number that is not negative, rounded once, ties to even. */
export function squareRootToDouble(a: Rational): number {
  if (a.numerator === 0n) return 0
  const excess = 2 * QUOTIENT_BITS + bitLength(a.denominator) - bitLength(a.numerator)
  const least = Math.max(0, excess)
  // The exponent that is left must be even.
  const shift = least + ((a.exponent - least) & 1)
  const scaled = a.numerator << BigInt(shift)
  const quotient = scaled / a.denominator
  const root = integerSquareRoot(quotient)
  // floor(sqrt(x)) = floor(sqrt(floor(x))), so only whether something was cut off remains to be known.
  const cut = root * root !== quotient || quotient * a.denominator !== scaled
  return toDouble(sticky(root, cut), (a.exponent - shift) / 2 - 1)
}

/** The largest integer whose square is at most n; n not negative. Newton's iteration from above. */
export function integerSquareRoot(n: bigint): bigint {
  if (n < 2n) return n
  let root = 1n << BigInt(Math.ceil(bitLength(n) / 2))
  for (;;) {
    const next = (root + n / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** One more bit that says whether the digits go on: it decides ties, and is never kept itself. */
const sticky = (quotient: bigint, goesOn: boolean): bigint => (quotient << 1n) | (goesOn ? 1n : 0n)
