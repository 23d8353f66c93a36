import type { Accumulator, Exact } from '../math/accumulator.ts'
import { type Dyadic, multiplyDyadic, splitDouble, toDouble } from '../math/dyadic.ts'
import { componentOf, type ExactVector } from '../math/exactVector.ts'
import { MathError } from '../math/mathError.ts'
import { type NormalEquations, type Solution, solveNormalEquations } from '../math/solve.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { CompiledModel, Inputs } from './kind.ts'
import { isSummable } from './polynomial.ts'

/**
 * What a linear model sums: [AᵀA upper triangle row by row, Aᵀb, bᵀb, n], for rows of p terms A and responses b. A row's
 * weight stands in each of its products; n is the plain number of rows.
 */

/** Components of that: p(p+3)/2 + 2. */
export const productsOf = ({ terms = [] }: Model): number =>
  (terms.length * (terms.length + 3)) / 2 + 2

/** Adds the products of one row. */
export function addProducts(sum: Accumulator, { exactResponse, exactTerms, weight }: Inputs): void {
  const b = exactResponse()
  const row = exactTerms()
  const weighted = row.map((a) => weigh(weight, a))
  let k = addTriangle(sum, weighted, row)
  for (const a of weighted) sum.addProduct(k++, a, b)
  sum.addProduct(k++, weigh(weight, b), b)
  sum.addValue(k, 1)
}

/** Adds the products of each a_i and b_j with i <= j, row by row. @returns the component after them */
export function addTriangle(
  sum: Accumulator,
  a: readonly Exact[],
  b: readonly Exact[],
  from = 0,
): number {
  let k = from
  a.forEach((each, i) => {
    for (let j = i; j < b.length; j++) sum.addProduct(k++, each, b[j] ?? each)
  })
  return k
}

/** A value times its row's weight, without rounding where sums can take that. */
export function weigh(weight: Exact, value: Exact): Exact {
  if (weight.exponent === 0 && BigInt(weight.mantissa) === 1n) return value
  const exact = multiplyDyadic(long(weight), long(value))
  return isSummable(exact) ? exact : splitDouble(toDouble(exact.mantissa, exact.exponent))
}
/** For sums and products of any length. */
export const long = ({ mantissa, exponent }: Exact): Dyadic => ({
  mantissa: BigInt(mantissa),
  exponent,
})

/** The equations that a sum stands for. */
export function equationsOf(sum: ExactVector, p: number): NormalEquations {
  const triangle = (p * (p + 1)) / 2
  return {
    gram: Array.from({ length: triangle }, (_, k) => componentOf(sum, k)),
    right: Array.from({ length: p }, (_, i) => componentOf(sum, triangle + i)),
    square: componentOf(sum, triangle + p),
  }
}

/** What the columns of a linear model are called. */
export const textsOf = ({ terms }: CompiledModel): string[] => terms.map(({ text }) => text)

/** @throws HypernetError `RANK` naming the terms; `BAD_MESSAGE` */
export function solved(
  equations: NormalEquations,
  names: readonly string[],
  advice = 'leave one of them out',
): Solution {
  try {
    return solveNormalEquations(equations)
  } catch (error) {
    if (!(error instanceof MathError)) throw error
    throw translated(error, names, advice)
  }
}

function translated(error: MathError, names: readonly string[], advice: string): HypernetError {
  const textOf = (k: number): string => names[k] ?? ''
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
      : `${found} is, as far as doubles can tell, a linear combination of ${error.columns.map(textOf).join(', ')} in these observations; ${advice}`
  return new HypernetError('RANK', message, error)
}

/** Where the diagonal element of row i stands in an upper triangle of p rows. */
export const diagonalIndex = (p: number, i: number): number => i * p - (i * (i - 1)) / 2

/** An element whose index is in range by construction. */
export const element = (list: readonly Dyadic[], k: number): Dyadic => list[k] as Dyadic
