import { dyadicOf, splitDouble } from '../math/dyadic.ts'
import type { ExactVector } from '../math/exactVector.ts'
import { MathError } from '../math/mathError.ts'
import { squareRootToDouble } from '../math/rational.ts'
import { solveNormalEquations } from '../math/solve.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Model } from '../wire/modelMessage.ts'
import { counted } from '../wire/words.ts'
import type { Inputs, Kind, Steps } from './kind.ts'
import {
  type Bounds,
  firstPath,
  follow,
  heldAt,
  type Local,
  pathOf,
  rounded,
  stored,
} from './nonlinearPath.ts'
import { addProducts, diagonalIndex, element, equationsOf } from './normalEquations.ts'
import type { NonlinearResult } from './results.ts'
import { finite, wholeOf } from './statistics.ts'

/** Larger values are taken as none: their squares would leave the range of doubles. */
const LARGEST = 1e150

const steps: Steps = {
  most: (model) => boundsOf(model).sums,
  start: ({ model }) => stored(firstPath(startsOf(model))),
  next({ model }, at, sum) {
    const path = follow(pathOf(at, parametersOf(model)), localOf(model, sum), boundsOf(model))
    return typeof path === 'string' ? undefined : stored(path)
  },
  names({ model: { names = [] } }, at) {
    const { point } = pathOf(at, names.length)
    return new Map(names.map((name, i) => [name, point[i] ?? NaN]))
  },
  shown: ({ model }, at) => [...pathOf(at, parametersOf(model)).point],
}

/**
 * Sums [JᵀJ upper triangle row by row, Jᵀr, rᵀr, n, rows without a value] at a point of the p parameters: r the residuals, J the
 * derivatives of the formula by the parameters, n the rows in it. Every step of Levenberg and Marquardt is one such sum, exact
 * over the whole fleet, so that all devices take the same steps (Marquardt, SIAM J. 11, 1963; the damping after Nielsen,
 * IMM-REP-1999-05, scaled after Moré, 1978). The terms of the model are the formula and its derivatives.
 */
export const nonlinear: Kind = {
  multiplies: false,
  reads: { response: true, terms: [2, LIMITS.parameters + 1], weight: true },
  dimension: (model) => sizeOfSum(parametersOf(model)),
  check(model) {
    const p = parametersOf(model)
    const { least, most, sums } = boundsOf(model)
    const isPlaced = startsOf(model).every(
      (start, i) => (least[i] ?? 0) <= start && start <= (most[i] ?? 0),
    )
    const isCounted = Number.isInteger(sums) && sums >= 1 && sums <= LIMITS.steps
    const isWhole = model.values?.length === 1 + 3 * p && model.names?.length === p
    if (isPlaced && isCounted && isWhole) return
    throw new HypernetError(
      'BAD_JOB',
      `a nonlinear fit has for each parameter a start within its bounds, and takes 1 to ${LIMITS.steps} sums`,
    )
  },
  // A row without a value at this point is counted, so that the point is not taken for a better one.
  isUsable: () => true,
  addRow(sum, row, model) {
    const [value = NaN, ...slopes] = row.terms
    const residual = row.response - value
    const isUsable = [residual, ...slopes].every((each) => Math.abs(each) < LARGEST)
    if (isUsable) addProducts(sum, linearized(row, residual, slopes))
    else sum.addValue(sizeOfSum(parametersOf(model)) - 1, 1)
  },
  steps,
  result(compiled, sum, _after, at): NonlinearResult {
    const { model } = compiled
    const { names = [] } = model
    const p = names.length
    const local = localOf(model, sum)
    const path = pathOf(at, p)
    const { usable: observations } = local
    if (observations < p) throw tooFew(local, names, path.point)
    const bounds = boundsOf(model)
    const ended = follow(path, local, bounds)
    const degreesOfFreedom = observations - p
    const squares = finite(rounded(local.equations.square), 'the sum of squares')
    const variance = degreesOfFreedom > 0 ? squares / degreesOfFreedom : undefined
    const held = heldAt(path.point, local, bounds)
    const errors = errorsOf(local, names, path.point, held)
    return {
      terms: names,
      coefficients: [...path.point],
      standardErrors:
        variance === undefined
          ? null
          : errors.map((unit) => numberOrNull(unit === null ? NaN : Math.sqrt(variance) * unit)),
      residualStandardDeviation: variance === undefined ? null : Math.sqrt(variance),
      observations,
      degreesOfFreedom,
      ...(local.unusable > 0 ? { withoutValue: local.unusable } : {}),
      ...(held.length > 0 ? { atBounds: held.map((i) => names[i] ?? '') } : {}),
      ended: typeof ended === 'string' ? ended : 'limit',
      sums: path.sums + 1,
    }
  },
}

