import type { Accumulator, Exact } from '../math/accumulator.ts'
import type { Dyadic } from '../math/dyadic.ts'
import type { ExactVector } from '../math/exactVector.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { Expression, Lookup } from './expression.ts'
import type { Part, Refused } from './gate.ts'
import type { HuberEnding } from './huberPath.ts'
import type { Ending } from './nonlinearPath.ts'

/** The values of one row by name: a map, a plain object or a function. `null` or nothing: missing. */
export type Row =
  | ReadonlyMap<string, number | null>
  | Readonly<Record<string, number | null | undefined>>
  | Lookup

/** A model whose expressions have been read and checked. */
export interface CompiledModel {
  readonly model: Model
  readonly kind: Kind
  /** Components of the statistic that is summed. */
  readonly dimension: number
  /** Names of sensors and positions that a row must have, in order of first use. */
  readonly names: readonly string[]
  /** Nothing where the model has only terms. */
  readonly response: Feature | undefined
  readonly terms: readonly Feature[]
  /** What a row counts; nothing where all count the same. */
  readonly weight: Feature | undefined
}

/** What a model reads of a row: as doubles and, where they are needed, without rounding. */
export interface Inputs {
  readonly response: number
  readonly terms: Float64Array
  readonly exactResponse: () => Exact
  readonly exactTerms: () => Exact[]
  /** One of them; it is a number. */
  readonly exactTerm: (k: number) => Exact
  /** More than 0; 1 where the model has none. */
  readonly weight: Exact
}

/** An expression that is one input of a model. */
export interface Feature {
  /** As it stood in the job file. */
  readonly text: string
  readonly value: (lookup: Lookup) => number
  /** Without rounding, where the formula allows that and messages have room for it. */
  readonly exact: ((lookup: Lookup) => Dyadic) | undefined
  /** Its value where it reads no names, as `1` does. */
  readonly constant: number | undefined
}

/** What one type of model sums, and what the sum means. Deterministic; holds no state. */
export interface Kind {
  /** Whether values are multiplied with each other, which narrows their range. */
  readonly multiplies: boolean
  /** Whether a row counts although some of its terms are missing: they come as NaN. */
  readonly isPartial?: boolean
  /** Whether it always carries on from window to window. */
  readonly isRecursive?: boolean
  /** Whether a model of this type carries a decision from window to window. */
  readonly decides?: (model: Model) => boolean
  /** What it reads of a row: a response or none, so many terms, and a weight where it takes one. */
  readonly reads: {
    readonly response: boolean
    readonly terms: readonly [least: number, most: number]
    readonly weight?: boolean
  }
  dimension(model: Model): number
  /** @throws HypernetError `BAD_JOB` for options that the type does not take */
  check(model: Model): void
  /** What it reads of a row where that is not its terms as they stand: the names of sensors, and what makes its inputs. */
  readonly expand?: (
    model: Model,
    terms: readonly Expression[],
  ) => Pick<CompiledModel, 'names' | 'terms'>
  /** Whether a value that is not finite counts as well. */
  readonly isUsable?: (value: number) => boolean
  /** Whether a finite row is one that the model can have; absent: each is. Others are left out and counted. */
  takes?(model: Model, response: number, terms: Float64Array): boolean
  /** Adds one complete, finite row that it takes. @param at where the sum is taken, by a model with steps */
  addRow(sum: Accumulator, row: Inputs, model: Model, at: Float64Array): void
  /**
   * Of types that can estimate from window to window: what is known after a window, from its sum and from what was
   * known before it. A function of these alone, so that whoever saw the same windows holds the same bits.
   * @param before what this gave for the last window that brought a sum; absent: there was none
   * @param windows from that one to this one, or from window 0 where there was none
   * @throws HypernetError as `result`
   */
  carry?(
    compiled: CompiledModel,
    sum: ExactVector,
    before: ExactVector | undefined,
    windows: number,
  ): ExactVector
  /**
   * @param after what `carry` gave for this window; absent: the window stands by itself
   * @param at where the last sum was taken, by a model with steps
   * @param told what a program ended with, canonical JSON
   * @throws HypernetError `TOO_FEW`, `RANK`, or `BAD_MESSAGE` for a sum that no rows have
   */
  result(
    compiled: CompiledModel,
    sum: ExactVector,
    after: ExactVector | undefined,
    at: Float64Array,
    told: string | undefined,
  ): ModelResult
  readonly steps?: Steps
  /** Of models that leave devices out: whom, by what all of them contributed. A function of that alone. */
  readonly gate?: (compiled: CompiledModel, parts: readonly Part[]) => readonly Refused[]
}

/**
 * Of a model that takes several sums in a row: where each is taken, as figures of the model's own. Deterministic, so that all
 * devices go the same way.
 */
export interface Steps {
  /** Most sums of one result. */
  most(model: Model): number
  start(compiled: CompiledModel): Float64Array
  /** Where the next sum is taken, which is never where one was before; undefined: this sum was the last. */
  next(compiled: CompiledModel, at: Float64Array, sum: ExactVector): Float64Array | undefined
  /** Values of names that expressions read and that are no sensors. */
  readonly names?: (compiled: CompiledModel, at: Float64Array) => ReadonlyMap<string, number>
  /** What people are shown on the way; as `estimateOf` of the result. */
  readonly shown?: (compiled: CompiledModel, at: Float64Array) => number[]
}

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
  /** Where the job asks for them; `null` where none are left over. */
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
  /** From the derivatives at the last point; `null` with no degrees of freedom left. */
  readonly standardErrors: readonly number[] | null
  readonly residualStandardDeviation: number | null
  readonly observations: number
  readonly degreesOfFreedom: number
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
