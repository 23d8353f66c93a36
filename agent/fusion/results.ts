import type { HuberEnding } from './huberPath.ts'
import type { Ending } from './nonlinearPath.ts'

/** Standard deviations of a single observation are `null`, as they are not known. */
export interface AverageResult {
  readonly mean: number
  /** Of the observations, with n - 1. */
  readonly standardDeviation: number | null
  readonly observations: number
}

export interface SumResult {
  readonly sum: number
  readonly observations: number
}

/** With no degrees of freedom left errors are `null`; with a ridge standard errors are, being biased. */
export interface LeastSquaresResult {
  readonly terms: readonly string[]
  readonly coefficients: readonly number[]
  readonly standardErrors: readonly number[] | null
  readonly residualStandardDeviation: number | null
  readonly observations: number
  readonly degreesOfFreedom: number
  /** Where the terms have a constant and the responses differ. */
  readonly rSquared?: number
  /**
   * √(tr G⁻¹ / p) of the normal equations G of columns scaled to length 1, p of them: 1 where they are at right
   * angles, and between κ / p and κ, their condition number in the Euclidean norm. Absent with a ridge.
   */
  readonly conditionNumber?: number
  /** Where the job asks for them; `null` where none are left over but rounding, absent where devices left until no sums were. */
  readonly residuals?: Residuals | null
}

/** What is left of the responses, in residual standard deviations (diagnosed.ts). */
export interface Residuals {
  readonly skewness: number
  readonly excessKurtosis: number
  /** Whether they are normal: small p-values speak against it (Jarque and Bera, Economics Letters 6, 1980). */
  readonly jarqueBera: Test
  /** Whether their spread depends on the terms; `null` without a constant term, with that alone, and with weights. */
  readonly breuschPagan: Test | null
  /** counts[k] of them lie from edges[k - 1] on and below edges[k]; the first below all edges, the last above. */
  readonly standardized: { readonly edges: readonly number[]; readonly counts: readonly number[] }
}

/** A statistic that is χ² with so many degrees of freedom where nothing is the matter. */
export interface Test {
  readonly statistic: number
  readonly degreesOfFreedom: number
  readonly pValue: number
}

/** Least squares in which rows far away count less (huberPath.ts). */
export interface HuberResult {
  readonly terms: readonly string[]
  readonly coefficients: readonly number[]
  readonly standardErrors: readonly number[] | null
  /** Standard deviation of the errors of the rows that are none, as far as they are normal. */
  readonly scale: number
  readonly observations: number
  readonly degreesOfFreedom: number
  /** Rows that count less than in full. */
  readonly downweighted: number
  readonly ended: HuberEnding
  readonly sums: number
}

/** The parameters that make the sum of squared residuals least, as far as `ended` says. */
export interface NonlinearResult {
  readonly terms: readonly string[]
  readonly coefficients: readonly number[]
  /** From the derivatives there; `null` with no degrees of freedom left, and of parameters that are held at a bound. */
  readonly standardErrors: readonly (number | null)[] | null
  readonly residualStandardDeviation: number | null
  readonly observations: number
  readonly degreesOfFreedom: number
  /** Rows in which the formula or a derivative has no value there, and which are in no figure; absent where all have one. */
  readonly withoutValue?: number
  /** Parameters that stand at a bound beyond which the sum of squares would fall; absent where none does. */
  readonly atBounds?: readonly string[]
  /** Why it ended (nonlinearPath.ts); and after how many sums over the fleet. */
  readonly ended: Ending
  readonly sums: number
}

/** One marginal of a posterior; the interval holds the credible mass, half of the rest on either side. */
export interface PosteriorParameter {
  readonly name: string
  readonly mean: number
  /** `null` where the marginal has none: alpha <= 1 for the mean. */
  readonly standardDeviation: number | null
  readonly interval: readonly [number, number]
}

/** Normal-Gamma: precision ~ Gamma(alpha, rate beta), mean given precision ~ Normal(mean, 1 / (kappa precision)). */
export interface GaussianResult {
  readonly posterior: {
    readonly parameters: readonly [PosteriorParameter, PosteriorParameter]
    readonly credible: number
    readonly mean: number
    readonly kappa: number
    readonly alpha: number
    readonly beta: number
  }
  readonly observations: number
}

/** The mean ~ Normal(mean, variance), where the variance of the readings is known. */
export interface NormalMeanResult {
  readonly posterior: {
    readonly parameters: readonly [PosteriorParameter]
    readonly credible: number
    readonly mean: number
    readonly variance: number
  }
  readonly observations: number
}

