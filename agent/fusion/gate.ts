import type { ExactVector } from '../math/exactVector.ts'
import { factorOf, forward, squared, within } from './factor.ts'
import { centerOf } from './gateCenter.ts'
import { medianOf, misfitAt, type Share, shareOf, soundEquations, unitsOf } from './gateShare.ts'
import type { CompiledModel } from './kind.ts'
import { gammaLowerPoint, gammaUpperPoint } from './quantile.ts'

/** What a device contributed, by its place in the roster. */
export interface Part {
  readonly index: number
  readonly vector: ExactVector
}

/**
 * Why a device is refused: what it sent is no sum over rows; its rows claim a weight that is beyond the others'; or what they say lies
 * too far from what most devices say.
 */
export type RefusalReason = 'unsound' | 'weight' | 'distance'

export interface Refused {
  readonly index: number
  readonly reason: RefusalReason
  /** Of `distance` in standard deviations; of `weight` in medians; else 0. */
  readonly distance: number
}

/** Honest devices beyond it: one in a thousand. */
const TAIL = 0.001
/** A row may count for so many times what one of the middle device does: as if it were ten times as exact. */
export const MOST_WEIGHT = 100
/** Errors so small beside the response are rounding. */
const ROUNDING = 1e-26

/**
 * Tells which devices of a linear fit are to be believed, by what they contributed alone: around the coordinate-wise median of what each finds by
 * itself, not around the pooled fit, which a tenth of gross liars moves so far that the honest are refused. A device is admitted where
 * d² = (η - Λm)ᵀ (σ²Λ + ΛCΛ)⁺ (η - Λm) ≤ φ χ²(rank Λ, 0.999), with Λ and η its normal equations, m the median, C its covariance, σ² the variance of
 * a row, the median of what the devices find, and φ >= 1 by how much more than that the middle device is off, so that sensors that all differ
 * a little are no liars. Whoever has too few rows for an estimate of its own is judged by what its rows do tell. The same contributions
 * give the same bits everywhere: sums without rounding, doubles in a fixed order.
 * @returns who is refused, in the order of the roster
 */
export function gate({ terms, weight }: CompiledModel, parts: readonly Part[]): Refused[] {
  const p = terms.length
  const refused: Refused[] = []
  const sound = parts.flatMap(({ index, vector }) => {
    const found = soundEquations(vector, p)
    const isEmpty = vector.mantissas.every((each) => each === 0n)
    const isTrue = found && (isEmpty || found.rows > 0)
    if (!isTrue) refused.push({ index, reason: 'unsound', distance: 0 })
    return isTrue && !isEmpty ? [{ index, ...found }] : []
  })
  const units = unitsOf(sound, p)
  const shares = sound.map((each) => shareOf(each.index, each, units))
  const constant = terms.findIndex((term) => !!term.constant)
  const weights = weightsOf(shares, p, constant)
  const usual = shares.length > 0 ? medianOf(weights) : 1
  const fixed = (terms[constant]?.constant ?? 0) / (units[constant] ?? 1)
  const believed = shares.filter(({ index }, i) => {
    const own = weights[i] ?? 0
    // Without weights a row of a fit with a constant counts once, neither more nor less.
    const isHonest =
      weight || constant < 0
        ? own <= MOST_WEIGHT * usual
        : Math.abs(own - fixed * fixed) <= 1e-9 * fixed * fixed
    if (!isHonest) refused.push({ index, reason: 'weight', distance: own / usual })
    return isHonest
  })
  refused.push(...tooFar(believed, units, p))
  return refused.sort((a, b) => a.index - b.index)
}

/** What a row of each device counts for: by the constant term if there is one, else by all terms in units of the fleet. */
const weightsOf = (shares: readonly Share[], p: number, constant: number): number[] =>
  shares.map(({ gram, rows }) => {
    if (constant >= 0) return (gram[constant * p + constant] ?? 0) / rows
    let sum = 0
    for (let k = 0; k < p; k++) sum += gram[k * p + k] ?? 0
    return sum / rows
  })

function tooFar(shares: readonly Share[], units: Float64Array, p: number): Refused[] {
  const center = shares.length > 0 ? centerOf(shares, p) : undefined
  if (!center) return []
  const m = center.coefficients.map((each, i) => each / (units[i] ?? 1))
  const away = shares.map((share) => {
    const { slopes, square } = misfitAt(share, m, units)
    const whitened = forward(share.factor, slopes)
    return { share, whitened, residual: square - squared(whitened) }
  })
  const variance = varianceOf(away)
  const covariance = center.covariance.map((each) => each * (center.isPerVariance ? variance : 1))
  const distances = away.map(({ share: { factor }, whitened }) => {
    const { rank } = factor
    const spread = within(factor, covariance)
    for (let k = 0; k < rank; k++) spread[k * rank + k] = (spread[k * rank + k] ?? 0) + variance
    return squared(forward(factorOf(spread, rank), whitened))
  })
  const excess = away.map(({ share: { factor } }, i) => (distances[i] ?? 0) / middleOf(factor.rank))
  const usual = Math.max(1, medianOf(excess))
  return away.flatMap(({ share: { index, factor } }, i): Refused[] => {
    const distance = (distances[i] ?? 0) / usual
    if (distance <= limitOf(factor.rank)) return []
    return [{ index, reason: 'distance', distance: Math.sqrt(distance) }]
  })
}

/** Of a row, by what is left of each device's rows when they are fitted by themselves; the middle one, without what a median is below a mean. */
function varianceOf(away: readonly { readonly share: Share; readonly residual: number }[]): number {
  const own = away.flatMap(({ share: { rows, factor }, residual }) => {
    const degrees = rows - factor.rank
    return degrees < 1 ? [] : Math.max(0, residual) / middleOf(degrees)
  })
  const least = ROUNDING * medianOf(away.map(({ share: { square, rows } }) => square / rows))
  // Without any row to spare the distances themselves say how large they are.
  return own.length === 0 ? Math.max(least, Number.MIN_VALUE) : Math.max(least, medianOf(own))
}

const limits = new Map<number, number>()
const middles = new Map<number, number>()

/** χ²(rank, 0.999), and the middle of χ². */
export const limitOf = (rank: number): number =>
  known(limits, rank, (a) => gammaUpperPoint(a, TAIL))
const middleOf = (degrees: number): number =>
  known(middles, degrees, (a) => gammaLowerPoint(a, 0.5))

function known(
  map: Map<number, number>,
  degrees: number,
  point: (shape: number) => number,
): number {
  const value = map.get(degrees) ?? 2 * point(Math.max(degrees, 1) / 2)
  map.set(degrees, value)
  return value
}
