import { alignedTo, canonicalDyadic } from '../../math/dyadic.ts'
import { componentOf, type ExactVector, vectorFrom } from '../../math/exactVector.ts'
import { type Wrapping, wrappingOf } from '../../math/wrapping.ts'

/** Bits below a scale's unit that mass is split down to. */
export const GUARD = 40
/**
 * Bits below a scale's unit that bounds of a mean are told with. A sum over 2^14 devices multiplies their
 * rounding by 2^14, and two windows round four times: 2^-8 of a unit.
 */
export const FRACTION = 24
/** What one device may come to hold above one device's greatest mass: 2^14 devices, and links reversed. */
const HEADROOM = 26

/** In what units the devices of an epoch count, so that all of them have whole numbers. */
export interface Scale {
  /** Component k is counted in 2 ** exponents[k]; the last component is the number of rows. */
  readonly exponents: readonly number[]
  /** Each device's numbers are below 2 ** bits in size. */
  readonly bits: number
  /** 32-bit limbs of a counter. */
  readonly limbs: number
}

export const scaleOf = (exponents: readonly number[], bits: number): Scale => ({
  exponents,
  bits,
  limbs: Math.ceil((bits + GUARD + HEADROOM) / 32),
})

/** The least weight of a share: of less, a rounded share would be of another ratio than what it is part of. */
export const leastShare = ({ bits }: Scale): bigint => 1n << BigInt(bits + FRACTION)

/** What a device puts into its books: its vector with `GUARD` bits below the unit, and one device's weight. */
export function massOf({ exponents, bits, limbs }: Scale, vector: ExactVector): Wrapping {
  const values = exponents.map((exponent, k) => {
    const component = componentOf(vector, k)
    return component.mantissa === 0n ? 0n : alignedTo(exponent, component) << BigInt(GUARD)
  })
  return wrappingOf([...values, 1n << BigInt(bits + GUARD)], limbs)
}

/** The exact vector that sums of a scale's units are. */
export const vectorOfSums = ({ exponents }: Scale, sums: readonly bigint[]): ExactVector =>
  vectorFrom(sums.map((sum, k) => canonicalDyadic(sum, exponents[k] ?? 0)))
