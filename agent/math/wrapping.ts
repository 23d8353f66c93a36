/**
 * Vectors of integers modulo 2^(32 limbs), read as signed: a `Uint32Array` with the limbs of one component
 * after the other, least limb first. Sums are made in place: with BigInt each would be a new object, which
 * takes fifteen times as long. Sums of limbs stay far below 2^53, so doubles carry them exactly.
 */
export type Wrapping = Uint32Array

const BASE = 4294967296

/** target += plus - minus, component by component. */
export function addDifference(
  target: Wrapping,
  plus: Wrapping,
  minus: Wrapping,
  limbs: number,
): void {
  let carry = 0
  for (let i = 0; i < target.length; i++) {
    if (i % limbs === 0) carry = 0
    const sum = (target[i] ?? 0) + (plus[i] ?? 0) - (minus[i] ?? 0) + carry
    target[i] = sum
    carry = Math.floor(sum / BASE)
  }
}

/** target += factor * of, component by component; factor is whole and below 2^20 in size. */
export function addMultiple(target: Wrapping, of: Wrapping, factor: number, limbs: number): void {
  let carry = 0
  for (let i = 0; i < target.length; i++) {
    if (i % limbs === 0) carry = 0
    const sum = (target[i] ?? 0) + factor * (of[i] ?? 0) + carry
    target[i] = sum
    carry = Math.floor(sum / BASE)
  }
}

/** Each signed component divided by a whole number from 1 to 2^20, rounded down. */
export function dividedBy(dividend: Wrapping, divisor: number, limbs: number): Wrapping {
  const quotient = new Uint32Array(dividend.length)
  for (let end = dividend.length; end > 0; end -= limbs) {
    // The highest limb carries the sign; what it leaves over is not negative, so all others round down alike.
    const top = (dividend[end - 1] ?? 0) | 0
    let whole = Math.floor(top / divisor)
    quotient[end - 1] = whole
    let rest = top - whole * divisor
    for (let i = end - 2; i >= end - limbs; i--) {
      const value = rest * BASE + (dividend[i] ?? 0)
      whole = Math.floor(value / divisor)
      quotient[i] = whole
      rest = value - whole * divisor
    }
  }
  return quotient
}

/** Component k. */
export function integerAt(vector: Wrapping, k: number, limbs: number): bigint {
  let i = (k + 1) * limbs - 1
  let value = BigInt((vector[i] ?? 0) | 0)
  for (; i > k * limbs; i -= 2) {
    // Two limbs at a time where there are two: a BigInt is made for each step.
    const low = vector[i - 1] ?? 0
    if (i - 2 < k * limbs) return (value << 32n) | BigInt(low)
    value = (value << 64n) | ((BigInt(low) << 32n) | BigInt(vector[i - 2] ?? 0))
  }
  return value
}

/** Component k as the double next to it, or nearly; infinite from 2^1024. */
export function approximately(vector: Wrapping, k: number, limbs: number): number {
  let value = (vector[(k + 1) * limbs - 1] ?? 0) | 0
  for (let i = (k + 1) * limbs - 2; i >= k * limbs; i--) value = value * BASE + (vector[i] ?? 0)
  return value
}

/** The vector of these integers, each modulo 2^(32 limbs). */
export function wrappingOf(integers: readonly bigint[], limbs: number): Wrapping {
  const vector = new Uint32Array(integers.length * limbs)
  integers.forEach((integer, k) => {
    let rest = integer
    for (let i = k * limbs; i < (k + 1) * limbs; i++) {
      vector[i] = Number(BigInt.asUintN(32, rest))
      rest >>= 32n
    }
  })
  return vector
}

/** The limbs as bytes, little endian. */
export function wrappingBytes(vector: Wrapping): Uint8Array {
  const bytes = new Uint8Array(4 * vector.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < vector.length; i++) view.setUint32(4 * i, vector[i] ?? 0, true)
  return bytes
}

/** Reads what `wrappingBytes` wrote. @returns whether the bytes are as many as the target takes */
export function readWrapping(bytes: Uint8Array, target: Wrapping): boolean {
  if (bytes.length !== 4 * target.length) return false
  for (let i = 0, at = 0; i < target.length; i++, at += 4)
    target[i] =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
  return true
}
