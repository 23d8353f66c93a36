/** A symmetric matrix without negative eigenvalues as L Lᵀ, L with as many columns as its rank. In doubles, in a fixed order. */
export interface Factor {
  readonly size: number
  readonly rank: number
  /** Rows and columns in the order in which they were taken. */
  readonly order: readonly number[]
  /** Row by row, `size` rows of `rank` numbers; rows in that order. */
  readonly lower: readonly Float64Array[]
}

/** A rest so small beside the largest pivot is rounding. */
const DEPENDENT = 1e-10

/**
 * Cholesky's factorization with the largest pivot first (Higham, Analysis of the Cholesky decomposition of a semi-definite matrix, 1990).
 * @param matrix row by row, all of it; columns should be of like size
 */
export function factorOf(matrix: ArrayLike<number>, size: number): Factor {
  const rest = Float64Array.from(matrix)
  const order = Array.from({ length: size }, (_, i) => i)
  const lower = order.map(() => new Float64Array(size))
  const at = (i: number, j: number): number => rest[i * size + j] ?? 0
  let largest = 0
  let rank = 0
  for (; rank < size; rank++) {
    let best = rank
    for (let k = rank + 1; k < size; k++)
      if (diagonal(at, order, k) > diagonal(at, order, best)) best = k
    const pivot = diagonal(at, order, best)
    if (rank === 0) largest = pivot
    if (!(pivot > DEPENDENT * largest)) break
    swap(order, rank, best)
    swap(lower, rank, best)
    const root = Math.sqrt(pivot)
    const head = order[rank] ?? 0
    for (let k = rank; k < size; k++) {
      const row = lower[k]
      if (row) row[rank] = at(order[k] ?? 0, head) / root
    }
    for (let k = rank + 1; k < size; k++)
      for (let l = rank + 1; l < size; l++) {
        const [i, j] = [order[k] ?? 0, order[l] ?? 0]
        rest[i * size + j] = at(i, j) - (lower[k]?.[rank] ?? 0) * (lower[l]?.[rank] ?? 0)
      }
  }
  return { size, rank, order, lower }
}

const diagonal = (
  at: (i: number, j: number) => number,
  order: readonly number[],
  k: number,
): number => at(order[k] ?? 0, order[k] ?? 0)

function swap<T>(list: T[], a: number, b: number): void {
  const [one, other] = [list[a], list[b]]
  if (one === undefined || other === undefined) return
  list[a] = other
  list[b] = one
}

/** The z with L z = v, for a v that the columns of L span: what is beyond its first `rank` numbers is not looked at. */
export function forward({ rank, order, lower }: Factor, v: ArrayLike<number>): Float64Array {
  const z = new Float64Array(rank)
  for (let k = 0; k < rank; k++) {
    let sum = v[order[k] ?? 0] ?? 0
    for (let j = 0; j < k; j++) sum -= (lower[k]?.[j] ?? 0) * (z[j] ?? 0)
    z[k] = sum / (lower[k]?.[k] ?? 1)
  }
  return z
}

/** The x with L Lᵀ x = v; undefined where the matrix has not full rank. */
export function solve(factor: Factor, v: ArrayLike<number>): Float64Array | undefined {
  const { size, rank, order, lower } = factor
  if (rank < size) return undefined
  const z = forward(factor, v)
  const x = new Float64Array(size)
  for (let k = size - 1; k >= 0; k--) {
    let sum = z[k] ?? 0
    for (let j = k + 1; j < size; j++) sum -= (lower[j]?.[k] ?? 0) * (x[order[j] ?? 0] ?? 0)
    x[order[k] ?? 0] = sum / (lower[k]?.[k] ?? 1)
  }
  return x
}

/** Lᵀ C L, row by row. @param matrix symmetric, row by row */
export function within(
  { size, rank, order, lower }: Factor,
  matrix: ArrayLike<number>,
): Float64Array {
  const half = new Float64Array(size * rank)
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) {
      const c = matrix[i * size + (order[k] ?? 0)] ?? 0
      if (c === 0) continue
      for (let j = 0; j < rank; j++)
        half[i * rank + j] = (half[i * rank + j] ?? 0) + c * (lower[k]?.[j] ?? 0)
    }
  const whole = new Float64Array(rank * rank)
  for (let k = 0; k < size; k++)
    for (let i = 0; i < rank; i++) {
      const l = lower[k]?.[i] ?? 0
      if (l === 0) continue
      for (let j = 0; j < rank; j++) {
        const from = (order[k] ?? 0) * rank + j
        whole[i * rank + j] = (whole[i * rank + j] ?? 0) + l * (half[from] ?? 0)
      }
    }
  return whole
}

/** Σ x². */
export const squared = (x: Float64Array): number => x.reduce((sum, each) => sum + each * each, 0)
