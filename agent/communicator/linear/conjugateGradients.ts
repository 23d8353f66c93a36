import type { Operator } from './matrix.ts'
import { products, type Scalars, type Solution } from './solution.ts'
import { plus } from './vectors.ts'

export interface ConjugateGradientsOptions {
  /** Ends when the residual's norm is at most this part of the right side's. Default 1e-10. */
  readonly tolerance?: number
  /** Default 1000. */
  readonly iterations?: number
  /** Where to begin. Default 0. */
  readonly start?: Float64Array
  /** Applies a symmetric positive definite approximation of the inverse, on this rank's part alone. */
  readonly precondition?: (residual: Float64Array) => Float64Array
  /** Told of each residual's norm, the first one too. */
  readonly watch?: (residual: number, iteration: number) => void
}

/**
 * Conjugate gradients for a symmetric positive definite operator: Hestenes & Stiefel, J. Res. NBS 49
 * (1952) 409; with a preconditioner as Saad, Iterative Methods for Sparse Linear Systems (2003),
 * algorithm 9.1. Every iteration is one product and two calls.
 *
 * All branches depend on scalars that are the same bits on every rank, so all ranks leave the loop
 * together; and since these are exact sums, rounded once, the iterates do not depend on how many ranks
 * there are, provided the operator's do not.
 * @param b this rank's part of the right side
 * @returns not converged also where the operator proves not to be positive definite
 */
export async function conjugateGradients(
  comm: Scalars,
  apply: Operator,
  b: Float64Array,
  options: ConjugateGradientsOptions = {},
): Promise<Solution> {
  const { tolerance = 1e-10, iterations = 1000, start, precondition, watch } = options
  let x: Float64Array = start?.slice() ?? new Float64Array(b.length)
  let r = start ? plus(b, -1, await apply(x)) : b.slice()
  let z = precondition?.(r) ?? r
  const [bb = 0] = await products(comm, [b], b)
  let [rr = 0, rz = 0] = await products(comm, [r, z], r)
  const goal = tolerance * Math.sqrt(bb)
  let p = z
  for (let k = 0; ; k++) {
    const residual = Math.sqrt(rr)
    watch?.(residual, k)
    const converged = residual <= goal
    if (converged || k === iterations) return { x, residual, iterations: k, converged }
    const q = await apply(p)
    const [pq = 0] = await products(comm, [p], q)
    if (!(pq > 0)) return { x, residual, iterations: k, converged }
    const alpha = rz / pq
    x = plus(x, alpha, p)
    r = plus(r, -alpha, q)
    z = precondition?.(r) ?? r
    const before = rz
    ;[rr = 0, rz = 0] = await products(comm, [r, z], r)
    p = plus(z, rz / before, p)
  }
}
