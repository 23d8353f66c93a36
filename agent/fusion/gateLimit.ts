import { betaLowerPoint, gammaLowerPoint, gammaShare, gammaUpperPoint } from './quantile.ts'
import { gammaTerm } from './saddlePoint.ts'

/** Honest devices beyond the limit: one in a thousand. */
const TAIL = 0.001
/** Where the scale of the bulk is looked for, one in 40 of the honest is left out of it. */
const OUTSIDE = 0.025

/** A fleet has few ranks, and many devices of each. */
function remembered(find: (degrees: number) => number): (degrees: number) => number {
  const found = new Map<number, number>()
  return (degrees) => {
    const value = found.get(degrees) ?? find(Math.max(degrees, 1))
    found.set(degrees, value)
    return value
  }
}

/** The middle of χ². */
export const middleOf = remembered((degrees) => 2 * gammaLowerPoint(degrees / 2, 0.5))

/** χ²(rank, 0.975): so far the bulk reaches. */
export const bulkLimitOf = remembered((rank) => 2 * gammaUpperPoint(rank / 2, OUTSIDE))

/** Mean of what χ² has up to there: x times its density is that of two degrees more, times the rank. */
export const bulkMeanOf = remembered(
  (rank) => (rank * gammaShare(rank / 2 + 1, bulkLimitOf(rank) / 2).lower) / (1 - OUTSIDE),
)

const knownLimitOf = remembered((rank) => 2 * gammaUpperPoint(rank / 2, TAIL))
/** Beyond it the limits of a variance that is estimated and of one that is known agree to five digits. */
const MANY = 1e6

/**
 * How far one honest device in a thousand lies, in squares of standard deviations: rank F(rank, degrees; 0.999) where the variance was
 * estimated with so many degrees of freedom, as of robust distances (J. Hardin and D. M. Rocke, Journal of Computational and Graphical
 * Statistics 14, 2005; A. Cerioli, Journal of the American Statistical Association 105, 2010). χ² is for a variance that is known: of few
 * devices it refuses several times the honest that it promises.
 */
export function limitOf(rank: number, degrees = Infinity): number {
  if (degrees >= MANY) return knownLimitOf(rank)
  // Whoever has nothing to compare with refuses nobody.
  if (!(degrees >= 1)) return Infinity
  const share = betaLowerPoint(Math.max(rank, 1) / 2, degrees / 2, 1 - TAIL)
  return (degrees * share) / (1 - share)
}

/**
 * Degrees of freedom of the median of variances that have these degrees, each over its middle. A median of N has the variance N / (2 Σ f)², f their
 * densities there (van der Vaart, Asymptotic Statistics, 1998, 21.2), and a variance of ν degrees 2 / ν: of one degree each 0.37 N remain,
 * the efficiency of the median absolute deviation.
 */
export function degreesOfMedian(degrees: readonly number[]): number {
  const density = degrees.reduce((sum, each) => sum + densityOf(each), 0)
  return (8 * density * density) / Math.max(degrees.length, 1)
}

/** Of χ² over its middle, there. */
const densityOf = remembered(
  (degrees) => (degrees / 2) * gammaTerm(degrees / 2, middleOf(degrees) / 2),
)
