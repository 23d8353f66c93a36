import type { ExactVector } from '../math/exactVector.ts'
import { signOf } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import { fading } from './forgetting.ts'
import type { Kind } from './kind.ts'
import { checkShapes, credibleOf, gammaParameter, rounded, updated } from './posterior.ts'
import type { GammaPoissonResult } from './results.ts'
import { countOf, rationalAt, refuse, wholeOf } from './statistics.ts'

/** Prior where a job gives none: that of Jeffreys, p(rate) ∝ rate^(-1/2), the limit of Gamma(1/2, 0). */
const JEFFREYS: readonly number[] = [0.5, 0]

/**
 * Sums [Σ counts, Σ exposures, n] of counted events, each of a Poisson distribution whose mean is rate times
 * exposure (1 where the job gives none); the conjugate Gamma prior enters once, after the sum (Gelman et al.,
 * Bayesian Data Analysis, 3rd ed., section 2.6).
 */
export const gammaPoisson: Kind = {
  multiplies: false,
  reads: { response: true, terms: [0, 1] },
  dimension: () => 3,
  check: (model) => checkShapes(model, 2),
  takes: (_, count, [exposure = 1]) => Number.isSafeInteger(count) && count >= 0 && exposure > 0,
  addRow(sum, { response, terms: [exposure = 1] }) {
    sum.addValue(0, response)
    sum.addValue(1, exposure)
    sum.addValue(2, 1)
  },
  carry: fading(readCounts),
  result({ model }, sum, after = sum): GammaPoissonResult {
    const observations = readCounts(sum)
    const [before = 0.5, per = 0] = model.prior ?? JEFFREYS
    const shape = updated(before, rationalAt(after, 0))
    const rate = updated(per, rationalAt(after, 1))
    if (rounded(shape) < LEAST_SHAPE) {
      throw new HypernetError(
        'TOO_FEW',
        `a prior shape below ${LEAST_SHAPE} and no event leave no interval that could be worked out; give a larger shape`,
      )
    }
    const credible = credibleOf(model)
    return {
      posterior: {
        parameters: [gammaParameter('rate', shape, rate, credible)],
        credible,
        shape: rounded(shape),
        rate: rounded(rate),
      },
      observations,
    }
  },
}

/** Points of the gamma distribution are good from this shape on (quantile.ts). */
const LEAST_SHAPE = 0.05

/** @returns the number of rows @throws HypernetError `TOO_FEW`, `BAD_MESSAGE` */
function readCounts(sum: ExactVector): number {
  const observations = countOf(sum, 2)
  wholeOf(sum, 0)
  if (signOf(rationalAt(sum, 1)) <= 0) refuse('the exposure is not positive')
  return observations
}