/** A coefficient for each term, Student's t, and the precision of the errors ~ Gamma(alpha, rate beta). */
export interface BayesianLinearResult {
  readonly posterior: {
    readonly parameters: readonly PosteriorParameter[]
    readonly credible: number
    readonly alpha: number
    readonly beta: number
  }
  readonly observations: number
}

/** Success rate ~ Beta(alpha, beta). */
export interface BetaBernoulliResult {
  readonly posterior: {
    readonly parameters: readonly [PosteriorParameter]
    readonly credible: number
    readonly alpha: number
    readonly beta: number
  }
  readonly observations: number
}

/** Rate ~ Gamma(shape, rate); the rate is events per unit of exposure. */
export interface GammaPoissonResult {
  readonly posterior: {
    readonly parameters: readonly [PosteriorParameter]
    readonly credible: number
    readonly shape: number
    readonly rate: number
  }
  readonly observations: number
}

/** Shares of the categories ~ Dirichlet(concentrations); each marginal is a Beta distribution. */
export interface DirichletMultinomialResult {
  readonly posterior: {
    readonly parameters: readonly PosteriorParameter[]
    readonly credible: number
    readonly concentrations: readonly number[]
  }
  readonly counts: readonly number[]
  readonly observations: number
}

/** On a grid: of each parameter the values that were looked at, and how likely each is. */
export interface GridResult {
  readonly posterior: {
    readonly parameters: readonly PosteriorParameter[]
    readonly credible: number
    readonly values: readonly (readonly number[])[]
    readonly probabilities: readonly (readonly number[])[]
    /** The most likely point, a value for each parameter. */
    readonly mode: readonly number[]
  }
  readonly observations: number
}

/** States of a filter after a window ~ Normal(means, covariance). */
export interface KalmanResult {
  readonly posterior: {
    readonly parameters: readonly PosteriorParameter[]
    readonly credible: number
    /** n x n, symmetric. */
    readonly covariance: readonly (readonly number[])[]
    /** Means as they were expected before the window's observations. */
    readonly predicted: readonly number[]
  }
  readonly observations: number
}

/** Of the variables in the order of the job, with n - 1; a correlation with a variable that stands still is `null`. */
export interface CovarianceResult {
  readonly variables: readonly string[]
  readonly means: readonly number[]
  readonly standardDeviations: readonly number[] | null
  /** p x p, symmetric; `null` with one observation. */
  readonly covariance: readonly (readonly number[])[] | null
  readonly correlation: readonly (readonly (number | null)[])[] | null
  readonly observations: number
}

/** Of each kind of evidence the log-odds that it brought, and the rows that told of it. */
export interface EventResult {
  readonly evidence: readonly string[]
  readonly contributions: readonly number[]
  readonly reports: readonly number[]
  /** Of the event, after all evidence. */
  readonly probability: number
  /** ln(p / (1 - p)) of it: prior and contributions added up. */
  readonly logOdds: number
  readonly prior: number
  readonly observations: number
  /** Where the job decides: whether the event is taken to be on, and the window that changed that last. */
  readonly decision?: boolean
  readonly since?: number
}

export interface VectorSumResult {
  readonly terms: readonly string[]
  readonly sums: readonly number[]
  readonly observations: number
}

/** Bin k counts from[k] <= x < to[k]; the last one takes its upper edge too. */
export interface HistogramResult {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly counts: readonly number[]
  readonly below: number
  readonly above: number
  readonly observations: number
}

/** What a program of the user's ended with, after so many sums over so many devices. */
export interface ProgramResult {
  readonly program: Readonly<Record<string, unknown>>
  readonly sums: number
  readonly devices: number
}

/** Rows whose response is a number. */
export interface CountResult {
  readonly count: number
}

/** Of each probability the value that such a share of the rows lies below; 0 and 1 are the least and the largest. */
export interface QuantilesResult {
  readonly probabilities: readonly number[]
  readonly quantiles: readonly number[]
  readonly observations: number
  /** Over how many sums it was found. */
  readonly sums: number
}

export type ModelResult =
  | ProgramResult
  | AverageResult
  | SumResult
  | LeastSquaresResult
  | NonlinearResult
  | HuberResult
  | GaussianResult
  | NormalMeanResult
  | BayesianLinearResult
  | BetaBernoulliResult
  | GammaPoissonResult
  | DirichletMultinomialResult
  | CovarianceResult
  | VectorSumResult
  | HistogramResult
  | CountResult
  | QuantilesResult
  | EventResult
  | KalmanResult
  | GridResult
