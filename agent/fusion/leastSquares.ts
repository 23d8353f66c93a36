import type { Exact } from '../math/accumulator.ts'
import {
  addDyadic,
  type Dyadic,
  dyadicOf,
  multiplyDyadic,
  splitDouble,
  toDouble,
} from '../math/dyadic.ts'
import { componentOf, type ExactVector } from '../math/exactVector.ts'
import { MathError } from '../math/mathError.ts'
import {
  add,
  divide,
  multiply,
  type Rational,
  rational,
  rationalOf,
  rationalOfDouble,
  rationalToDouble,
  signOf,
  squareRootToDouble,
  subtract,
} from '../math/rational.ts'
import { type NormalEquations, solveNormalEquations, variancesOf } from '../math/solve.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { CompiledModel, Kind, LeastSquaresResult } from './kind.ts'
import { isSummable } from './polynomial.ts'
import { countOf, finite } from './statistics.ts'

/**
 * Sums [AᵀA upper triangle row by row, Aᵀb, bᵀb, n], p(p+3)/2 + 2 components, for rows of p terms A and
 * responses b. The fit is solved in rationals and each figure rounded once. A ridge λ adds λ times its own
 * value to each diagonal element of AᵀA but those of constant terms, so that it does not depend on units. A row's
 * weight stands in each of its products; the number of rows is their plain number.
 */
export const leastSquares: Kind = {
  multiplies: true,
  reads: { response: true, terms: [1, LIMITS.terms], weight: true },
  dimension({ terms = [] }) {
    return (terms.length * (terms.length + 3)) / 2 + 2
  },
  check(model) {
    const ridge = model.ridge?.[0] ?? 0
    if (Number.isFinite(ridge) && ridge >= 0) return
    throw new HypernetError('BAD_JOB', `ridge must be a finite number >= 0, found ${ridge}`)
  },
  addRow(sum, { exactResponse, exactTerms, weight }) {
    const b = exactResponse()
    const row = exactTerms()
    const weighted = row.map((a) => weigh(weight, a))
    let k = 0
    weighted.forEach((a, i) => {
      for (let j = i; j < row.length; j++) sum.addProduct(k++, a, row[j] ?? a)
    })
    for (const a of weighted) sum.addProduct(k++, a, b)
    sum.addProduct(k++, weigh(weight, b), b)
    sum.addValue(k, 1)
  },
  result(compiled, sum): LeastSquaresResult {
    const p = compiled.terms.length
    const observations = countOf(sum, compiled.dimension - 1)
    if (observations < p) {
      throw new HypernetError(
        'TOO_FEW',
        `a fit of ${p} terms needs at least ${p} observations, found ${observations}; add devices or a longer window, or leave terms out`,
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
          ? fit
              .variances(degreesOfFreedom)
              .map((v, i) => figure(squareRootToDouble(v), compiled, i))
          : null,
      residualStandardDeviation: variance
        ? finite(squareRootToDouble(variance), 'the residual standard deviation')
        : null,
      observations,
      degreesOfFreedom,
      ...(explained === undefined ? {} : { rSquared: explained }),
      ...(fit.condition === undefined ? {} : { conditionNumber: fit.condition }),
    }
  },
}

interface Fit {
  readonly coefficients: readonly Rational[]
  readonly residual: Rational
  readonly variances?: (degreesOfFreedom: number) => Rational[]
  readonly condition?: number
}

/** A value times its row's weight, without rounding where sums can take that. */
function weigh(weight: Exact, value: Exact): Exact {
  if (weight.exponent === 0 && BigInt(weight.mantissa) === 1n) return value
  const exact = multiplyDyadic(long(weight), long(value))
  return isSummable(exact) ? exact : splitDouble(toDouble(exact.mantissa, exact.exponent))
}
const long = ({ mantissa, exponent }: Exact): Dyadic => ({ mantissa: BigInt(mantissa), exponent })

function ordinaryFit(equations: NormalEquations, compiled: CompiledModel): Fit {
  const solution = solved(equations, compiled)
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
  const factor = addDyadic(dyadicOf(1), dyadicOf(ridge))
  const penalized = compiled.terms.map((term) => term.constant === undefined)
  const gram = [...plain.gram]
  for (let i = 0; i < p; i++) {
    const k = diagonalIndex(p, i)
    if (penalized[i]) gram[k] = multiplyDyadic(element(plain.gram, k), factor)
  }
  const { coefficients, residual } = solved({ ...plain, gram }, compiled)
  // What the border leaves is the residual with the penalty λ Σ D x²: G x = h - λ D x.
  const penalties = coefficients.flatMap((x, i) => {
    if (!penalized[i]) return []
    const weight = multiply(
      rationalOfDouble(ridge),
      rationalOf(element(plain.gram, diagonalIndex(p, i))),
    )
    return [multiply(weight, multiply(x, x))]
  })
  return { coefficients, residual: penalties.reduce(subtract, residual) }
}

function equationsOf(sum: ExactVector, p: number): NormalEquations {
  const triangle = (p * (p + 1)) / 2
  return {
    gram: Array.from({ length: triangle }, (_, k) => componentOf(sum, k)),
    right: Array.from({ length: p }, (_, i) => componentOf(sum, triangle + i)),
    square: componentOf(sum, triangle + p),
  }
}

/** @throws HypernetError `RANK` naming the terms; `BAD_MESSAGE` */
function solved(equations: NormalEquations, compiled: CompiledModel) {
  try {
    return solveNormalEquations(equations)
  } catch (error) {
    if (!(error instanceof MathError)) throw error
    throw translated(error, compiled)
  }
}

function translated(error: MathError, compiled: CompiledModel): HypernetError {
  const textOf = (k: number): string => compiled.terms[k]?.text ?? ''
  if (error.code !== 'RANK' || error.component === undefined) {
    return new HypernetError(
      'BAD_MESSAGE',
      `the sums cannot be solved (${error.message}): some device contributed what is not a statistic of its readings`,
      error,
    )
  }
  const found = `terms[${error.component}] ${JSON.stringify(textOf(error.component))}`
  const message =
    error.columns.length === 0
      ? `${found} is 0 in every observation; leave it out`
      : `${found} is a linear combination of ${error.columns.map(textOf).join(', ')} in these observations; leave one of them out, or give a ridge`
  return new HypernetError('RANK', message, error)
}

/** 1 - residual / squares about the mean, where a constant term c gives the mean: (Σ c b)² / Σ c². */
function shareExplained(
  compiled: CompiledModel,
  { gram, right, square }: NormalEquations,
  residual: Rational,
  observations: number,
): number | undefined {
  const i = compiled.terms.findIndex((term) => term.constant !== undefined && term.constant !== 0)
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

/** Where the diagonal element of row i stands in an upper triangle of p rows. */
const diagonalIndex = (p: number, i: number): number => i * p - (i * (i - 1)) / 2

/** An element whose index is in range by construction. */
const element = (list: readonly Dyadic[], k: number): Dyadic => list[k] as Dyadic
