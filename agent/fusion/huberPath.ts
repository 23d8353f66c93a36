import { addDyadic, type Dyadic, dyadicOf, multiplyDyadic, toDouble, ZERO } from '../math/dyadic.ts'
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
import { type NormalEquations, solveNormalEquations } from '../math/solve.ts'
import { diagonalIndex, element } from './normalEquations.ts'

/**
 * Huber's estimate of coefficients and scale together (his Proposal 2): the least of Σ s ρ(r / s) + a s / 2 over both, which is convex, so that
 * there is one answer wherever the search begins. ρ(u) = u² / 2 up to |u| = k, and k |u| - k² / 2 beyond; a = (n - p) E min(Z², k²)
 * makes s the standard deviation of normal errors. P. J. Huber, Robust Statistics (1981), 6.4, 7.7 and 7.8.
 */

/** Beyond so many scales a residual counts as much as one there: 95 % efficient for normal errors. */
export const BEND = 1.345
/** E min(Z², BEND²) of a standard normal Z. */
export const SHARE = 0.7101645482690485

/** Where a sum is taken, and the best place before it. */
export interface Path {
  /** Sums before this one. */
  readonly sums: number
  /** Rows at the best place, and what is to be made least there; -1 before there is one. */
  readonly rows: number
  readonly least: number
  readonly best: Place
  readonly point: Place
}

/** A scale of 0: all rows count in full. */
export interface Place {
  readonly scale: number
  readonly coefficients: Float64Array
}

/** What was summed at a path's point, without rounding. */
export interface Local {
  /** Of the rows that count in full. */
  readonly inner: NormalEquations
  readonly innerRows: number
  /** Gram matrix of those beyond, sums of sign times term and sign times response, and how many they are. */
  readonly outerGram: readonly Dyadic[]
  readonly signed: readonly Dyadic[]
  readonly signedResponse: Dyadic
  readonly outerRows: number
}

/**
 * Why a search ends: at the answer; where rounding hides what is better; where more than half of the rows lie on the fit to the last digit; after
 * as many sums as are taken; or since the terms depend on each other.
 */
export type HuberEnding = 'converged' | 'flat' | 'exact' | 'limit' | 'singular'

export interface Arrival {
  readonly ended: HuberEnding
  readonly place: Place
}

/** Most sums of one fit; most take 5 to 15. */
export const MOST_SUMS = 100
/** A step that moves each figure by less than this share ends the search: the rows that count in full are then the same. */
const CLOSE = 1e-12
/** What a sum of squares of rounding errors is of the sum of squares. */
const NOISE = 1e-27

const HEAD = 5

export const firstPath = (p: number): Path => {
  const nowhere = { scale: 0, coefficients: new Float64Array(p) }
  return { sums: 0, rows: 0, least: -1, best: nowhere, point: nowhere }
}

export const stored = ({ sums, rows, least, best, point }: Path): Float64Array =>
  Float64Array.of(
    ...[sums, rows, least, best.scale, point.scale],
    ...best.coefficients,
    ...point.coefficients,
  )

export function pathOf(figures: Float64Array): Path {
  const [sums = 0, rows = 0, least = 0, bestScale = 0, scale = 0] = figures
  const p = (figures.length - HEAD) / 2
  return {
    sums,
    rows,
    least,
    best: { scale: bestScale, coefficients: figures.slice(HEAD, HEAD + p) },
    point: { scale, coefficients: figures.slice(HEAD + p) },
  }
}

/** What follows from a sum at a path's point: where the next is taken, or where the search has arrived. */
export function follow(path: Path, local: Local): Path | Arrival {
  const { point, best } = path
  const p = point.coefficients.length
  const rows = local.innerRows + local.outerRows
  const weight = Math.max(rows - p, 1) * SHARE
  const least = point.scale > 0 ? objective(local, point, weight) : -1
  // Other rows than before: a device has gone, and the two cannot be compared.
  const isComparable = path.least >= 0 && rows === path.rows
  const sums = path.sums + 1
  if (isComparable && least > path.least * (1 + 4 * Number.EPSILON)) {
    const half = between(best, point)
    if (isClose(half, best)) return { ended: 'flat', place: best }
    return sums < MOST_SUMS ? { ...path, sums, point: half } : { ended: 'limit', place: best }
  }
  const target = solvedFor(local, point, weight)
  if (!target) return { ended: 'singular', place: point }
  if (target.scale === 0) return { ended: 'exact', place: target }
  if (isClose(target, point)) return { ended: 'converged', place: target }
  if (sums >= MOST_SUMS) return { ended: 'limit', place: target }
  return { sums, rows, least, best: point, point: target }
}

/** Where the search would end if the same rows counted in full; else a step that gets nearer in any case. */
function solvedFor(local: Local, point: Place, weight: number): Place | undefined {
  const { inner, signed, innerRows, outerRows } = local
  const plain = solved(inner)
  const bound = dyadicOf(innerRows + outerRows)
  const tilted = outerRows === 0 ? undefined : solved({ ...inner, right: signed, square: bound })
  if (!plain || (outerRows > 0 && !tilted)) return stepFrom(local, point, weight)
  const tilt = tilted ? subtract(rationalOf(bound), tilted.residual) : rational(0n)
  const squareBend = rationalOfDouble(BEND * BEND)
  const beyond = multiply(squareBend, add(rational(BigInt(outerRows)), tilt))
  const rest = subtract(rationalOfDouble(weight), beyond)
  if (signOf(rest) <= 0) return stepFrom(local, point, weight)
  const isExact =
    rationalToDouble(plain.residual) <=
    NOISE * toDouble(inner.square.mantissa, inner.square.exponent)
  const scale = isExact ? 0 : squareRootToDouble(divide(plain.residual, rest))
  const slope = rationalOfDouble(BEND * scale)
  const coefficients = plain.coefficients.map((each, i) => {
    const more = tilted?.coefficients[i]
    return rationalToDouble(more ? add(each, multiply(slope, more)) : each)
  })
  return placeOf(scale, coefficients)
}

