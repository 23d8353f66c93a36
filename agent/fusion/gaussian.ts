import type { ExactVector } from '../math/exactVector.ts'
import {
  add,
  divide,
  multiply,
  type Rational,
  rationalOfDouble,
  signOf,
  subtract,
} from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import { average } from './average.ts'
import { fading, withoutNoise } from './forgetting.ts'
import type { Kind } from './kind.ts'
import { checkKnown, normalMean } from './normalMean.ts'
import {
  checkPosterior,
  credibleOf,
  gammaParameter,
  half,
  isPositive,
  rounded,
  studentParameter,
} from './posterior.ts'
import type { GaussianResult, NormalMeanResult } from './results.ts'
import { MOMENTS, momentsOf, rationalAt } from './statistics.ts'

/**
 * Prior `[mean, kappa, alpha, beta]` where a job gives none: the limit that says nothing, p(mean, precision)
 * ∝ 1 / precision. The credible interval of the mean is then the classical t interval.
 */
export const REFERENCE_PRIOR: readonly number[] = [0, 0, -0.5, 0]

/**
 * Sums [Σx, Σx², n] of readings taken to be independent and normal with unknown mean and, unless it is known
 * (normalMean.ts), unknown precision; the
 * conjugate Normal-Gamma prior enters once, after the sum (K. Murphy, Conjugate Bayesian analysis of the
 * Gaussian distribution, 2007, section 3).
 */
export const gaussian: Kind = {
  multiplies: true,
  reads: { response: true, terms: [0, 0] },
  dimension: () => MOMENTS,
  check(model) {
    if (model.values) return checkKnown(model)
    checkPosterior(model, 4)
    const [mean = 0, kappa = 0, alpha = 0, beta = 0] = model.prior ?? []
    const isProper =
      Number.isFinite(mean) && isPositive(kappa) && isPositive(alpha) && isPositive(beta)
    if (model.prior && !isProper) {
      throw new HypernetError(
        'BAD_JOB',
        `prior needs a finite mean and kappa, alpha, beta > 0, found ${[mean, kappa, alpha, beta].join(', ')}; leave it out to assume nothing`,
      )
    }
  },
  addRow: average.addRow,
  carry: fading(momentsOf),
  result({ model }, sum, after = sum): GaussianResult | NormalMeanResult {
    if (model.values) return normalMean(model, sum, after)
    const moments = momentsOf(sum)
    const exact = posteriorOf(model.prior ?? REFERENCE_PRIOR, evidenceOf(after))
    const { mean, kappa, alpha, beta } = exact
    if (signOf(alpha) <= 0 || signOf(beta) <= 0) {
      throw new HypernetError(
        'TOO_FEW',
        `without a prior the readings must differ, and be two at least: found ${moments.count} of one value; give a prior`,
      )
    }
    const credible = credibleOf(model)
    return {
      posterior: {
        parameters: [
          studentParameter('mean', mean, alpha, divide(beta, kappa), credible),
          gammaParameter('precision', alpha, beta, credible),
        ],
        credible,
        mean: rounded(mean),
        kappa: rounded(kappa),
        alpha: rounded(alpha),
        beta: rounded(beta),
      },
      observations: moments.count,
    }
  },
}

/** Observations, perhaps faded, so that they need not be whole. */
interface Evidence {
  readonly weight: Rational
  readonly mean: Rational
  readonly squares: Rational
}

function evidenceOf(sum: ExactVector): Evidence {
  const weight = rationalAt(sum, 2)
  const [total, square] = [rationalAt(sum, 0), rationalAt(sum, 1)]
  const mean = divide(total, weight)
  return { weight, mean, squares: withoutNoise(subtract(square, multiply(total, mean)), square) }
}

interface NormalGamma {
  readonly mean: Rational
  readonly kappa: Rational
  readonly alpha: Rational
  readonly beta: Rational
}

/** Murphy, equations 85-89, in rationals. */
function posteriorOf(
  prior: ArrayLike<number>,
  { weight: n, mean, squares }: Evidence,
): NormalGamma {
  const [mean0, kappa0, alpha0, beta0] = Array.from(prior, rationalOfDouble) as [
    Rational,
    Rational,
    Rational,
    Rational,
  ]
  const kappa = add(kappa0, n)
  const shift = subtract(mean, mean0)
  const between = divide(multiply(multiply(kappa0, n), multiply(shift, shift)), kappa)
  return {
    mean: divide(add(multiply(kappa0, mean0), multiply(n, mean)), kappa),
    kappa,
    alpha: add(alpha0, half(n)),
    beta: add(beta0, half(add(squares, between))),
  }
}
