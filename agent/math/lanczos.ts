import type { RandomStream } from './random.ts'
import { leastPair, negated, type Tridiagonal } from './tridiagonal.ts'

/** A symmetric matrix that is known by what it makes of a vector. */
export interface SymmetricOperator {
  readonly order: number
  /** Writes A x to `out`. */
  apply(x: Float64Array, out: Float64Array): void
  /** At least the largest eigenvalue in size. */
  readonly norm: number
  /** An eigenvector, of length 1, that is left out. */
  readonly known: Float64Array
}

/** Ends of a spectrum; to each there is an eigenvalue within `error`. */
export interface Ends {
  readonly least: number
  readonly greatest: number
  readonly error: number
}

interface End {
  readonly value: number
  readonly error: number
}

/** Residual, as a part of the norm, at which an end is taken: its own error is the square of that over the gap to the next. */
const RESIDUAL = 2e-12

/**
 * The least and the greatest eigenvalue on the vectors orthogonal to the known one, by the Lanczos
 * process without reorthogonalisation. Rounding makes further copies of eigenvalues that were found
 * and nothing else, so the ends may be trusted (Paige, Linear Algebra Appl. 34, 1980; Parlett, The
 * Symmetric Eigenvalue Problem, chapter 13); the known vector, which rounding brings back, is
 * taken out in each step. The start is random, so that it has a part of every eigenvector.
 * @param most steps after which the ends are given as they are. An end at the distance g of
 * the next eigenvalue, as a part of the norm, takes some 5/√g steps, each with one product with A.
 * @returns zeros where the order is 1: nothing is orthogonal to the known vector
 */
export function spectrumEnds(
  operator: SymmetricOperator,
  random: RandomStream,
  most = 50 * operator.order + 100,
): Ends {
  const { order, norm, known } = operator
  if (order < 2) return { least: 0, greatest: 0, error: 0 }
  let now = Float64Array.from({ length: order }, () => random.fraction() - 0.5)
  let before = new Float64Array(order)
  let next = new Float64Array(order)
  scale(now, 1 / outside(now, known))
  const t = { diagonal: [] as number[], off: [] as number[] }
  let least: End | undefined
  let greatest: End | undefined
  for (let step = 1, check = 8; ; step++) {
    operator.apply(now, next)
    const alpha = dot(next, now)
    const beta = t.off.at(-1) ?? 0
    for (let i = 0; i < order; i++)
      next[i] = (next[i] ?? 0) - alpha * (now[i] ?? 0) - beta * (before[i] ?? 0)
    const length = outside(next, known)
    t.diagonal.push(alpha)
    const isOver = length <= RESIDUAL * norm || step >= most
    if (isOver || step >= check) {
      const most = isOver ? Number.POSITIVE_INFINITY : RESIDUAL * norm
      least ??= endOf(t, norm, length, most)
      greatest ??= endOf(negated(t), norm, length, most)
      if (least && greatest) {
        const error = Math.max(least.error, greatest.error)
        return { least: least.value, greatest: -greatest.value, error }
      }
      check = Math.ceil(1.25 * step)
    }
    t.off.push(length)
    scale(next, 1 / length)
    ;[before, now, next] = [now, next, before]
  }
}

/**
 * The least eigenvalue of the tridiagonal matrix, where the residual of its vector is small enough: that is the
 * last entry times the length of what the last step left (Parlett, section 13.2).
 */
function endOf(t: Tridiagonal, norm: number, length: number, most: number): End | undefined {
  const { value, last } = leastPair(t, norm)
  const error = last * length
  // Whatever the error is, the last step ends.
  return error > most ? undefined : { value, error }
}

/** Takes the part along the unit vector `known` out of x. @returns the length of what remains */
function outside(x: Float64Array, known: Float64Array): number {
  const along = dot(x, known)
  for (let i = 0; i < x.length; i++) x[i] = (x[i] ?? 0) - along * (known[i] ?? 0)
  return Math.sqrt(dot(x, x))
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] ?? 0) * (y[i] ?? 0)
  return sum
}

function scale(x: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] ?? 0) * factor
}
