import type { Accumulator } from '../math/accumulator.ts'
import { bitLength, type Dyadic, dyadicOf, splitDouble, ZERO } from '../math/dyadic.ts'
import {
  componentOf,
  type ExactVector,
  LEAST_EXPONENT,
  SUM_TOP,
  toDoubles,
  vectorFrom,
} from '../math/exactVector.ts'
import {
  addMatrices,
  identity,
  isSemidefinite,
  type Matrix,
  matrixOf,
  multiplyMatrices,
  roundMatrix,
  solveMatrix,
  symmetricOf,
  transposed,
  triangleOf,
} from '../math/matrix.ts'
import { type Rational, rationalOf, signOf } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Model } from '../wire/modelMessage.ts'
import { CARRIED_BITS } from './forgetting.ts'
import type { CompiledModel, Inputs, Kind } from './kind.ts'
import { addTriangle, weigh } from './normalEquations.ts'
import { checkPosterior, credibleOf, normalParameter } from './posterior.ts'
import type { KalmanResult } from './results.ts'
import { countOf, finite, refuse } from './statistics.ts'

/**
 * A linear filter in information form (R. E. Kalman, A New Approach to Linear Filtering and Prediction Problems, 1960;
 * B. D. O. Anderson and J. B. Moore, Optimal Filtering, 1979, section 6.3): a device adds up [Σ hᵀ h / r upper triangle
 * row by row, Σ hᵀ z / r, n] of its observations z = h x + error of variance r, and the filter moves the states x on by
 * x' = F x + noise of covariance Q once a window, then takes the sum in. Its matrices are worked out without rounding and
 * rounded once a window to 256 bits, so that a covariance stays one, and everybody holds the same bits.
 *
 * Names are those of the terms, then of the states; terms are value, factors and variance of each observation; `values`
 * F row by row and the upper triangle of Q, `prior` mean and upper triangle of the covariance before window 0.
 */
export const kalman: Kind = {
  multiplies: true,
  isPartial: true,
  isRecursive: true,
  isUsable: Number.isNaN,
  reads: { response: false, terms: [3, LIMITS.terms] },
  dimension: (model) => sizesOf(model).dimension,
  check,
  takes: (model, _, terms) =>
    observationsOf(model, terms).every(({ r }) => Number.isNaN(r) || isVariance(r)),
  addRow,
  carry,
  result(compiled, sum, after = carry(compiled, sum, undefined, 0)): KalmanResult {
    const { model } = compiled
    const { n, dimension, states } = sizesOf(model)
    const credible = credibleOf(model)
    const figures = toDoubles(after)
    const covariance = symmetricOf(triangleIn(after, n, n), n)
    return {
      posterior: {
        parameters: states.map((name, i) =>
          normalParameter(
            name,
            rationalOf(componentOf(after, i)),
            notNegative(rationalOf(covariance[i]?.[i] ?? ZERO)),
            credible,
          ),
        ),
        credible,
        covariance: covariance.map((row) =>
          toDoubles(vectorFrom(row)).map((each) => finite(each, 'a covariance')),
        ),
        predicted: figures.slice(-n).map((each) => finite(each, 'a prediction')),
      },
      observations: countOf(sum, dimension - 1),
    }
  },
}

/** What rounding may leave of a variance of 0. */
const notNegative = (variance: Rational): Rational =>
  signOf(variance) < 0 ? rationalOf(ZERO) : variance

/** A variance, and one over it, as doubles have them. */
const isVariance = (r: number): boolean => r > 0 && Number.isFinite(r) && Number.isFinite(1 / r)

interface Sizes {
  /** States, and their names. */
  readonly n: number
  readonly states: readonly string[]
  readonly dimension: number
}

function sizesOf({ names = [], terms = [] }: Model): Sizes {
  const states = names.slice(terms.length)
  const n = states.length
  return { n, states, dimension: (n * (n + 3)) / 2 + 1 }
}

/** @throws HypernetError `BAD_JOB` */
function check(model: Model): void {
  const { n } = sizesOf(model)
  const triangle = (n * (n + 1)) / 2
  const { terms = [], values = new Float64Array() } = model
  const wrong = (text: string): never => {
    throw new HypernetError('BAD_JOB', `kalman: ${text}`)
  }
  if (n < 1 || n > LIMITS.states) wrong(`wanted 1 to ${LIMITS.states} states, found ${n}`)
  if (terms.length % (n + 2) !== 0)
    wrong(`wanted ${n + 2} terms for each observation, found ${terms.length}`)
  if (!model.prior) wrong('wanted a prior')
  checkPosterior(model, n + triangle)
  if (values.length !== n * n + triangle)
    wrong(`wanted ${n * n + triangle} values, found ${values.length}`)
  if (![...values, ...(model.prior ?? [])].every(Number.isFinite))
    wrong('wanted finite matrices and means')
  const { noise, covariance } = matricesOf(model)
  if (!isSemidefinite(noise) || !isSemidefinite(covariance))
    wrong('the covariance of the noise and that of the start must be positive semidefinite')
}

/** F, Q, and what is believed before window 0. */
function matricesOf(model: Model) {
  const { n } = sizesOf(model)
  const { values = new Float64Array(), prior = new Float64Array() } = model
  const exact = (list: Float64Array) => Array.from(list, dyadicOf)
  return {
    transition: matrixOf(values.slice(0, n * n), n),
    noise: symmetricOf(exact(values.slice(n * n)), n),
    mean: matrixOf(prior.slice(0, n), 1),
    covariance: symmetricOf(exact(prior.slice(n)), n),
  }
}

