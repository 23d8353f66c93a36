import { addDyadic, type Dyadic, dyadicOf, multiplyDyadic } from '../math/dyadic.ts'
import { add, multiply, rationalOf, rationalOfDouble, signOf } from '../math/rational.ts'
import type { NormalEquations } from '../math/solve.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Model } from '../wire/modelMessage.ts'
import { counted } from '../wire/words.ts'
import { fading, withoutNoise } from './forgetting.ts'
import type { Kind } from './kind.ts'
import {
  addProducts,
  diagonalIndex,
  element,
  equationsOf,
  productsOf,
  solved,
  textsOf,
} from './normalEquations.ts'
import {
  checkPosterior,
  credibleOf,
  gammaParameter,
  half,
  isPositive,
  rounded,
  studentParameter,
} from './posterior.ts'
import type { BayesianLinearResult } from './results.ts'
import { countOf, rationalAt } from './statistics.ts'

/**
 * Linear regression with normal errors of unknown precision τ under the conjugate prior: coefficients given τ are normal
 * with the given means and precisions τ λ_i, and τ ~ Gamma(alpha, rate beta), which enters once, after the sum (Gelman et
 * al., Bayesian Data Analysis, 3rd ed., sections 14.2 and 14.8). Without a prior p(coefficients, τ) ∝ 1 / τ: intervals are
 * then those of classical regression. All in rationals, each figure rounded once.
 */
export const bayesianLinear: Kind = {
  multiplies: true,
  reads: { response: true, terms: [1, LIMITS.terms], weight: true },
  dimension: productsOf,
  check(model) {
    const p = model.terms?.length ?? 0
    checkPosterior(model, 2 * p + 2)
    if (!model.prior) return
    const { means, worths, alpha, beta } = readPrior(model, p)
    const isProper = means.every(Number.isFinite) && [...worths, alpha, beta].every(isPositive)
    if (isProper) return
    throw new HypernetError(
      'BAD_JOB',
      'a prior of bayesianLinear is of finite means and of worths, alpha and beta > 0; leave it out to assume nothing',
    )
  },
  addRow: addProducts,
  carry: fading((sum, { dimension }) => countOf(sum, dimension - 1)),
  result(compiled, sum, after = sum): BayesianLinearResult {
    const { model, terms } = compiled
    const p = terms.length
    const observations = countOf(sum, compiled.dimension - 1)
    const { means, worths, alpha, beta } = readPrior(model, p)
    const equations = withPrior(equationsOf(after, p), means, worths)
    const { coefficients, inverseDiagonal, residual } = solved(equations, textsOf(compiled))
    const shape = add(rationalOfDouble(alpha), half(rationalAt(after, compiled.dimension - 1)))
    // What the border leaves is Σ w y² + Σ λ m² - hᵀ G⁻¹ h: the residual and what the prior costs.
    const rest = withoutNoise(residual, rationalOf(equations.square))
    const rate = add(rationalOfDouble(beta), half(rest))
    if (signOf(shape) <= 0 || signOf(rate) <= 0) {
      throw new HypernetError(
        'TOO_FEW',
        `without a prior a fit of ${counted(p, 'term')} needs more than ${counted(p, 'observation')} that it does not meet exactly, found ${observations}; give a prior`,
      )
    }
    const credible = credibleOf(model)
    return {
      posterior: {
        parameters: [
          ...coefficients.map((mean, i) =>
            studentParameter(
              terms[i]?.text ?? '',
              mean,
              shape,
              multiply(rate, inverseDiagonal[i] ?? mean),
              credible,
            ),
          ),
          gammaParameter('precision', shape, rate, credible),
        ],
        credible,
        alpha: rounded(shape),
        beta: rounded(rate),
      },
      observations,
    }
  },
}

interface Prior {
  readonly means: readonly number[]
  readonly worths: readonly number[]
  readonly alpha: number
  readonly beta: number
}

/** Means, worths, alpha, beta; where a job gives none, the limit that says nothing. */
function readPrior({ prior }: Model, p: number): Prior {
  const nothing = new Array<number>(p).fill(0)
  if (!prior) return { means: nothing, worths: nothing, alpha: -p / 2, beta: 0 }
  const figures = [...prior]
  const [alpha = 0, beta = 0] = figures.slice(2 * p)
  return { means: figures.slice(0, p), worths: figures.slice(p, 2 * p), alpha, beta }
}

/** A prior counts like rows: λ on the diagonal, λ m on the right, λ m² in the square. */
function withPrior(
  { gram, right, square }: NormalEquations,
  means: readonly number[],
  worths: readonly number[],
): NormalEquations {
  const p = right.length
  const weights = worths.map(dyadicOf)
  const pulls = means.map((mean, i) => multiplyDyadic(weights[i] ?? ZERO, dyadicOf(mean)))
  const more = [...gram]
  weights.forEach((weight, i) => {
    const k = diagonalIndex(p, i)
    more[k] = addDyadic(element(gram, k), weight)
  })
  return {
    gram: more,
    right: right.map((each, i) => addDyadic(each, pulls[i] ?? ZERO)),
    square: means.reduce<Dyadic>(
      (sum, mean, i) => addDyadic(sum, multiplyDyadic(pulls[i] ?? ZERO, dyadicOf(mean))),
      square,
    ),
  }
}

const ZERO = dyadicOf(0)
