import { splitDouble, toDouble } from '../math/dyadic.ts'
import { componentOf, type ExactVector } from '../math/exactVector.ts'
import { rationalToDouble, squareRootToDouble } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Model } from '../wire/modelMessage.ts'
import { counted } from '../wire/words.ts'
import {
  BEND,
  firstPath,
  follow,
  type Local,
  MOST_SUMS,
  type Path,
  type Place,
  pathOf,
  residualsAt,
  stored,
  wholeGram,
} from './huberPath.ts'
import type { CompiledModel, Inputs, Kind, Steps } from './kind.ts'
import {
  addProducts,
  addTriangle,
  equationsOf,
  productsOf,
  solved,
  textsOf,
  weigh,
} from './normalEquations.ts'
import type { HuberResult } from './results.ts'
import { finite, refuse, wholeOf } from './statistics.ts'

const steps: Steps = {
  most: () => MOST_SUMS,
  start: ({ model }) => stored(firstPath(termsOf(model))),
  next({ model }, at, sum) {
    const local = localOf(model, sum)
    const next = local && follow(pathOf(at), local)
    return next && 'point' in next ? stored(next) : undefined
  },
  shown: (_, at) => [...pathOf(at).point.coefficients],
}

/**
 * Sums at a place (coefficients and scale), of the rows within BEND scales of it [AᵀA upper triangle row by row, Aᵀb, bᵀb, their number], and
 * of those beyond [AᵀA, Σ sign(r) a, Σ sign(r) b, their number]. From these each device works out where the next sum is taken
 * (huberPath.ts). Weighted rows count as rows times the root of their weight.
 */
export const huber: Kind = {
  multiplies: true,
  reads: { response: true, terms: [1, LIMITS.terms], weight: true },
  dimension: (model) => sizeOfSum(termsOf(model)),
  check(model) {
    if (model.type === 'leastSquares' && model.ridge === undefined) return
    throw new HypernetError('BAD_JOB', 'only least squares without a ridge is made robust by Huber')
  },
  addRow(sum, row, model, at) {
    const { point } = placedAt(at)
    const root = Math.sqrt(toDouble(BigInt(row.weight.mantissa), row.weight.exponent))
    const residual = root * residualOf(row, point)
    if (point.scale === 0 || Math.abs(residual) <= BEND * point.scale) addProducts(sum, row)
    else addBeyond(sum, row, productsOf(model), residual < 0 ? -root : root)
  },
  steps,
  result(compiled, sum, _after, at): HuberResult {
    const p = compiled.terms.length
    const local = localOf(compiled.model, sum)
    if (!local) return refuse('the number of rows is none')
    const observations = local.innerRows + local.outerRows
    if (observations <= p)
      throw new HypernetError(
        'TOO_FEW',
        `a robust fit of ${counted(p, 'term')} needs more observations than that, found ${observations}; add devices or a longer window, or leave terms out`,
      )
    const path = pathOf(at)
    const arrival = follow(path, local)
    const { ended, place } =
      'ended' in arrival ? arrival : { ended: 'limit' as const, place: arrival.point }
    return {
      terms: textsOf(compiled),
      coefficients: Array.from(place.coefficients, (each) => finite(each, 'a coefficient')),
      standardErrors: errorsAt(compiled, local, place),
      scale: place.scale,
      observations,
      degreesOfFreedom: observations - p,
      downweighted: local.outerRows,
      ended,
      sums: path.sums + 1,
    }
  },
}

const termsOf = ({ terms = [] }: Model): number => terms.length

const sizeOfSum = (p: number): number => p * (p + 1) + 2 * p + 4

function residualOf({ response, terms }: Inputs, { coefficients }: Place): number {
  let residual = response
  for (let i = 0; i < terms.length; i++) residual -= (terms[i] ?? 0) * (coefficients[i] ?? 0)
  return residual
}

/** A row that is too far away counts by the side on which it lies. @param from the component behind those of the other rows */
function addBeyond(
  sum: Parameters<Kind['addRow']>[0],
  { weight, exactTerms, exactResponse }: Inputs,
  from: number,
  signedRoot: number,
): void {
  const row = exactTerms()
  const sign = splitDouble(signedRoot)
  let k = addTriangle(
    sum,
    row.map((each) => weigh(weight, each)),
    row,
    from,
  )
  for (const each of row) sum.addProduct(k++, sign, each)
  sum.addProduct(k++, sign, exactResponse())
  sum.addValue(k, 1)
}

/** Of a sum that no rows have: undefined. */
function localOf(model: Model, sum: ExactVector): Local | undefined {
  const p = termsOf(model)
  const triangle = (p * (p + 1)) / 2
  const beyond = productsOf(model)
  try {
    return {
      inner: equationsOf(sum, p),
      innerRows: wholeOf(sum, beyond - 1),
      outerGram: Array.from({ length: triangle }, (_, k) => componentOf(sum, beyond + k)),
      signed: Array.from({ length: p }, (_, i) => componentOf(sum, beyond + triangle + i)),
      signedResponse: componentOf(sum, beyond + triangle + p),
      outerRows: wholeOf(sum, beyond + triangle + p + 1),
    }
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return undefined
  }
}

/**
 * K √(Σ ψ² / (n - p)) / mean ψ' times the root of the diagonal of (AᵀA)⁻¹, K = 1 + p var ψ' / (n mean² ψ') (Huber, 1981, 7.6; as in
 * MASS of Venables and Ripley).
 */
function errorsAt(compiled: CompiledModel, local: Local, place: Place): number[] | null {
  const p = compiled.terms.length
  const { innerRows, outerRows } = local
  const rows = innerRows + outerRows
  if (innerRows === 0) return null
  const bent = BEND * place.scale
  const squares = rationalToDouble(residualsAt(local, place).square) + bent * bent * outerRows
  const mean = innerRows / rows
  const variance = (mean * (1 - mean) * rows) / (rows - 1)
  const correction = 1 + (p * variance) / (rows * mean * mean)
  const unit = (correction * Math.sqrt(Math.max(squares, 0) / (rows - p))) / mean
  const zero = { mantissa: 0n, exponent: 0 }
  const equations = {
    gram: wholeGram(local),
    right: compiled.terms.map(() => zero),
    square: { mantissa: 1n, exponent: 0 },
  }
  const { inverseDiagonal } = solved(equations, textsOf(compiled))
  return inverseDiagonal.map((each) => finite(unit * squareRootToDouble(each), 'a standard error'))
}

const paths = new WeakMap<Float64Array, Path>()

/** Worked out once for all rows of a device. */
function placedAt(at: Float64Array): Path {
  const path = paths.get(at) ?? pathOf(at)
  paths.set(at, path)
  return path
}
