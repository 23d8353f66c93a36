import type { ExactVector } from '../../agent/math/exactVector.ts'
import { invariant } from '../../agent/wire/errors.ts'

/**
 * Sums exact vectors the slow obvious way, apart from the code that devices use: every component
 * becomes an integer multiple of its least power of two, and BigInt adds.
 * @returns integers and the power of two that each counts
 */
export function slowSum(
  vectors: readonly ExactVector[],
  dimension: number,
): { integers: bigint[]; powers: number[] } {
  const powers = Array.from({ length: dimension }, (_, k) =>
    vectors.reduce((least, v) => Math.min(least, v.exponents[k] ?? 0), 0),
  )
  const integers = powers.map((power, k) =>
    vectors.reduce((sum, v) => {
      invariant(v.mantissas.length === dimension, 'vectors of one job have one length')
      return sum + ((v.mantissas[k] ?? 0n) << BigInt((v.exponents[k] ?? 0) - power))
    }, 0n),
  )
  return { integers, powers }
}

/**
 * Greatest relative error of any component against the sum; 0 when equal, Infinity where only one of the
 * two is zero.
 */
export function greatestError(
  found: ExactVector,
  sum: { readonly integers: readonly bigint[]; readonly powers: readonly number[] },
): number {
  let most = 0
  for (let k = 0; k < sum.integers.length; k++) {
    const power = Math.min(sum.powers[k] ?? 0, found.exponents[k] ?? 0)
    const wanted = (sum.integers[k] ?? 0n) << BigInt((sum.powers[k] ?? 0) - power)
    const is = (found.mantissas[k] ?? 0n) << BigInt((found.exponents[k] ?? 0) - power)
    if (wanted !== is) most = Math.max(most, ratio(is - wanted, wanted))
  }
  return most
}

/** |a / b| as a double, to about 60 bits. */
function ratio(a: bigint, b: bigint): number {
  if (b === 0n) return Number.POSITIVE_INFINITY
  const [top, bottom] = [a < 0n ? -a : a, b < 0n ? -b : b]
  const shift = bottom.toString(2).length - top.toString(2).length + 64
  const scaled = shift >= 0 ? (top << BigInt(shift)) / bottom : top / (bottom << BigInt(-shift))
  // Number has exponents down to 2^-1074; a smaller error than that is reported as the least double.
  return Math.max(Number(scaled) * 2 ** Math.max(-shift, -1074), Number.MIN_VALUE)
}
