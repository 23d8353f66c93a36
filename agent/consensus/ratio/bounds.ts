import { integerAt, type Wrapping } from '../../math/wrapping.ts'
import { weightOf } from './ledger.ts'
import { FRACTION } from './scale.ts'

/**
 * Between what the means of masses lie, component by component, in units of 2^-FRACTION of a scale's
 * unit, rounded outward: low[k] <= mean <= high[k].
 */
export interface Bounds {
  readonly low: readonly bigint[]
  readonly high: readonly bigint[]
}
/** `wide` stands for all bounds that leave several sums possible: widened further, they still do. */
export type Range = 'empty' | 'wide' | Bounds

/**
 * Bounds of what a mass is on average: its components over its weight.
 * @param bits of a scale, whose unit of weight is 2^bits units of value
 */
export function boundsOf(mass: Wrapping, limbs: number, bits: number): Range {
  const weight = weightOf(mass, limbs)
  if (weight <= 0n) return 'empty'
  const shift = BigInt(bits + FRACTION)
  const low: bigint[] = []
  const high: bigint[] = []
  for (let k = 0; (k + 1) * limbs < mass.length; k++) {
    const scaled = integerAt(mass, k, limbs) << shift
    const quotient = scaled / weight
    const rest = scaled - quotient * weight
    low.push(rest < 0n ? quotient - 1n : quotient)
    high.push(rest > 0n ? quotient + 1n : quotient)
  }
  return { low, high }
}

/** The least range that holds both; `wide` where the sum over `count` devices is not determined by it. */
export function hullOf(a: Range, b: Range, count: number): Range {
  if (a === 'wide' || b === 'wide') return 'wide'
  if (a === 'empty') return b
  if (b === 'empty') return a
  const hull = {
    low: a.low.map((low, k) => least(low, b.low[k] ?? low)),
    high: a.high.map((high, k) => most(high, b.high[k] ?? high)),
  }
  return isWide(hull, count) ? 'wide' : hull
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** The least and the largest whole number in a range of means, times `count`: a sum is one of those between. */
const lowest = (low: bigint, count: bigint): bigint => -((-low * count) >> BigInt(FRACTION))
const highest = (high: bigint, count: bigint): bigint => (high * count) >> BigInt(FRACTION)

function isWide({ low, high }: Bounds, count: number): boolean {
  const n = BigInt(count)
  return low.some((lower, k) => highest(high[k] ?? 0n, n) > lowest(lower, n))
}

/**
 * The sum over `count` devices whose mean lies in a range: the only whole number in each component, which
 * is there when n (high - low) < 1 and may be when it is less than 2. Nothing is rounded.
 */
export function soleSum(range: Range, count: number): bigint[] | undefined {
  if (range === 'wide' || range === 'empty') return undefined
  const n = BigInt(count)
  const sums = range.low.map((low) => lowest(low, n))
  return sums.every((sum, k) => sum === highest(range.high[k] ?? 0n, n)) ? sums : undefined
}
