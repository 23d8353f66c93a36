import type { ExactVector } from '../math/exactVector.ts'
import { forward, squared } from './factor.ts'
import { judge } from './gateBulk.ts'
import { centerOf } from './gateCenter.ts'
import { medianOf, misfitAt, type Share, shareOf, soundEquations, unitsOf } from './gateShare.ts'
import type { CompiledModel } from './kind.ts'

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

/** A row may count for so many times what one of the middle device does: as if it were ten times as exact. */
export const MOST_WEIGHT = 100

/**
 * Tells which devices of a linear fit are to be believed, by what they contributed alone: around what the bulk of them says (gateBulk.ts), not around the
 * pooled fit, which a tenth of gross liars moves so far that the honest are refused. A device is admitted where
 * d² = (η - Λm)ᵀ (σ²Λ + ΛCΛ)⁺ (η - Λm) ≤ max(L(ν), φ L(ν')), with Λ and η its normal equations, m the coordinate-wise median of what those of the bulk
 * find by themselves, C its covariance, σ² the variance of a row, φ by how much more than that the devices of the bulk are off, so that sensors that all
 * differ a little are no liars, and L the 99.9 % point for what is known of either (gateLimit.ts). Whoever has too few rows for an estimate of its own is
 * judged by what its rows do tell. The same contributions give the same bits everywhere: sums without rounding, doubles in a fixed order.
 * @returns who is refused, in the order of the roster
 */
export function gate({ terms, weight }: CompiledModel, parts: readonly Part[]): Refused[] {
  const p = terms.length
  const refused: Refused[] = []
  const sound = [...parts]
    .sort((a, b) => a.index - b.index)
    .flatMap(({ index, vector }) => {
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
  const seen = shares.map((share) => {
    const { slopes, square } = misfitAt(share, m, units)
    const residual = square - squared(forward(share.factor, slopes))
    return { share: { ...share, right: slopes }, residual }
  })
  return judge(seen, center, p).flatMap(({ isFar, distance }, i): Refused[] => {
    const { index } = shares[i] ?? { index: -1 }
    return isFar ? [{ index, reason: 'distance', distance }] : []
  })
}
