import type { Triplet } from 'hypernet/communicator'

/**
 * `-Δu = f` on the unit square, u = 0 on its edge, by five-point differences on `side` x `side` inner
 * points, numbered row by row: the matrix times h², h = 1 / (side + 1), so with 4 on the diagonal.
 */
export function* laplacian(side: number): Generator<Triplet> {
  for (let k = 0; k < side * side; k++) {
    const column = k % side
    yield [k, k, 4]
    if (column > 0) yield [k, k - 1, -1]
    if (column < side - 1) yield [k, k + 1, -1]
    if (k >= side) yield [k, k - side, -1]
    if (k < side * (side - 1)) yield [k, k + side, -1]
  }
}

/** `-u'' - u_yy + c u_x`, with upwind differences, times h²: a matrix that is not symmetric. */
export function* convection(side: number, c: number): Generator<Triplet> {
  const h = 1 / (side + 1)
  for (const [row, column, value] of laplacian(side)) {
    if (column === row) yield [row, column, value + c * h]
    else yield [row, column, column === row - 1 ? value - c * h : value]
  }
}

/**
 * The Bratu problem `-Δu = λ exp(u)`, times h²: F(u) = A u - h² λ exp(u), given A u.
 * It has two solutions below λ = 6.808 and none above (Doedel & Sun; Bodnar, Dávila 1996).
 */
export function bratu(side: number, lambda: number) {
  const h = 1 / (side + 1)
  return (u: Float64Array, au: Float64Array): Float64Array =>
    au.map((value, i) => value - h * h * lambda * Math.exp(u[i] ?? Number.NaN))
}
