import { degreesOfMedian, middleOf } from './gateLimit.ts'
import { medianOf, type Share } from './gateShare.ts'

/** A contribution that is looked at from a first center: its right side is Aᵀ (b - A m). */
export interface Seen {
  readonly share: Share
  /** What is left of its rows when they are fitted by themselves. */
  readonly residual: number
}

/** Variance of a row, and the degrees of freedom with which it is known. */
export interface Variance {
  readonly variance: number
  readonly degrees: number
}

export interface Middle {
  readonly value: number
  /** The larger part differs by nothing: it is no estimate, but the least that the variance is taken to be. */
  readonly isFloor: boolean
}

/** Errors so small beside the response are rounding. */
const ROUNDING = 1e-26
/** Where sensors mostly say the same, one that differs is believed to be a step away: up to a standard deviation of 1/50 of the response. */
const COARSE = 1 / 2500
/** More than half say the same where half of them are within half a step. */
const OF_STEP = 1 / 4

/** Of a row, by what is left of each device's rows when they are fitted by themselves. Undefined where none has a row to spare. */
export function varianceWithin(seen: readonly Seen[]): Variance | undefined {
  const spare = seen.filter(({ share: { rows, factor } }) => rows > factor.rank)
  if (spare.length === 0) return undefined
  const degrees = spare.map(({ share: { rows, factor } }) => rows - factor.rank)
  const votes = spare.map(({ residual }, i) => Math.max(0, residual) / middleOf(degrees[i] ?? 1))
  const row = medianOf(seen.map(({ share: { square, rows } }) => square / rows))
  return { variance: middle(votes, row, 1).value, degrees: degreesOfMedian(degrees) }
}

/** Likewise by how far devices lie from each other. @param misfits of each from the center */
export function varianceBetween(shares: readonly Share[], misfits: readonly number[]): Middle {
  const votes = shares.map(({ factor }, i) => (misfits[i] ?? 0) / middleOf(factor.rank))
  const whole = medianOf(shares.map(({ square }) => square))
  return middle(votes, whole, OF_STEP)
}

/**
 * The middle one. If that is 0, readings are coarser than their noise: all that is known is that the noise is less than the step, so the
 * smallest that is not 0 stands for the step. It may be a liar's where the honest all say the same, who could make it as large as he
 * likes; so it counts up to a share of the response, which less than half of the devices cannot change.
 */
function middle(votes: readonly number[], response: number, ofStep: number): Middle {
  const least = Math.max(ROUNDING * response, Number.MIN_VALUE)
  const value = medianOf(votes)
  if (value > least) return { value, isFloor: false }
  const smallest = votes.reduce((a, b) => (b > least && b < a ? b : a), Infinity)
  const step = smallest === Infinity ? least : Math.min(ofStep * smallest, COARSE * response)
  return { value: Math.max(step, least), isFloor: true }
}
