import { factorOf, forward, squared, within } from './factor.ts'
import type { Share } from './gateShare.ts'

/** What the larger part of the devices says of the coefficients, in units of the fleet. */
export interface Center {
  readonly coefficients: Float64Array
  /** Its covariance, row by row; or only up to the variance of a row. */
  readonly covariance: Float64Array
  readonly isPerVariance: boolean
}

/** (x_own - x)ᵀ Λ (x_own - x): what a contribution and x differ by, in squares of the rows. */
export const misfitOf = (share: Share, x: Float64Array): number => squared(whitened(share, x))

/** Likewise in variances: of a row, and of the center itself. That of a device that says nothing is 0. */
export function distanceOf(share: Share, center: Center, variance: number): number {
  const { factor } = share
  const { rank } = factor
  const spread = within(
    factor,
    center.covariance.map((each) => each * (center.isPerVariance ? variance : 1)),
  )
  for (let k = 0; k < rank; k++) spread[k * rank + k] = (spread[k * rank + k] ?? 0) + variance
  return squared(forward(factorOf(spread, rank), whitened(share, center.coefficients)))
}

/** L⁻¹ (η - Λ x), Λ = L Lᵀ. */
function whitened({ factor, gram, right }: Share, x: Float64Array): Float64Array {
  const p = x.length
  const rest = right.map((each, i) => {
    let sum = each
    for (let j = 0; j < p; j++) sum -= (gram[i * p + j] ?? 0) * (x[j] ?? 0)
    return sum
  })
  return forward(factor, rest)
}
