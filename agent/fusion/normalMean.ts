import type { ExactVector } from '../math/exactVector.ts'
import { add, divide, rational, rationalOfDouble } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import { checkPosterior, credibleOf, isPositive, normalParameter, rounded } from './posterior.ts'
import type { NormalMeanResult } from './results.ts'
import { momentsOf, rationalAt } from './statistics.ts'

/** `gaussian` where the variance of the readings is known: [variance] in the model's values, a prior [mean, variance]. */

/** @throws HypernetError `BAD_JOB` */
export function checkKnown(model: Model): void {
  checkPosterior(model, 2)
  const [variance = Number.NaN, ...more] = model.values ?? []
  const [mean = 0, spread = 1] = model.prior ?? []
  if (isPositive(variance) && more.length === 0 && Number.isFinite(mean) && isPositive(spread))
    return
  throw new HypernetError(
    'BAD_JOB',
    `a known variance is one number > 0, its prior a finite mean and a variance > 0; found ${[variance, ...more].join(', ')} and ${[mean, spread].join(', ')}`,
  )
}

/**
 * The posterior of the mean of independent normal readings of known variance v under the prior Normal(m, u): precisions
 * add up, 1 / u + n / v; without a prior it is Normal(mean, v / n) (Gelman et al., Bayesian Data Analysis, 3rd ed.,
 * section 2.5). In rationals, each figure rounded once.
 * @param after what counts, perhaps faded; the window's own sum otherwise
 */
export function normalMean(model: Model, sum: ExactVector, after: ExactVector): NormalMeanResult {
  const { count } = momentsOf(sum)
  const known = rationalOfDouble(model.values?.[0] ?? Number.NaN)
  const [before, spread] = Array.from(model.prior ?? [], rationalOfDouble)
  const one = rational(1n)
  const precision = divide(rationalAt(after, 2), known)
  const pull = divide(rationalAt(after, 0), known)
  const all = spread ? add(divide(one, spread), precision) : precision
  const weighted = before && spread ? add(divide(before, spread), pull) : pull
  const mean = divide(weighted, all)
  const variance = divide(one, all)
  const credible = credibleOf(model)
  return {
    posterior: {
      parameters: [normalParameter('mean', mean, variance, credible)],
      credible,
      mean: rounded(mean),
      variance: rounded(variance),
    },
    observations: count,
  }
}
