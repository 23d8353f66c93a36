import { addDyadic, dyadicOf, ZERO } from '../math/dyadic.ts'
import type { ExactVector } from '../math/exactVector.ts'
import {
  add,
  divide,
  multiply,
  type Rational,
  rational,
  rationalOf,
  rationalToDouble,
  signOf,
  squareRootToDouble,
  subtract,
} from '../math/rational.ts'
import { type NormalEquations, variancesOf } from '../math/solve.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import { counted } from '../wire/words.ts'
import type { CompiledModel, Kind } from './kind.ts'
import {
  addProducts,
  diagonalIndex,
  element,
  equationsOf,
  productsOf,
  solved,
  textsOf,
} from './normalEquations.ts'
import type { LeastSquaresResult } from './results.ts'
import { countOf, finite } from './statistics.ts'

/**
 * Sums products (normalEquations.ts). The fit is solved in rationals and each figure rounded once. A ridge λ adds λ times the sum of
 * squares of its term (`spreadOf`) to each diagonal element of AᵀA but those of constant terms. A row's
 * weight stands in each of its products; the number of rows is their plain number.
 */
export const leastSquares: Kind = {
  multiplies: true,
  reads: { response: true, terms: [1, LIMITS.terms], weight: true },
  dimension: productsOf,
  check(model) {
    const ridge = model.ridge?.[0] ?? 0
    if (Number.isFinite(ridge) && ridge >= 0) return
    throw new HypernetError('BAD_JOB', `ridge must be a finite number >= 0, found ${ridge}`)
  },
  addRow: addProducts,
  result: fitOf,
}

/** The fit of sums of products, whatever stands behind them in a sum. @throws HypernetError as `result` of a kind */
export function fitOf(compiled: CompiledModel, sum: ExactVector): LeastSquaresResult {
  const p = compiled.terms.length
  const observations = countOf(sum, productsOf(compiled.model) - 1)
  if (observations < p) {
    throw new HypernetError(
      'TOO_FEW',
      `a fit of ${counted(p, 'term')} needs at least ${counted(p, 'observation')}, found ${observations}; add devices or a longer window, or leave terms out`,
    )
  }
  const plain = equationsOf(sum, p)
  const ridge = compiled.model.ridge?.[0] ?? 0
  const degreesOfFreedom = observations - p
  const fit = ridge > 0 ? ridgeFit(plain, compiled, ridge) : ordinaryFit(plain, compiled)
  const variance =
    degreesOfFreedom > 0 ? divide(fit.residual, rational(BigInt(degreesOfFreedom))) : undefined
  const explained = shareExplained(compiled, plain, fit.residual, observations)
  return {
    terms: compiled.terms.map((term) => term.text),
    coefficients: fit.coefficients.map((c, i) => figure(rationalToDouble(c), compiled, i)),
    standardErrors:
      variance && fit.variances
        ? fit.variances(degreesOfFreedom).map((v, i) => figure(squareRootToDouble(v), compiled, i))
        : null,
    residualStandardDeviation: variance
      ? finite(squareRootToDouble(variance), 'the residual standard deviation')
      : null,
    observations,
    degreesOfFreedom,
    ...(explained === undefined ? {} : { rSquared: explained }),
    ...(fit.condition === undefined ? {} : { conditionNumber: fit.condition }),
  }
}

interface Fit {
  readonly coefficients: readonly Rational[]
  readonly residual: Rational
  readonly variances?: (degreesOfFreedom: number) => Rational[]
  readonly condition?: number
}

function ordinaryFit(equations: NormalEquations, compiled: CompiledModel): Fit {
  const solution = solved(equations, textsOf(compiled), 'leave one of them out, or give a ridge')
  return {
    ...solution,
    variances: (degrees) => variancesOf(solution, degrees),
    condition: conditionOf(equations, solution.inverseDiagonal),
  }
}

/** √(Σ gᵢᵢ (G⁻¹)ᵢᵢ / p): the root mean of the variance inflation factors, not centred. */
function conditionOf({ gram }: NormalEquations, inverse: readonly Rational[]): number {
  const p = inverse.length
  const inflation = inverse.map((each, i) =>
    multiply(rationalOf(element(gram, diagonalIndex(p, i))), each),
  )
  return squareRootToDouble(divide(inflation.reduce(add), rational(BigInt(p))))
}

function ridgeFit(plain: NormalEquations, compiled: CompiledModel, ridge: number): Fit {
  const p = compiled.terms.length
  const penalties = compiled.terms.map((term, i) =>
    term.constant === undefined
      ? dyadicOf(Math.min(ridge * spreadOf(compiled, plain, i), Number.MAX_VALUE))
      : ZERO,
  )
  const gram = [...plain.gram]
  penalties.forEach((each, i) => {
    const k = diagonalIndex(p, i)
    gram[k] = addDyadic(element(plain.gram, k), each)
  })
  const { coefficients, residual } = solved({ ...plain, gram }, textsOf(compiled))
  // What the border leaves is the residual with the penalty Σ d x²: G x = h - D x.
  const costs = coefficients.map((x, i) =>
    multiply(rationalOf(element(penalties, i)), multiply(x, x)),
  )
  return { coefficients, residual: costs.reduce(subtract, residual) }
}

/** Σ a² of a term, about its mean where the model has a constant, so that a ridge does not depend on where zero is. */
function spreadOf(compiled: CompiledModel, { gram }: NormalEquations, i: number): number {
  const p = compiled.terms.length
  const own = rationalOf(element(gram, diagonalIndex(p, i)))
  const c = constantOf(compiled)
  if (c < 0) return rationalToDouble(own)
  const [first, last] = i < c ? [i, c] : [c, i]
  const shared = rationalOf(element(gram, diagonalIndex(p, first) + last - first))
  const level = rationalOf(element(gram, diagonalIndex(p, c)))
  const about = subtract(own, divide(multiply(shared, shared), level))
  // A term that never changes is held by its own size.
  return rationalToDouble(signOf(about) > 0 ? about : own)
}

const constantOf = ({ terms }: CompiledModel): number =>
  terms.findIndex(({ constant }) => constant !== undefined && constant !== 0)

/** 1 - residual / squares about the mean, where a constant term c gives the mean: (Σ c b)² / Σ c². */
export function shareExplained(
  compiled: CompiledModel,
  { gram, right, square }: NormalEquations,
  residual: Rational,
  observations: number,
): number | undefined {
  const i = constantOf(compiled)
  if (i < 0 || observations < 2) return undefined
  const product = rationalOf(element(right, i))
  const own = rationalOf(element(gram, diagonalIndex(compiled.terms.length, i)))
  const spread = subtract(rationalOf(square), divide(multiply(product, product), own))
  if (signOf(spread) <= 0) return undefined
  return rationalToDouble(subtract(rational(1n), divide(residual, spread)))
}

function figure(value: number, compiled: CompiledModel, i: number): number {
  return finite(value, `the coefficient of ${JSON.stringify(compiled.terms[i]?.text ?? '')}`)
}
