import {
  addDyadic,
  alignedTo,
  bitLength,
  type Dyadic,
  dyadicOf,
  multiplyDyadic,
  roundDyadic,
  ZERO,
} from './dyadic.ts'
import { MathError } from './mathError.ts'

/** A matrix of exact numbers, row by row. */
export type Matrix = readonly (readonly Dyadic[])[]

const ONE = dyadicOf(1)

export const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? ONE : ZERO)))

/** @param figures row by row, rows of `columns` numbers. @throws MathError `NONFINITE` */
export const matrixOf = (figures: ArrayLike<number>, columns: number): Matrix =>
  Array.from({ length: figures.length / columns }, (_, i) =>
    Array.from({ length: columns }, (_, j) => dyadicOf(figures[i * columns + j] ?? 0)),
  )

/** A symmetric matrix of n rows from its upper triangle, row by row. */
export function symmetricOf(triangle: readonly Dyadic[], n: number): Matrix {
  const at = (i: number, j: number): Dyadic => triangle[i * n - (i * (i - 1)) / 2 + (j - i)] ?? ZERO
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => at(Math.min(i, j), Math.max(i, j))),
  )
}

/** The upper triangle, row by row. */
export const triangleOf = (a: Matrix): Dyadic[] => a.flatMap((row, i) => row.slice(i))

export const transposed = (a: Matrix): Matrix =>
  (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? ZERO))

export const addMatrices = (a: Matrix, b: Matrix): Matrix =>
  a.map((row, i) => row.map((each, j) => addDyadic(each, b[i]?.[j] ?? ZERO)))

/** Exact product. */
export function multiplyMatrices(a: Matrix, b: Matrix): Matrix {
  const columns = transposed(b)
  return a.map((row) => columns.map((column) => dot(row, column)))
}

const dot = (a: readonly Dyadic[], b: readonly Dyadic[]): Dyadic =>
  a.reduce((sum, each, k) => addDyadic(sum, multiplyDyadic(each, b[k] ?? ZERO)), ZERO)

/** Each element with so many significant bits, ties to even. */
export const roundMatrix = (a: Matrix, bits: number): Matrix =>
  a.map((row) => row.map((each) => roundDyadic(each, bits)))

/**
 * Whether no vector x has xᵀ A x < 0: elimination without divisions (Bareiss, Math. Comp. 22, 1968), in which a pivot
 * of 0 must have nothing beside it.
 * @param a symmetric
 */
export function isSemidefinite(a: Matrix): boolean {
  const { entries } = integers(a)
  let previous = 1n
  for (let k = 0; k < entries.length; k++) {
    const row = rowAt(entries, k)
    const pivot = row[k] ?? 0n
    if (pivot < 0n) return false
    if (pivot === 0n) {
      if (row.slice(k).some((each) => each !== 0n)) return false
      continue
    }
    eliminate(entries, k, pivot, previous)
    previous = pivot
  }
  return true
}

/** Rows below k lose their column k; each division comes out even. */
function eliminate(entries: bigint[][], k: number, pivot: bigint, previous: bigint): void {
  const row = rowAt(entries, k)
  for (let i = k + 1; i < entries.length; i++) {
    const below = rowAt(entries, i)
    const factor = below[k] ?? 0n
    for (let j = k; j < below.length; j++)
      below[j] = (pivot * (below[j] ?? 0n) - factor * (row[j] ?? 0n)) / previous
  }
}

/**
 * Solves A X = B without rounding but once, each element of X to so many bits (half a unit, and a trifle).
 * Fraction-free elimination with the first pivot that is not 0; about n³ products of n times the bits of an element.
 * @throws MathError `RANK` when A is singular
 */
export function solveMatrix(a: Matrix, b: Matrix, bits: number): Matrix {
  const n = a.length
  const { entries, exponent } = integers(a)
  const right = integers(b)
  const rows = entries.map((row, i) => [...row, ...rowAt(right.entries, i)])
  let previous = 1n
  for (let k = 0; k < n; k++) {
    const at = rows.findIndex((row, i) => i >= k && row[k] !== 0n)
    if (at < 0) throw new MathError('RANK', `column ${k} depends on those before it`, k)
    const [swapped, own] = [rowAt(rows, at), rowAt(rows, k)]
    rows[k] = swapped
    if (at !== k) rows[at] = own
    const pivot = swapped[k] ?? 0n
    eliminate(rows, k, pivot, previous)
    previous = pivot
  }
  // The last pivot is the determinant, up to its sign; each unknown is a whole number over it.
  const unknowns: bigint[][] = Array.from({ length: n }, () => [])
  const columns = (b[0] ?? []).map((_, j) => n + j)
  for (const [j, column] of columns.entries())
    for (let i = n - 1; i >= 0; i--) {
      const row = rowAt(rows, i)
      let sum = previous * (row[column] ?? 0n)
      for (let m = i + 1; m < n; m++) sum -= (row[m] ?? 0n) * (rowAt(unknowns, m)[j] ?? 0n)
      rowAt(unknowns, i)[j] = sum / (row[i] ?? 1n)
    }
  return unknowns.map((row) =>
    row.map((each) => quotient(each, previous, right.exponent - exponent, bits)),
  )
}

/** `numerator / denominator * 2 ** exponent` to so many bits: cut off a few bits further on, then rounded. */
function quotient(numerator: bigint, denominator: bigint, exponent: number, bits: number): Dyadic {
  if (numerator === 0n) return ZERO
  const spare = 64
  const shift = Math.max(0, bits + spare + bitLength(denominator) - bitLength(numerator))
  return roundDyadic(
    { mantissa: (numerator << BigInt(shift)) / denominator, exponent: exponent - shift },
    bits,
  )
}

/** The matrix as whole numbers times one power of two. */
function integers(a: Matrix): { entries: bigint[][]; exponent: number } {
  const exponents = a.flat().flatMap((each) => (each.mantissa === 0n ? [] : [each.exponent]))
  const exponent = exponents.length > 0 ? Math.min(...exponents) : 0
  const whole = (each: Dyadic): bigint => (each.mantissa === 0n ? 0n : alignedTo(exponent, each))
  return { entries: a.map((row) => row.map(whole)), exponent }
}

/** A row whose index is in range by construction. */
const rowAt = (rows: bigint[][], i: number): bigint[] => rows[i] as bigint[]
