import { Accumulator } from '../math/accumulator.ts'
import { powerOfTwo } from '../math/dyadic.ts'
import { CONTRIBUTION_TOP, type ExactVector, vectorOf } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import { average } from './average.ts'
import { bayesianLinear } from './bayesianLinear.ts'
import { betaBernoulli } from './betaBernoulli.ts'
import { covariance } from './covariance.ts'
import { diagnosed } from './diagnosed.ts'
import { dirichletMultinomial } from './dirichletMultinomial.ts'
import { event } from './event.ts'
import type { Lookup } from './expression.ts'
import { exactOf, featuresOf } from './feature.ts'
import { checkForgetting } from './forgetting.ts'
import { gammaPoisson } from './gammaPoisson.ts'
import { gated } from './gated.ts'
import { gaussian } from './gaussian.ts'
import { grid } from './grid.ts'
import { histogram } from './histogram.ts'
import { huber } from './huber.ts'
import { kalman } from './kalman.ts'
import type { CompiledModel, Feature, Inputs, Kind, Row } from './kind.ts'
import { leastSquares } from './leastSquares.ts'
import { nonlinear } from './nonlinear.ts'
import { program } from './program.ts'
import { quantiles } from './quantiles.ts'
import type { ModelResult } from './results.ts'
import { rowCount } from './rowCount.ts'
import { sum } from './sum.ts'
import { vectorSum } from './vectorSum.ts'

export type { CompiledModel, Row } from './kind.ts'
export type { ModelResult } from './results.ts'

const KINDS: Readonly<Record<Model['type'], Kind>> = {
  average,
  sum,
  leastSquares,
  gaussian,
  bayesianLinear,
  betaBernoulli,
  gammaPoisson,
  dirichletMultinomial,
  covariance,
  vectorSum,
  histogram,
  quantiles,
  count: rowCount,
  event,
  grid,
  nonlinearLeastSquares: nonlinear,
  kalman,
  program,
}

const kindOf = ({ type, robust, diagnosed: isDiagnosed }: Model): Kind =>
  robust ? ROBUST[robust] : isDiagnosed ? diagnosed : KINDS[type]

const ROBUST: Readonly<Record<NonNullable<Model['robust']>, Kind>> = { huber, gate: gated }

/** From this size on a value's square, summed over 2^40 rows, would leave the range of a contribution. */
const LARGEST = powerOfTwo((CONTRIBUTION_TOP - 40) / 2)

/** What one device adds to the sum. */
export interface LocalSum {
  readonly vector: ExactVector
  /** Rows that went in. */
  readonly rows: number
  /**
   * Rows that did not: with a name missing; or with an expression that gave NaN, an infinity, or what the model
   * cannot have, as a count of 2.5.
   */
  readonly skipped: { readonly missing: number; readonly unusable: number }
}

const compiledModels = new WeakMap<Model, CompiledModel>()

/**
 * Reads and checks a model's expressions once; asked again for the same object it gives the same answer.
 * @throws HypernetError `BAD_EXPRESSION`, `BAD_JOB`
 */
export function compileModel(model: Model): CompiledModel {
  const known = compiledModels.get(model)
  if (known) return known
  const kind = kindOf(model)
  checkShape(model, kind)
  checkForgetting(model, kind)
  kind.check(model)
  const { names, response, terms, weight } = featuresOf(model, kind)
  const compiled: CompiledModel = {
    model,
    kind,
    dimension: kind.dimension(model),
    names,
    response,
    terms,
    weight,
  }
  compiledModels.set(model, compiled)
  return compiled
}

/** @throws HypernetError `BAD_JOB` */
function checkShape({ type, response, terms = [], weight }: Model, { reads }: Kind): void {
  const [least, most] = reads.terms
  const refuse = (text: string): never => {
    throw new HypernetError('BAD_JOB', `a model of type ${type} takes ${text}`)
  }
  if (!reads.response && response) refuse('no response, found one')
  if (reads.response && !response) refuse('a response, found none')
  if (weight && !reads.weight) refuse('no weight, found one')
  if (most === 0 && terms.length > 0) refuse('no terms, found some')
  if (terms.length < least || terms.length > most)
    refuse(`${least === most ? least : `${least} to ${most}`} terms, found ${terms.length}`)
}

/** Components of the statistic that a model sums. @throws HypernetError as compileModel */
export function dimensionOf(model: Model | CompiledModel): number {
  return compiledOf(model).dimension
}

const NOWHERE = new Float64Array()

/** Where the first sum of a model is taken: nowhere, unless it takes several in a row. */
export function startOf(model: Model | CompiledModel): Float64Array {
  const compiled = compiledOf(model)
  return compiled.kind.steps?.start(compiled) ?? NOWHERE
}

/** Most sums that one result takes in a row. */
export const mostSums = (model: Model | CompiledModel): number => {
  const compiled = compiledOf(model)
  return compiled.kind.steps?.most(compiled.model) ?? 1
}

/** Where the next sum is taken after one at `at`; undefined: that was the last. */
export function nextOf(
  model: Model | CompiledModel,
  at: Float64Array,
  sum: ExactVector,
): Float64Array | undefined {
  const compiled = compiledOf(model)
  return compiled.kind.steps?.next(compiled, at, sum)
}

/**
 * The exact statistic of a device's rows; no rows give zero. The order of rows does not matter.
 * @param at where it is taken, by a model with steps
 * @throws HypernetError `EXPONENT` naming row and expression where a value is too large to be squared and
 * summed (1.5e284; a plain sum takes every finite number); as compileModel
 */
