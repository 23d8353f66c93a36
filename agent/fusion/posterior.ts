import {
  add,
  divide,
  multiply,
  type Rational,
  rational,
  rationalOfDouble,
  rationalToDouble,
  signOf,
  squareRootToDouble,
} from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import { betaLowerPoint, gammaLowerPoint, gammaUpperPoint, studentPoint } from './quantile.ts'
import type { PosteriorParameter } from './results.ts'
import { finite } from './statistics.ts'

/** What Bayesian models have in common: a prior, a credible mass, and marginals with intervals. */

/** Mass of the credible intervals where a job gives none. */
export const CREDIBLE = 0.95
export const credibleOf = (model: Model): number => model.credible?.[0] ?? CREDIBLE

/** @throws HypernetError `BAD_JOB` for a prior of another number of figures, or no mass */
export function checkPosterior(model: Model, size: number): void {
  const { type, prior } = model
  if (prior !== undefined && prior.length !== size) {
    throw new HypernetError(
      'BAD_JOB',
      `a prior of ${type} has ${size} figures, found ${prior.length}`,
    )
  }
  const credible = credibleOf(model)
  if (credible > 0 && credible < 1) return
  throw new HypernetError('BAD_JOB', `credible must lie between 0 and 1, found ${credible}`)
}

/** The same for priors whose figures are all shapes. @throws HypernetError `BAD_JOB` */
export function checkShapes(model: Model, size: number): void {
  checkPosterior(model, size)
  const wrong = model.prior?.find((shape) => !isPositive(shape))
  if (wrong === undefined) return
  throw new HypernetError('BAD_JOB', `a prior of ${model.type} is of figures > 0, found ${wrong}`)
}

export const isPositive = (x: number): boolean => Number.isFinite(x) && x > 0
export const rounded = (a: Rational): number =>
  finite(rationalToDouble(a), 'a figure of the posterior')
export const half = (a: Rational): Rational => multiply(a, rational(1n, 1n, -1))
/** A figure of the prior and what was counted. */
export const updated = (prior: number, counted: Rational): Rational =>
  add(rationalOfDouble(prior), counted)

/** A marginal Beta(alpha, beta): mean and deviation in rationals, rounded once. */
export function betaParameter(
  name: string,
  alpha: Rational,
  beta: Rational,
  credible: number,
): PosteriorParameter {
  const all = add(alpha, beta)
  const variance = divide(
    multiply(alpha, beta),
    multiply(multiply(all, all), add(all, rational(1n))),
  )
  const [a, b, tail] = [rounded(alpha), rounded(beta), (1 - credible) / 2]
  return {
    name,
    mean: rounded(divide(alpha, all)),
    standardDeviation: finite(squareRootToDouble(variance), 'the standard deviation'),
    interval: [betaLowerPoint(a, b, tail), 1 - betaLowerPoint(b, a, tail)],
  }
}

/** A marginal of Student's t with 2 alpha degrees of freedom about the mean, scale √(spread / alpha). */
export function studentParameter(
  name: string,
  mean: Rational,
  alpha: Rational,
  spread: Rational,
  credible: number,
): PosteriorParameter {
  const scale = squareRootToDouble(divide(spread, alpha))
  const center = rounded(mean)
  const reach = studentPoint(2 * rounded(alpha), 1 - credible) * scale
  const less = add(alpha, rational(-1n))
  const what = `the standard deviation of ${name}`
  return {
    name,
    mean: center,
    standardDeviation:
      signOf(less) > 0 ? finite(squareRootToDouble(divide(spread, less)), what) : null,
    interval: [
      finite(center - reach, `the interval of ${name}`),
      finite(center + reach, `the interval of ${name}`),
    ],
  }
}

/** A marginal Normal(mean, variance). */
export function normalParameter(
  name: string,
  mean: Rational,
  variance: Rational,
  credible: number,
): PosteriorParameter {
  const deviation = finite(squareRootToDouble(variance), `the standard deviation of ${name}`)
  // The square of a standard normal number is twice one of Gamma(1/2).
  const reach = Math.sqrt(2 * gammaUpperPoint(0.5, 1 - credible)) * deviation
  const center = rounded(mean)
  return {
    name,
    mean: center,
    standardDeviation: deviation,
    interval: [
      finite(center - reach, `the interval of ${name}`),
      finite(center + reach, `the interval of ${name}`),
    ],
  }
}

/** A marginal Gamma(shape, rate). */
export function gammaParameter(
  name: string,
  shape: Rational,
  rate: Rational,
  credible: number,
): PosteriorParameter {
  const [a, b, tail] = [rounded(shape), rounded(rate), (1 - credible) / 2]
  return {
    name,
    mean: rounded(divide(shape, rate)),
    standardDeviation: finite(
      squareRootToDouble(divide(shape, multiply(rate, rate))),
      `the standard deviation of the ${name}`,
    ),
    interval: [
      finite(gammaLowerPoint(a, tail) / b, `the interval of the ${name}`),
      finite(gammaUpperPoint(a, tail) / b, `the interval of the ${name}`),
    ],
  }
}
