import type { Accumulator } from '../math/accumulator.ts'
import {
  addDyadic,
  type Dyadic,
  dyadicOf,
  multiplyDyadic,
  splitDouble,
  toDouble,
} from '../math/dyadic.ts'
import { componentOf, type ExactVector } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import type { CompiledModel, Inputs, Kind, Steps } from './kind.ts'
import { fitOf, leastSquares, shareExplained } from './leastSquares.ts'
import { addProducts, equationsOf, long, productsOf, solved, textsOf } from './normalEquations.ts'
import { gammaShare } from './quantile.ts'
import type { LeastSquaresResult, Residuals } from './results.ts'
import { roundedAt, wholeOf } from './statistics.ts'

/** Bins of standardized residuals, in residual standard deviations, and what is below and above. */
export const EDGES = [-3, -2, -1, 0, 1, 2, 3] as const
const POWERS = 4

/** Sums of one result: two, and one more wherever devices leave between them. */
export const MOST_SUMS = 5
/** Residuals that are so small a share of the responses are rounding of the coefficients. */
const ROUNDING = 1e-13

/** Where residuals are summed: after how many sums; the rows, residual standard deviation and coefficients of the fit that they are of. */
interface Place {
  readonly sums: number
  readonly rows: number
  readonly scale: number
  readonly coefficients: Float64Array
}
const placeOf = (at: Float64Array): Place | undefined => {
  const [sums = 0, rows = 0, scale = 1] = at
  return at.length > 0 ? { sums, rows, scale, coefficients: at.subarray(3) } : undefined
}

const steps: Steps = {
  most: () => MOST_SUMS,
  start: () => new Float64Array(),
  next(compiled, at, sum) {
    const place = placeOf(at)
    const { sums = 0 } = place ?? {}
    // Residuals are those of the same rows as the fit.
    if (place?.rows === rowsIn(compiled, sum) || sums + 1 >= MOST_SUMS) return undefined
    const fit = fitIfAny(compiled, sum)
    if (!fit?.residualStandardDeviation) return undefined
    const { residualStandardDeviation: scale, observations, coefficients } = fit
    const squares = roundedAt(sum, productsOf(compiled.model) - 2, 'the sum of squares')
    if (scale * scale * observations <= ROUNDING * ROUNDING * squares) return undefined
    return Float64Array.of(sums + 1, observations, scale, ...coefficients)
  },
  shown: (_, at) => [...(placeOf(at)?.coefficients ?? [])],
}

const rowsIn = ({ model }: CompiledModel, sum: ExactVector): number =>
  wholeOf(sum, productsOf(model) - 1)

/**
 * Least squares whose residuals are looked at in a second sum: [as least squares, Σ u, Σ u², Σ u³, Σ u⁴, Σ u² a, how many u fall into
 * each bin], u = √w r / s of the residuals r and the residual standard deviation s of the fit of the sum before.
 */
export const diagnosed: Kind = {
  multiplies: true,
  reads: leastSquares.reads,
  dimension: (model) => productsOf(model) + POWERS + (model.terms?.length ?? 0) + EDGES.length + 1,
  check(model) {
    if (model.type === 'leastSquares' && model.ridge === undefined) return
    throw new HypernetError('BAD_JOB', 'only least squares without a ridge shows its residuals')
  },
  addRow(sum, row, model, at) {
    addProducts(sum, row)
    const place = placeOf(at)
    if (place) addResidual(sum, row, productsOf(model), standardized(row, place))
  },
  steps,
  result(compiled, sum, _after, at): LeastSquaresResult {
    const fit = fitOf(compiled, sum)
    const place = placeOf(at)
    if (!place) return { ...fit, residuals: null }
    return place.rows === fit.observations
      ? { ...fit, residuals: residualsOf(compiled, sum, fit) }
      : fit
  },
}

/** A sum that makes no fit is the last; the result says why. */
function fitIfAny(compiled: CompiledModel, sum: ExactVector): LeastSquaresResult | undefined {
  try {
    return fitOf(compiled, sum)
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return undefined
  }
}

/** √w (b - Σ c a) / s; the difference is taken without rounding. */
function standardized(
  { exactResponse, exactTerms, weight }: Inputs,
  { scale, coefficients }: Place,
): number {
  const residual = exactTerms().reduce<Dyadic>(
    (rest, a, i) => addDyadic(rest, multiplyDyadic(long(a), dyadicOf(-(coefficients[i] ?? 0)))),
    long(exactResponse()),
  )
  const { mantissa, exponent } = long(weight)
  return (
    (Math.sqrt(toDouble(mantissa, exponent)) * toDouble(residual.mantissa, residual.exponent)) /
    scale
  )
}

function addResidual(sum: Accumulator, { exactTerms }: Inputs, from: number, u: number): void {
  const square = splitDouble(u * u)
  let k = from
  sum.addValue(k++, u)
  sum.addValue(k++, u * u)
  sum.addValue(k++, u * u * u)
  sum.addProduct(k++, square, square)
  for (const a of exactTerms()) sum.addProduct(k++, square, a)
  const bin = EDGES.findIndex((edge) => u < edge)
  sum.addValue(k + (bin < 0 ? EDGES.length : bin), 1)
}

function residualsOf(
  compiled: CompiledModel,
  sum: ExactVector,
  fit: LeastSquaresResult,
): Residuals {
  const n = fit.observations
  const from = productsOf(compiled.model)
  const mean = (power: number): number => roundedAt(sum, from + power - 1, 'a residual') / n
  const [m1, m2, m3, m4] = [mean(1), mean(2), mean(3), mean(4)]
  const spread = m2 - m1 * m1
  const skewness = (m3 - 3 * m1 * m2 + 2 * m1 ** 3) / spread ** 1.5
  const kurtosis = (m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1 ** 4) / (spread * spread) - 3
  const bins = from + POWERS + compiled.terms.length
  return {
    skewness,
    excessKurtosis: kurtosis,
    jarqueBera: tested((n / 6) * (skewness * skewness + (kurtosis * kurtosis) / 4), 2),
    breuschPagan: breuschPagan(compiled, sum, n),
    standardized: {
      edges: EDGES,
      counts: Array.from({ length: EDGES.length + 1 }, (_, i) => wholeOf(sum, bins + i)),
    },
  }
}

/** n R² of a fit of the squared residuals on the terms (Koenker, J. Econometrics 17, 1981). */
function breuschPagan(compiled: CompiledModel, sum: ExactVector, n: number) {
  const p = compiled.terms.length
  if (p < 2 || compiled.weight) return null
  const from = productsOf(compiled.model) + POWERS
  const equations = {
    gram: equationsOf(sum, p).gram,
    right: Array.from({ length: p }, (_, i) => componentOf(sum, from + i)),
    square: componentOf(sum, from - 1),
  }
  const { residual } = solved(equations, textsOf(compiled))
  const share = shareExplained(compiled, equations, residual, n)
  return share === undefined ? null : tested(n * share, p - 1)
}

/** With the chance that a χ² variable of so many degrees of freedom is larger. */
const tested = (statistic: number, degreesOfFreedom: number) => ({
  statistic,
  degreesOfFreedom,
  pValue: gammaShare(degreesOfFreedom / 2, statistic / 2).upper,
})
