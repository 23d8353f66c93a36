import { addDyadic, type Dyadic, dyadicOf, multiplyDyadic, toDouble } from '../math/dyadic.ts'
import type { ExactVector } from '../math/exactVector.ts'
import { isSemidefinite } from '../math/matrix.ts'
import type { NormalEquations } from '../math/solve.ts'
import { HypernetError } from '../wire/errors.ts'
import { type Factor, factorOf } from './factor.ts'
import { diagonalIndex, element, equationsOf } from './normalEquations.ts'
import { wholeOf } from './statistics.ts'

/** What one device contributed to a fit of p terms, as the gate looks at it. */
export interface Share {
  readonly index: number
  readonly rows: number
  readonly equations: NormalEquations
  /** Gram matrix row by row, right side and square, rounded; columns in units of the fleet (`unitsOf`). */
  readonly gram: Float64Array
  readonly right: Float64Array
  readonly square: number
  readonly factor: Factor
}

/** Rows and equations of a contribution; undefined for what no rows add up to. */
export function soundEquations(
  vector: ExactVector,
  p: number,
): { readonly rows: number; readonly equations: NormalEquations } | undefined {
  const equations = equationsOf(vector, p)
  try {
    const rows = wholeOf(vector, (p * (p + 3)) / 2 + 1)
    return isSound(equations, p) ? { rows, equations } : undefined
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return undefined
  }
}

/** Weights may have been rounded (normalEquations.ts, `weigh`), which makes a matrix of few rows indefinite by so little. */
const SLACK = addDyadic(dyadicOf(1), dyadicOf(2 ** -40))

/** [[AᵀA, Aᵀb], [bᵀA, bᵀb]] has no negative eigenvalue. */
function isSound({ gram, right, square }: NormalEquations, p: number): boolean {
  const entry = (i: number, j: number): Dyadic => {
    if (i > j) return entry(j, i)
    if (j < p) return element(gram, diagonalIndex(p, i) + j - i)
    return i < p ? element(right, i) : square
  }
  const side = Array.from({ length: p + 1 }, (_, i) => i)
  return isSemidefinite(
    side.map((i) => side.map((j) => (i === j ? multiplyDyadic(entry(i, j), SLACK) : entry(i, j)))),
  )
}

/** Of each column the length that it has on the middle one of the devices that have it. */
export function unitsOf(all: readonly { readonly equations: NormalEquations }[], p: number) {
  return Float64Array.from({ length: p }, (_, k) => {
    const lengths = all
      .map(({ equations }) => rounded(element(equations.gram, diagonalIndex(p, k))))
      .filter((each) => each > 0)
    return lengths.length === 0 ? 1 : Math.sqrt(medianOf(lengths))
  })
}

/** @param units of the columns */
export function shareOf(
  index: number,
  { rows, equations }: { readonly rows: number; readonly equations: NormalEquations },
  units: Float64Array,
): Share {
  const p = units.length
  const gram = new Float64Array(p * p)
  for (let i = 0; i < p; i++)
    for (let j = i; j < p; j++) {
      const entry = rounded(element(equations.gram, diagonalIndex(p, i) + j - i))
      const scaled = entry / (units[i] ?? 1) / (units[j] ?? 1)
      gram[i * p + j] = scaled
      gram[j * p + i] = scaled
    }
  const right = units.map((unit, i) => rounded(element(equations.right, i)) / unit)
  const square = rounded(equations.square)
  return { index, rows, equations, gram, right, square, factor: factorOf(gram, p) }
}

/**
 * Aᵀ (b - A m), in units of the fleet, and |b - A m|², worked out without rounding.
 * @param m coefficients, in units of the terms
 */
export function misfitAt({ equations }: Share, m: Float64Array, units: Float64Array) {
  const p = m.length
  const x = Array.from(m, dyadicOf)
  const minus = (a: Dyadic, b: Dyadic): Dyadic =>
    addDyadic(a, { mantissa: -b.mantissa, exponent: b.exponent })
  const slopes = equations.right.map((each, i) =>
    x.reduce((rest, c, j) => {
      const [row, column] = i <= j ? [i, j] : [j, i]
      const entry = element(equations.gram, diagonalIndex(p, row) + column - row)
      return minus(rest, multiplyDyadic(c, entry))
    }, each),
  )
  const square = x.reduce((rest, c, i) => {
    const both = addDyadic(element(equations.right, i), element(slopes, i))
    return minus(rest, multiplyDyadic(c, both))
  }, equations.square)
  return {
    slopes: Float64Array.from(slopes, (each, i) => rounded(each) / (units[i] ?? 1)),
    square: Math.max(0, rounded(square)),
  }
}

/** The middle one; of an even number the mean of the two in the middle. At least one. */
export function medianOf(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

export const rounded = ({ mantissa, exponent }: Dyadic): number => toDouble(mantissa, exponent)
