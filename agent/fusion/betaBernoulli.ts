import type { ExactVector } from '../math/exactVector.ts'
import { subtract } from '../math/rational.ts'
import { fading, withoutNoise } from './forgetting.ts'
import type { Kind } from './kind.ts'
import { betaParameter, checkShapes, credibleOf, rounded, updated } from './posterior.ts'
import type { BetaBernoulliResult } from './results.ts'
import { countOf, rationalAt, wholeOf } from './statistics.ts'

/** Prior where a job gives none: each rate is as likely as any other (Bayes 1763). */
const UNIFORM: readonly number[] = [1, 1]

/**
 * Sums [successes, n] of rows whose response is true or false; the conjugate Beta prior enters once, after the sum
 * (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4).
 */
export const betaBernoulli: Kind = {
  multiplies: false,
  reads: { response: true, terms: [0, 0] },
  dimension: () => 2,
  check: (model) => checkShapes(model, 2),
  takes: (_, response) => response === 0 || response === 1,
  addRow(sum, { response }) {
    sum.addValue(0, response)
    sum.addValue(1, 1)
  },
  carry: fading(readCounts),
  result({ model }, sum, after = sum): BetaBernoulliResult {
    const observations = readCounts(sum)
    const [before = 1, against = 1] = model.prior ?? UNIFORM
    const [hits, all] = [rationalAt(after, 0), rationalAt(after, 1)]
    const alpha = updated(before, hits)
    const beta = updated(against, withoutNoise(subtract(all, hits), all))
    const credible = credibleOf(model)
    return {
      posterior: {
        parameters: [betaParameter('probability', alpha, beta, credible)],
        credible,
        alpha: rounded(alpha),
        beta: rounded(beta),
      },
      observations,
    }
  },
}

/** @returns the number of rows @throws HypernetError `TOO_FEW`, `BAD_MESSAGE` */
function readCounts(sum: ExactVector): number {
  const observations = countOf(sum, 1)
  wholeOf(sum, 0, observations)
  return observations
}