export function contribute(
  model: Model | CompiledModel,
  rows: Iterable<Row>,
  at: Float64Array = startOf(model),
): LocalSum {
  const compiled = compiledOf(model)
  const { model: asked, kind, dimension, names, response, terms, weight } = compiled
  const known = kind.steps?.names?.(compiled, at)
  const inputsOf = (lookup: Lookup, observed: number, counts: number): Inputs => ({
    response: observed,
    terms: values,
    exactResponse: () => exactOf(response, lookup, observed),
    exactTerms: () => terms.map((term, k) => exactOf(term, lookup, values[k] ?? 0)),
    exactTerm: (k) => exactOf(terms[k], lookup, values[k] ?? 0),
    weight: exactOf(weight, lookup, counts),
  })
  const isUsable = (value: number) => Number.isFinite(value) || kind.isUsable?.(value) === true
  const total = new Accumulator(dimension)
  const skipped = { missing: 0, unusable: 0 }
  const values = new Float64Array(terms.length)
  let used = 0
  let index = -1
  for (const row of rows) {
    index++
    const read = lookupOf(row)
    const lookup: Lookup = known ? (name) => known.get(name) ?? read(name) : read
    const isMissing = (name: string) => lookup(name) == null
    if (kind.isPartial ? names.every(isMissing) : names.some(isMissing)) {
      skipped.missing++
      continue
    }
    const observed = response?.value(lookup) ?? 0
    terms.forEach((term, k) => {
      values[k] = term.value(lookup)
    })
    const counts = weight?.value(lookup) ?? 1
    const isNumber = Number.isFinite(observed) && values.every(isUsable)
    const hasWeight = Number.isFinite(counts) && counts > 0
    if (!isNumber || !hasWeight || kind.takes?.(asked, observed, values) === false) {
      skipped.unusable++
      continue
    }
    if (kind.multiplies) {
      if (response) checkSize(observed, response, index)
      terms.forEach((term, k) => {
        checkSize(values[k] ?? 0, term, index)
      })
    }
    kind.addRow(total, inputsOf(lookup, observed, counts), asked, at)
    used++
  }
  return { vector: total.total(), rows: used, skipped }
}

/** What a result may rest on beside the sum. */
export interface Beside {
  readonly after?: ExactVector | undefined
  readonly at?: Float64Array | undefined
  readonly told?: string | undefined
}

/**
 * What the sum over all devices means. The same sum gives the same bits everywhere.
 * @param after what is known after the windows up to this one (carry.ts); absent: the sum stands by itself
 * @param at where it was taken, by a model with steps
 * @param told what a program ended with, canonical JSON
 * @throws HypernetError `TOO_FEW`, `RANK` naming the term, `EXPONENT`; `BAD_MESSAGE` for a sum that no
 * readings have, so that some device lied
 */
export function resultOf(
  model: Model | CompiledModel,
  sum: ExactVector,
  { after, at = startOf(model), told }: Beside = {},
): ModelResult {
  const compiled = compiledOf(model)
  if (sum.mantissas.length !== compiled.dimension) {
    throw new HypernetError(
      'BAD_MESSAGE',
      `a sum of this model has ${compiled.dimension} components, found ${sum.mantissas.length}`,
    )
  }
  return compiled.kind.result(compiled, sum, after, at, told)
}

/** The figures that a status line shows: the mean, the sum, the coefficients, or posterior mean and precision. */
export function estimateOf(result: ModelResult): number[] {
  if ('coefficients' in result) return [...result.coefficients]
  if ('posterior' in result) return result.posterior.parameters.map((parameter) => parameter.mean)
  if ('program' in result) return numbersIn(result.program)
  if ('means' in result) return [...result.means]
  if ('quantiles' in result) return [...result.quantiles]
  if ('count' in result) return [result.count]
  if ('sums' in result) return [...result.sums]
  if ('logOdds' in result) return [result.probability]
  if ('below' in result) return [...result.counts]
  return ['mean' in result ? result.mean : result.sum]
}

/** The numbers of what a program ended with, wherever they stand, as many as a status line has room for. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersIn).slice(0, SHOWN)
}
const SHOWN = 16

/**
 * Those figures of a sum that is known roughly, while devices still work on it.
 * @param near the sum, component by component
 * @returns `undefined` where nothing can be said of it yet
 */
export function roughEstimate(model: Model | CompiledModel, near: number[]): number[] | undefined {
  if (!near.every(Number.isFinite)) return undefined
  // All models but the plain sum count observations in their last component.
  const last = near.length - 1
  const whole = near.map((each, k) => (k === last && last > 0 ? Math.round(each) : each))
  try {
    return estimateOf(resultOf(model, vectorOf(whole)))
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return undefined
  }
}

function compiledOf(model: Model | CompiledModel): CompiledModel {
  return 'kind' in model ? model : compileModel(model)
}

function lookupOf(row: Row): Lookup {
  if (typeof row === 'function') return row
  if (row instanceof Map) return (name) => row.get(name)
  // A plain object; what it inherits, such as `constructor`, is no reading.
  const record = row as Readonly<Record<string, number | null | undefined>>
  return (name) => (Object.hasOwn(record, name) ? record[name] : undefined)
}

function checkSize(value: number, feature: Feature, row: number): void {
  // What is missing of a row that counts all the same is no number.
  if (Number.isNaN(value) || Math.abs(value) < LARGEST) return
  throw new HypernetError(
    'EXPONENT',
    `row ${row}: ${feature.text} is ${value}, wanted less than ${LARGEST} in size; scale the reading or filter it out`,
  )
}