/** An error beyond doubles is not known. */
const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Root of the diagonal of (JᵀJ)⁻¹ of the parameters that are not held at a bound; `null` for those that are. */
function errorsOf(
  { equations: { gram } }: Local,
  names: readonly string[],
  point: Float64Array,
  held: readonly number[],
): (number | null)[] {
  const p = names.length
  const free = names.flatMap((_, i) => (held.includes(i) ? [] : i))
  const own = free.flatMap((i, row) =>
    free.slice(row).map((j) => element(gram, diagonalIndex(p, i) + j - i)),
  )
  const zero = { mantissa: 0n, exponent: 0 }
  const equations = { gram: own, right: free.map(() => zero), square: dyadicOf(1) }
  try {
    const { inverseDiagonal } = solveNormalEquations(equations)
    return names.map((_, i) => {
      const each = inverseDiagonal[free.indexOf(i)]
      return each ? squareRootToDouble(each) : null
    })
  } catch (error) {
    if (!(error instanceof MathError) || error.component === undefined) throw error
    const nameOf = (k: number): string => names[free[k] ?? 0] ?? ''
    const found = JSON.stringify(nameOf(error.component))
    const others = error.columns.map(nameOf)
    const what =
      others.length === 0
        ? `the parameter ${found} changes nothing`
        : `the parameter ${found} changes nothing that ${others.join(', ')} would not`
    throw new HypernetError(
      'RANK',
      `${what} where the search ended, at ${placeText(names, point)}; start nearer to the answer, set bounds, or leave it out`,
      error,
    )
  }
}

/** @param point where rows have no value */
function tooFew(
  { usable, unusable }: Local,
  names: readonly string[],
  point: Float64Array,
): HypernetError {
  const p = names.length
  if (usable + unusable >= p)
    return new HypernetError(
      'TOO_FEW',
      `the formula and its derivatives have a value in only ${usable} of ${counted(usable + unusable, 'row')} at ${placeText(names, point)}, where the search ended; start elsewhere, or set bounds that keep it where the formula has values`,
    )
  return new HypernetError(
    'TOO_FEW',
    `a fit of ${counted(p, 'parameter')} needs at least ${counted(p, 'observation')}, found ${usable}; add devices or a longer window, or leave parameters out`,
  )
}

const placeText = (names: readonly string[], point: Float64Array): string =>
  names.map((name, i) => `${name} = ${Number((point[i] ?? NaN).toPrecision(6))}`).join(', ')

const parametersOf = ({ names = [] }: Model): number => names.length

const sizeOfSum = (p: number): number => (p * (p + 3)) / 2 + 3

/** The most sums; then of each parameter its start, its least and its largest value. */
const settingsOf = ({ values = new Float64Array() }: Model, part: number): Float64Array =>
  values.filter((_, k) => k > 0 && (k - 1) % 3 === part)
const startsOf = (model: Model): Float64Array => settingsOf(model, 0)
const boundsOf = (model: Model): Bounds => ({
  least: settingsOf(model, 1),
  most: settingsOf(model, 2),
  sums: model.values?.[0] ?? 0,
})

const linearized = (row: Inputs, residual: number, slopes: readonly number[]): Inputs => ({
  ...row,
  exactResponse: () => splitDouble(residual),
  exactTerms: () => slopes.map(splitDouble),
})

const localOf = (model: Model, sum: ExactVector): Local => {
  const p = parametersOf(model)
  return {
    equations: equationsOf(sum, p),
    usable: wholeOf(sum, sizeOfSum(p) - 2),
    unusable: wholeOf(sum, sizeOfSum(p) - 1),
  }
}
