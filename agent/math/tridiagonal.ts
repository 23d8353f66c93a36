/** A symmetric tridiagonal matrix of order `diagonal.length`; `off[k]` joins rows k and k + 1, further ones are not read. */
export interface Tridiagonal {
  readonly diagonal: readonly number[]
  readonly off: readonly number[]
}

/** One end of a spectrum and the last entry of its unit eigenvector. */
export interface EndPair {
  readonly value: number
  readonly last: number
}

/** What stands for a pivot of zero; the square of its inverse is finite (Parlett, The Symmetric Eigenvalue Problem, section 3.3). */
const TINY = 1e-150

/**
 * The least eigenvalue by bisection on the signs of the pivots (Givens 1954; Golub & Van Loan, Matrix
 * Computations, section 8.4), to the last bits of `norm`, and its eigenvector's last entry in size.
 * @param norm at least the largest eigenvalue in size
 */
export function leastPair(t: Tridiagonal, norm: number): EndPair {
  let low = -norm
  let high = norm
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high || high - low <= 1e-16 * norm) break
    if (isBelowAll(t, middle)) low = middle
    else high = middle
  }
  return { value: high, last: lastEntry(t, low) }
}

/** The same matrix with its spectrum turned round: what is least of it is the greatest, negated. */
export const negated = ({ diagonal, off }: Tridiagonal): Tridiagonal => ({
  diagonal: diagonal.map((entry) => -entry),
  off,
})

/** Whether all eigenvalues are above x: then all pivots of T - xI are positive. */
function isBelowAll({ diagonal, off }: Tridiagonal, x: number): boolean {
  let pivot = 1
  let before = 0
  for (let k = 0; k < diagonal.length; k++) {
    pivot = (diagonal[k] ?? 0) - x - (before * before) / pivot
    if (pivot <= 0) return false
    before = off[k] ?? 0
  }
  return true
}

/**
 * |last entry| of the unit eigenvector to the least eigenvalue, by two steps of inverse iteration from e₁
 * with x just below it: the other eigenvectors are left with (distance to x / distance to them)². There
 * T - xI is positive definite, so it factors as L D Lᵀ without exchange of rows.
 */
function lastEntry({ diagonal, off }: Tridiagonal, x: number): number {
  const order = diagonal.length
  const pivots = new Float64Array(order)
  const below = new Float64Array(order)
  for (let k = 0; k < order; k++) {
    const before = k === 0 ? 0 : (off[k - 1] ?? 0)
    const above = pivots[k - 1] ?? 1
    below[k] = before / above
    // Rounded as in isBelowAll: what was positive there is so here, and no small one leads to the next.
    pivots[k] = Math.max((diagonal[k] ?? 0) - x - (before * before) / above, TINY)
  }
  const vector = new Float64Array(order)
  vector[0] = 1
  for (let step = 0; step < 2; step++) solve(vector, pivots, below)
  return Math.abs(vector.at(-1) ?? 0)
}

/** Entries may grow by 10^16 for each copy of the eigenvalue, so larger ones are made smaller: only the direction counts. */
const LARGE = 1e140

/** Replaces the vector by the solution of L D Lᵀ s = vector, at length 1. */
function solve(vector: Float64Array, pivots: Float64Array, below: Float64Array): void {
  const order = vector.length
  for (let k = 1; k < order; k++) {
    vector[k] = (vector[k] ?? 0) - (below[k] ?? 0) * (vector[k - 1] ?? 0)
    shrinkAt(vector, k)
  }
  let squares = 0
  for (let k = order - 1; k >= 0; k--) {
    const after = k + 1 < order ? (below[k + 1] ?? 0) * (vector[k + 1] ?? 0) : 0
    const entry = (vector[k] ?? 0) / (pivots[k] ?? 1) - after
    vector[k] = entry
    squares = squares * shrinkAt(vector, k) ** 2 + (vector[k] ?? 0) ** 2
  }
  const length = Math.sqrt(squares)
  for (let k = 0; k < order; k++) vector[k] = (vector[k] ?? 0) / length
}

/** Makes all entries smaller where that at k is large. @returns the factor */
function shrinkAt(vector: Float64Array, k: number): number {
  const size = Math.abs(vector[k] ?? 0)
  if (size < LARGE) return 1
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / size
  return 1 / size
}
