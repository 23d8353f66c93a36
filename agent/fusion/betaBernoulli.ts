import { rational } from '../math/rational.ts'
import type { BetaBernoulliResult, Kind } from './kind.ts'
import { betaParameter, checkShapes, credibleOf, rounded, updated } from './posterior.ts'
import { countOf, wholeOf } from './statistics.ts'

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
  result({ model }, sum): BetaBernoulliResult {
    const observations = countOf(sum, 1)
    const successes = wholeOf(sum, 0, observations)
    const [before = 1, against = 1] = model.prior ?? UNIFORM
    const alpha = updated(before, rational(BigInt(successes)))
    const beta = updated(against, rational(BigInt(observations - successes)))
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