/**
 * As by weights in turn: the scale that these residuals have, and the step of a fit in which each row beyond has the weight that their mean
 * distance gives them.
 */
function stepFrom(local: Local, point: Place, weight: number): Place | undefined {
  const { inner, outerGram, signed, outerRows } = local
  const { scale } = point
  const { square, slopes } = residualsAt(local, point)
  const distance = rationalToDouble(distanceBeyond(local, point)) / Math.max(outerRows, 1)
  const share = distance > 0 ? Math.min(1, (BEND * scale) / distance) : 1
  const whole = inner.gram.map((each, k) =>
    addDyadic(each, multiplyDyadic(dyadicOf(share), outerGram[k] ?? ZERO)),
  )
  const right = slopes.map((each, i) =>
    dyadicOf(rationalToDouble(add(each, times(BEND * scale, signed[i])))),
  )
  // Larger than what can be explained of it, since only the step is wanted.
  const step = solved({ gram: whole, right, square: bounding(whole, right) })
  if (!step) return undefined
  const bent = BEND * scale
  return placeOf(
    Math.sqrt((rationalToDouble(square) + bent * bent * outerRows) / weight),
    step.coefficients.map((each, i) => (point.coefficients[i] ?? 0) + rationalToDouble(each)),
  )
}

/** So large a square that any right side may belong to it; what is solved does not depend on it. */
function bounding(gram: readonly Dyadic[], right: readonly Dyadic[]): Dyadic {
  const exponents = [...gram, ...right].map(({ mantissa, exponent }) =>
    mantissa === 0n ? 0 : Math.abs(exponent) + mantissa.toString(2).length,
  )
  return { mantissa: 1n, exponent: 8 * Math.max(...exponents) }
}

/** Gram matrix of all rows. */
export const wholeGram = ({ inner, outerGram }: Local): Dyadic[] =>
  inner.gram.map((each, k) => addDyadic(each, outerGram[k] ?? ZERO))

/** Of the rows that count in full: Σ r² at a place, and Aᵀr. */
export function residualsAt(
  { inner: { gram, right, square } }: Local,
  { coefficients }: Place,
): { readonly square: Rational; readonly slopes: readonly Rational[] } {
  const p = coefficients.length
  const x = Array.from(coefficients, rationalOfDouble)
  const slopes = right.map((each, i) =>
    x.reduce((rest, c, j) => {
      const [row, column] = i <= j ? [i, j] : [j, i]
      const entry = element(gram, diagonalIndex(p, row) + column - row)
      return subtract(rest, multiply(c, rationalOf(entry)))
    }, rationalOf(each)),
  )
  // Σ r² = bᵀb - xᵀ(Aᵀb) - xᵀ(Aᵀr).
  const left = x.reduce(
    (rest, c, i) => subtract(rest, multiply(c, add(rationalOf(element(right, i)), slopes[i] ?? c))),
    rationalOf(square),
  )
  return { square: left, slopes }
}

function objective(local: Local, place: Place, weight: number): number {
  const { scale } = place
  const inner = divide(residualsAt(local, place).square, rationalOfDouble(2 * scale))
  const outer = distanceBeyond(local, place)
  const level = (scale * (weight - BEND * BEND * local.outerRows)) / 2
  return rationalToDouble(
    add(add(inner, multiply(rationalOfDouble(BEND), outer)), rationalOfDouble(level)),
  )
}

/** Σ |r| of the rows beyond, if they lie on the same side at this place. */
const distanceBeyond = ({ signed, signedResponse }: Local, { coefficients }: Place): Rational =>
  signed.reduce(
    (rest, each, i) => subtract(rest, times(coefficients[i] ?? 0, each)),
    rationalOf(signedResponse),
  )

function solved(equations: NormalEquations) {
  try {
    return solveNormalEquations(equations)
  } catch (error) {
    if (error instanceof MathError) return undefined
    throw error
  }
}

function placeOf(scale: number, coefficients: readonly number[]): Place | undefined {
  const isKnown = Number.isFinite(scale) && coefficients.every(Number.isFinite)
  return isKnown ? { scale, coefficients: Float64Array.from(coefficients) } : undefined
}

const between = (a: Place, b: Place): Place => ({
  scale: (a.scale + b.scale) / 2,
  coefficients: a.coefficients.map((each, i) => (each + (b.coefficients[i] ?? 0)) / 2),
})

const isClose = (a: Place, b: Place): boolean =>
  isNear(a.scale, b.scale) && a.coefficients.every((x, i) => isNear(x, b.coefficients[i] ?? 0))
const isNear = (x: number, y: number): boolean => Math.abs(x - y) <= CLOSE * Math.abs(y)

const times = (factor: number, each: Dyadic | undefined): Rational =>
  multiply(rationalOfDouble(factor), rationalOf(each ?? ZERO))
