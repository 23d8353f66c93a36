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

/** What stands for a pivot of zero: the factors stay finite (Parlett, The Symmetric Eigenvalue Problem, section 3.3). */
const TINY = 1e-300

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
  return { value: high, last: lastEntry(t, low, norm) }
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
 * Solves (T - xI) s = e₁ for x just below the least eigenvalue, which is one step of inverse iteration,
 * and gives |last entry| / |s|. The matrix is positive definite, so no rows need to change places.
 */
function lastEntry({ diagonal, off }: Tridiagonal, x: number, norm: number): number {
  const order = diagonal.length
  const pivots = new Float64Array(order)
  const right = new Float64Array(order)
  for (let k = 0; k < order; k++) {
    const factor = k === 0 ? 0 : (off[k - 1] ?? 0) / (pivots[k - 1] ?? 1)
    const pivot = (diagonal[k] ?? 0) - x - factor * (k === 0 ? 0 : (off[k - 1] ?? 0))
    pivots[k] = Math.max(pivot, 1e-17 * norm, TINY)
    right[k] = k === 0 ? 1 : -factor * (right[k - 1] ?? 0)
  }
  let entry = 0
  let squares = 0
  let last = 0
  for (let k = order - 1; k >= 0; k--) {
    entry = ((right[k] ?? 0) - (off[k] ?? 0) * entry) / (pivots[k] ?? 1)
    if (k === order - 1) last = entry
    squares += entry * entry
  }
  return Math.abs(last) / Math.sqrt(squares)
}
