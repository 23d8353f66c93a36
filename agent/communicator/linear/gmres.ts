import type { Operator } from './matrix.ts'
import { norm, products, type Scalars, type Solution } from './solution.ts'
import { combination, plus, scaled } from './vectors.ts'

export interface GmresOptions {
  /** Ends when the residual's norm is at most this part of the right side's. Default 1e-10. */
  readonly tolerance?: number
  /** Products with the operator in all. Default 1000. */
  readonly iterations?: number
  /** Vectors after which it starts anew. Default 30. */
  readonly restart?: number
  readonly start?: Float64Array
  /** Applies an approximation of the inverse, from the right, on this rank's part alone. */
  readonly precondition?: (vector: Float64Array) => Float64Array
  readonly watch?: (residual: number, iteration: number) => void
}

/**
 * Restarted GMRES for any regular operator: Saad & Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856; Saad,
 * Iterative Methods for Sparse Linear Systems (2003), algorithms 6.11 and 9.5. Vectors are made
 * orthogonal by classical Gram-Schmidt done twice, which is as good as needed (Giraud, Langou & Rozložník,
 * Comput. Math. Appl. 50 (2005) 1069) and takes two calls however many vectors there are. So an
 * iteration is one product and two calls, and all ranks leave the loop together (conjugateGradients.ts).
 *
 * Without a preconditioner the operator is applied to vectors of norm 1 only.
 * @param b this rank's part of the right side
 */
export async function gmres(
  comm: Scalars,
  apply: Operator,
  b: Float64Array,
  options: GmresOptions = {},
): Promise<Solution> {
  const { tolerance = 1e-10, iterations = 1000, start, watch } = options
  let x: Float64Array = start?.slice() ?? new Float64Array(b.length)
  let r = start ? await remainder(comm, apply, b, x) : b.slice()
  const goal = tolerance * (await norm(comm, b))
  let residual = await norm(comm, r)
  watch?.(residual, 0)
  for (let done = 0; ; ) {
    if (residual <= goal || done >= iterations || !Number.isFinite(residual)) {
      return { x, residual, iterations: done, converged: residual <= goal }
    }
    const cycle = await arnoldi(comm, apply, r, residual, goal, { ...options, done })
    if (cycle.steps === 0) return { x, residual, iterations: done, converged: false }
    done += cycle.steps
    x = plus(x, 1, cycle.correction)
    r = await remainder(comm, apply, b, x)
    const before = residual
    residual = await norm(comm, r)
    // A cycle that gains nothing is the end of what doubles can do, or the operator is singular.
    if (residual >= before) return { x, residual, iterations: done, converged: residual <= goal }
  }
}

/** `b - A x`, by a vector of norm 1. */
async function remainder(
  comm: Scalars,
  apply: Operator,
  b: Float64Array,
  x: Float64Array,
): Promise<Float64Array> {
  const size = await norm(comm, x)
  return size > 0 ? plus(b, -size, await apply(scaled(1 / size, x))) : b.slice()
}

interface Cycle {
  readonly correction: Float64Array
  readonly steps: number
}

/** One cycle: builds the Krylov space of the residual, and minimizes over it. */
async function arnoldi(
  comm: Scalars,
  apply: Operator,
  r: Float64Array,
  beta: number,
  goal: number,
  options: GmresOptions & { readonly done: number },
): Promise<Cycle> {
  const { restart = 30, iterations = 1000, precondition, watch, done } = options
  const basis = [scaled(1 / beta, r)]
  const images: Float64Array[] = []
  const least = leastSquares(beta)
  for (let k = 0; k < restart && done + k < iterations; k++) {
    const v = basis[k] as Float64Array // the step before has added it
    const z = precondition?.(v) ?? v
    const w = await apply(z)
    const { column, rest, height } = await orthogonalized(comm, basis, w)
    const size = Math.sqrt(column.reduce((sum, h) => sum + h * h, height * height))
    // Nothing new: the space holds the solution, or the operator maps into what it already spans.
    const isSpent = height <= size * Number.EPSILON
    if (!least.add([...column, isSpent ? 0 : height])) break
    images.push(z)
    watch?.(least.residual, done + k + 1)
    if (isSpent || least.residual <= goal) break
    basis.push(scaled(1 / height, rest))
  }
  const zero = new Float64Array(r.length)
  return { correction: combination(zero, images, least.solve()), steps: images.length }
}

/** Takes from a vector what lies in the basis, twice. */
async function orthogonalized(
  comm: Scalars,
  basis: readonly Float64Array[],
  w: Float64Array,
): Promise<{ column: Float64Array; rest: Float64Array; height: number }> {
  const first = await products(comm, basis, w)
  const once = combination(w, basis, scaled(-1, first))
  const both = await products(comm, [...basis, once], once)
  const second = both.subarray(0, basis.length)
  const rest = combination(once, basis, scaled(-1, second))
  const square = both[basis.length] ?? 0
  const taken = second.reduce((sum, h) => sum + h * h, 0)
  // By Pythagoras, unless what was taken is so much of it that the difference would be rounding error.
  const height = taken < square / 2 ? Math.sqrt(square - taken) : await norm(comm, rest)
  return { column: plus(first, 1, second), rest, height }
}

/**
 * min |beta e1 - H y| for a Hessenberg matrix that grows by columns, by Givens rotations (Saad 2003,
 * section 6.5.3). Every rank does the same small arithmetic on the same numbers.
 */
function leastSquares(beta: number) {
  const columns: number[][] = []
  const rotations: { c: number; s: number }[] = []
  const g = [beta]
  return {
    /** Norm of the residual with the columns so far. */
    get residual(): number {
      return Math.abs(g[columns.length] ?? 0)
    },
    /** @returns false, and leaves the column out, where it adds nothing to the rank */
    add(column: number[]): boolean {
      const h = column
      rotations.forEach(({ c, s }, i) => {
        const [above, below] = [h[i] ?? 0, h[i + 1] ?? 0]
        h[i] = c * above + s * below
        h[i + 1] = c * below - s * above
      })
      const k = columns.length
      const [above, below] = [h[k] ?? 0, h[k + 1] ?? 0]
      const length = Math.sqrt(above * above + below * below)
      if (!(length > 0)) return false
      const rotation = { c: above / length, s: below / length }
      rotations.push(rotation)
      h[k] = length
      columns.push(h.slice(0, k + 1))
      const last = g[k] ?? 0
      g[k] = rotation.c * last
      g[k + 1] = -rotation.s * last
      return true
    },
    solve(): Float64Array {
      const y = new Float64Array(columns.length)
      for (let i = columns.length - 1; i >= 0; i--) {
        let sum = g[i] ?? 0
        for (let j = i + 1; j < columns.length; j++) sum -= (columns[j]?.[i] ?? 0) * (y[j] ?? 0)
        y[i] = sum / (columns[i]?.[i] ?? Number.NaN)
      }
      return y
    },
  }
}
