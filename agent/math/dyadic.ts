import { MathError } from './mathError.ts'

/** An exact number `mantissa * 2 ** exponent`. Canonical: mantissa odd, or 0 with exponent 0. */
export interface Dyadic {
  readonly mantissa: bigint
  readonly exponent: number
}

/** A finite double taken apart: an odd mantissa below 2^53 in size, or 0 with exponent 0. */
export interface Split {
  readonly mantissa: number
  readonly exponent: number
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

export const ZERO: Dyadic = { mantissa: 0n, exponent: 0 }

// Bits are read and written with a stated byte order, so the machine's own does not matter.
const bits = new DataView(new ArrayBuffer(8))

/** `x = mantissa * 2 ** exponent`, exactly; -0 becomes 0. @throws MathError `NONFINITE` */
export function splitDouble(x: number): Split {
  if (!Number.isFinite(x)) throw new MathError('NONFINITE', `wanted a finite number, found ${x}`)
  bits.setFloat64(0, x)
  const high = bits.getUint32(0)
  const low = bits.getUint32(4)
  const biased = (high >>> 20) & 0x7ff
  // Subnormals have no hidden bit and the exponent of the least normal number (IEEE 754-2019, 3.4).
  const top = (high & 0xfffff) | (biased === 0 ? 0 : 0x100000)
  if (top === 0 && low === 0) return { mantissa: 0, exponent: 0 }
  const zeros = low === 0 ? 32 + trailingZeros(top) : trailingZeros(low)
  const size = (top * 4294967296 + low) / powerOfTwo(zeros)
  return { mantissa: x < 0 ? -size : size, exponent: Math.max(biased, 1) - 1075 + zeros }
}

/** A finite double as an exact number. @throws MathError `NONFINITE` */
export function dyadicOf(x: number): Dyadic {
  const { mantissa, exponent } = splitDouble(x)
  return { mantissa: BigInt(mantissa), exponent }
}

/** The canonical form of `mantissa * 2 ** exponent`. */
export function canonicalDyadic(mantissa: bigint, exponent: number): Dyadic {
  if (mantissa === 0n) return ZERO
  let zeros = 0
  let rest = mantissa
  while (BigInt.asUintN(32, rest) === 0n) {
    rest >>= 32n
    zeros += 32
  }
  const last = trailingZeros(Number(BigInt.asUintN(32, rest)))
  if (last > 0) rest >>= BigInt(last)
  return { mantissa: rest, exponent: exponent + zeros + last }
}

/** Exact product, canonical. */
export function multiplyDyadic(a: Dyadic, b: Dyadic): Dyadic {
  return canonicalDyadic(a.mantissa * b.mantissa, a.exponent + b.exponent)
}

/** Exact sum, canonical. */
export function addDyadic(a: Dyadic, b: Dyadic): Dyadic {
  if (a.mantissa === 0n) return canonicalDyadic(b.mantissa, b.exponent)
  if (b.mantissa === 0n) return canonicalDyadic(a.mantissa, a.exponent)
  const least = Math.min(a.exponent, b.exponent)
  return canonicalDyadic(alignedTo(least, a) + alignedTo(least, b), least)
}

/** -1, 0 or 1 as a is below, equal to or above b. */
export function compareDyadic(a: Dyadic, b: Dyadic): -1 | 0 | 1 {
  const least = Math.min(a.exponent, b.exponent)
  const difference = alignedTo(least, a) - alignedTo(least, b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The mantissa that the number has at a lower or equal exponent. */
export function alignedTo(exponent: number, a: Dyadic): bigint {
  return a.mantissa << BigInt(a.exponent - exponent)
}

/** Bits of |m|; 0 for 0. */
export function bitLength(m: bigint): number {
  const size = m < 0n ? -m : m
  if (size <= SAFE) {
    // Most mantissas are those of doubles, and no text has to be made of them.
    const number = Number(size)
    const high = Math.floor(number / 4294967296)
    return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(number)
  }
  const text = size.toString(16)
  return 4 * text.length - Math.clz32(Number.parseInt(text.charAt(0), 16)) + 28
}

/**
 * `mantissa * 2 ** exponent` rounded once to the nearest double, ties to even (IEEE 754-2019, 4.3.1):
 * subnormal numbers included; infinite where the result is 2^1024 or more after rounding.
 */
export function toDouble(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0
  const size = mantissa < 0n ? -mantissa : mantissa
  const length = bitLength(size)
  const top = exponent + length
  if (top > 1024) return mantissa < 0n ? -Infinity : Infinity
  // Subnormals keep fewer bits: their last place is 2^-1074 whatever their size.
  const kept = Math.min(53, top + 1074)
  if (kept < 0) return 0
  const dropped = length - kept
  const rounded = dropped > 0 ? roundedShift(size, dropped) : size
  const value = scaled(Number(rounded), exponent + Math.max(dropped, 0))
  return mantissa < 0n ? -value : value
}

/** The number with at most so many significant bits, to the nearest, ties to even; canonical. */
export function roundDyadic({ mantissa, exponent }: Dyadic, bits: number): Dyadic {
  const size = mantissa < 0n ? -mantissa : mantissa
  const dropped = bitLength(size) - bits
  if (dropped <= 0) return canonicalDyadic(mantissa, exponent)
  const rounded = roundedShift(size, dropped)
  return canonicalDyadic(mantissa < 0n ? -rounded : rounded, exponent + dropped)
}

/** `size / 2 ** dropped` to the nearest integer, ties to even; size positive, dropped at least 1. */
function roundedShift(size: bigint, dropped: number): bigint {
  const shift = BigInt(dropped)
  const quotient = size >> shift
  const rest = size - (quotient << shift)
  const half = 1n << (shift - 1n)
  const up = rest > half || (rest === half && (quotient & 1n) === 1n)
  return up ? quotient + 1n : quotient
}

/** `m * 2 ** exponent` where that is a double or overflows; each step is exact, so nothing is rounded twice. */
function scaled(m: number, exponent: number): number {
  if (exponent > 971) return m * powerOfTwo(exponent - 971) * powerOfTwo(971)
  if (exponent < -1022) return m * powerOfTwo(exponent + 1022) * powerOfTwo(-1022)
  return m * powerOfTwo(exponent)
}

/** 2 ** exponent from its bits, -1022..1023: the language does not promise that `**` is exact. */
export function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + 1023) << 20)
  bits.setUint32(4, 0)
  return bits.getFloat64(0)
}

/** Zero bits below the lowest one of a 32-bit word other than 0. */
function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}