interface Observation {
  /** Where its terms begin. */
  readonly at: number
  readonly isThere: boolean
  /** Its variance; NaN where that is missing. */
  readonly r: number
}

function observationsOf(model: Model, terms: Float64Array): Observation[] {
  const width = sizesOf(model).n + 2
  return Array.from({ length: terms.length / width }, (_, k) => {
    const own = terms.slice(k * width, (k + 1) * width)
    return { at: k * width, isThere: !own.some(Number.isNaN), r: own[width - 1] ?? Number.NaN }
  })
}

/** Adds what each observation tells of the states; one with a value missing tells nothing. */
function addRow(sum: Accumulator, { terms, exactTerm }: Inputs, model: Model): void {
  const { n, dimension } = sizesOf(model)
  for (const { at, isThere, r } of observationsOf(model, terms)) {
    if (!isThere) continue
    const value = exactTerm(at)
    const factors = Array.from({ length: n }, (_, i) => exactTerm(at + 1 + i))
    const weighted = factors.map((h) => weigh(splitDouble(1 / r), h))
    let k = addTriangle(sum, weighted, factors)
    for (const each of weighted) sum.addProduct(k++, each, value)
    sum.addValue(dimension - 1, 1)
  }
}

/** What is known of the states after a window: mean, upper triangle of the covariance, predicted mean. */
function carry(
  { model }: CompiledModel,
  sum: ExactVector,
  before: ExactVector | undefined,
  windows: number,
): ExactVector {
  const { n, dimension } = sizesOf(model)
  countOf(sum, dimension - 1)
  const information = symmetricOf(triangleIn(sum, 0, n), n)
  if (!isSemidefinite(information)) refuse('the information matrix is not one of observations')
  const triangle = (n * (n + 1)) / 2
  const start = matricesOf(model)
  const mean = before ? columnIn(before, 0, n) : start.mean
  const covariance = before ? symmetricOf(triangleIn(before, n, n), n) : start.covariance
  const { move, spread } = over(start.transition, start.noise, windows)
  const predicted = rounded(multiplyMatrices(move, mean))
  const p = rounded(addMatrices(sandwich(move, covariance), spread))
  checkBounded([...predicted, ...p])
  // (P⁻¹ + Λ)⁻¹ = (I + P Λ)⁻¹ P, which asks for no inverse of P; and the mean moves by that times η - Λ m.
  const news = addMatrices(
    columnIn(sum, triangle, n),
    negated(multiplyMatrices(information, predicted)),
  )
  const left = addMatrices(identity(n), multiplyMatrices(p, information))
  const right = p.map((row, i) => [...row, ...(multiplyMatrices(p, news)[i] ?? [])])
  const solved = solveMatrix(left, right, CARRIED_BITS)
  const moved = solved.map((row, i) => [addOne(predicted, i, row[n] ?? ZERO)])
  return vectorFrom([
    ...rounded(moved).flat(),
    ...triangleOf(solved.map((row) => row.slice(0, n))),
    ...predicted.flat(),
  ])
}

/** What lies below every reading is nothing, so that what fades away does not fill the memory. */
const rounded = (a: Matrix): Matrix =>
  roundMatrix(a, CARRIED_BITS).map((row) =>
    row.map((each) => (topOf(each) < LEAST_EXPONENT ? ZERO : each)),
  )
const topOf = ({ mantissa, exponent }: Dyadic): number => exponent + bitLength(mantissa)
const negated = (a: Matrix): Matrix =>
  a.map((row) => row.map(({ mantissa, exponent }) => ({ mantissa: -mantissa, exponent })))
const sandwich = (f: Matrix, p: Matrix): Matrix =>
  multiplyMatrices(multiplyMatrices(f, p), transposed(f))
const addOne = (column: Matrix, i: number, more: Dyadic): Dyadic =>
  addMatrices([column[i] ?? []], [[more]])[0]?.[0] ?? ZERO

/** F and Q of so many windows at once, by doubling, so that a long absence costs little. */
function over(transition: Matrix, noise: Matrix, windows: number) {
  let move = identity(transition.length)
  let spread: Matrix = move.map((row) => row.map(() => ZERO))
  let [f, q] = [transition, noise]
  for (let left = windows; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      spread = rounded(addMatrices(sandwich(f, spread), q))
      move = rounded(multiplyMatrices(f, move))
    }
    if (left === 1) break
    q = rounded(addMatrices(sandwich(f, q), q))
    f = rounded(multiplyMatrices(f, f))
    checkBounded(f)
  }
  return { move, spread }
}

/** @throws HypernetError `EXPONENT` for what is far above the range of a double */
function checkBounded(a: Matrix): void {
  if (a.flat().every((each) => topOf(each) < SUM_TOP)) return
  throw new HypernetError(
    'EXPONENT',
    'the states of the filter grow beyond all bounds; give a transition that is stable, or observe what grows',
  )
}

const triangleIn = (v: ExactVector, from: number, n: number): Dyadic[] =>
  Array.from({ length: (n * (n + 1)) / 2 }, (_, k) => componentOf(v, from + k))
const columnIn = (v: ExactVector, from: number, n: number): Matrix =>
  Array.from({ length: n }, (_, i) => [componentOf(v, from + i)])
