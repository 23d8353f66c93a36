import * as z from 'zod/mini'
import { float64s, integer, text, uint } from './fields.ts'
import { LIMITS } from './limits.ts'
import { type Of, record } from './record.ts'

/**
 * An expression in prefix order, flat, so that nesting needs no depth: text is a name (sensor or `position.x`), an integer
 * or a one-element float64 array (tag 86) a constant, `[operator, uint]` an operation on the next `count` operands.
 */
const expression = z
  .array(
    z.union([
      text(32),
      integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      float64s(1),
      z.tuple([text(16), uint]),
    ]),
  )
  .check(z.minLength(1), z.maxLength(LIMITS.expressionNodes))
export type ExpressionTokens = z.output<typeof expression>

/**
 * What is summed. `names` are for people: the terms as they stood in the job file. `terms` are what explains
 * (leastSquares), the exposure (gammaPoisson), the variables (covariance, vectorSum), weights of evidence (event), or value, factors of the states and variance of each observation
 * (kalman, whose states are the last of the names).
 */
export const Model = record('model', {
  type: [
    1,
    z.enum([
      'average',
      'sum',
      'leastSquares',
      'gaussian',
      'bayesianLinear',
      'betaBernoulli',
      'gammaPoisson',
      'dirichletMultinomial',
      'covariance',
      'vectorSum',
      'histogram',
      'event',
      'grid',
      'nonlinearLeastSquares',
      'kalman',
      'program',
      'quantiles',
      'count',
    ]),
  ],
  response: [2, z.optional(expression)],
  terms: [3, z.optional(z.array(expression).check(z.minLength(1), z.maxLength(LIMITS.terms)))],
  names: [4, z.optional(z.array(text(256)).check(z.maxLength(LIMITS.terms)))],
  /**
   * As tag 86: Normal-Gamma `[mean, kappa, alpha, beta]` of `gaussian` (`[mean, variance]` where the variance is known), means, worths, alpha and beta of
   * `bayesianLinear`, `[alpha, beta]` of `betaBernoulli`,
   * `[shape, rate]` of `gammaPoisson`, `[probability]` of `event`, one number a category of `dirichletMultinomial`; of
   * `kalman` the states' means and the upper triangle of their covariance, row by row.
   */
  prior: [5, z.optional(float64s(1, LIMITS.categories))],
  /** Mass of the credible intervals, one float64. */
  credible: [6, z.optional(float64s(1))],
  /** Ridge added to the scaled diagonal of `leastSquares`, one float64; absent is 0. */
  ridge: [7, z.optional(float64s(1))],
  /**
   * The known variance of `gaussian`; values of the categories of `dirichletMultinomial`, or the edges of `histogram`, ascending; probabilities of `quantiles`; of `grid` for each of its
   * names the least value, the largest and the number of points; of `kalman` the transition row by row and the upper
   * triangle of the covariance of the noise; of an `event` that is decided about the probability from which on it is,
   * that below which it is not, and the windows in a row that change it.
   */
  values: [8, z.optional(float64s(1, LIMITS.categories + 1))],
  /** What each row counts in `leastSquares`, more than 0; absent: 1. */
  weight: [9, z.optional(expression)],
  /** What the evidence of each window counts in the next, one float64 in (0, 1]; absent: each stands by itself. */
  forgetting: [10, z.optional(float64s(1))],
  /** Of `program`: one module of JavaScript without imports; its terms are the columns that it reads. */
  code: [19, z.optional(text(LIMITS.programCode))],
  /** What `leastSquares` does about outliers; absent: nothing. */
  robust: [20, z.optional(z.enum(['huber', 'gate']))],
  /** Whether `leastSquares` looks at its residuals in a second sum. */
  diagnosed: [21, z.optional(z.boolean())],
})
export type Model = Of<typeof Model>
