import { gmres } from './gmres.ts'
import type { Operator } from './matrix.ts'
import { norm, type Scalars, type Solution } from './solution.ts'
import { plus, scaled } from './vectors.ts'

export interface NewtonKrylovOptions {
  /** Ends when the norm of F is at most this part of its first one. Default 1e-10. */
  readonly tolerance?: number
  /** Newton steps. Default 50. */
  readonly steps?: number
  /** Vectors of the inner GMRES, and products of one step at most. Defaults 30 and 300. */
  readonly restart?: number
  readonly iterations?: number
  /** Applies an approximation of the Jacobian's inverse, on this rank's part alone. */
  readonly precondition?: (vector: Float64Array) => Float64Array
  readonly watch?: (residual: number, step: number) => void
}

/** How much of a step's promise must be kept (Armijo), and how often it may be halved. */
const SUFFICIENT = 1e-4
const HALVINGS = 20
/** Eisenstat & Walker, SIAM J. Sci. Comput. 17 (1996) 16, choice 2: gamma, the exponent, first and largest term. */
const FORCING = { gamma: 0.9, exponent: 2, first: 0.1, most: 0.5, safeguard: 0.1 } as const

/**
 * Solves F(u) = 0 without a matrix: Newton's method, each step by GMRES on difference quotients
 * `J v = (F(u + e v) - F(u)) / e` (Knoll & Keyes, J. Comput. Phys. 193 (2004) 357, section 2), as
 * exactly as the progress deserves (Eisenstat & Walker), and halved until F shrinks.
 *
 * As in `conjugateGradients` every decision rests on scalars that are equal on all ranks.
 * @param f this rank's part of F; it may exchange what it needs (halo.ts), one product's cost
 * @param start this rank's part of the first guess
 * @returns `iterations` counts Newton steps
 */
export async function newtonKrylov(
  comm: Scalars,
  f: Operator,
  start: Float64Array,
  options: NewtonKrylovOptions = {},
): Promise<Solution> {
  const { tolerance = 1e-10, steps = 50, watch } = options
  let u: Float64Array = start.slice()
  let value = await f(u)
  let residual = await norm(comm, value)
  const goal = tolerance * residual
  let forcing: number = FORCING.first
  watch?.(residual, 0)
  for (let k = 0; ; k++) {
    const converged = residual <= goal
    if (converged || k === steps) return { x: u, residual, iterations: k, converged }
    const { restart = 30, iterations = 300, precondition } = options
    const jacobian = await differenceQuotient(comm, f, u, value, precondition === undefined)
    const inner = await gmres(comm, jacobian, scaled(-1, value), {
      tolerance: forcing,
      restart,
      iterations,
      ...(precondition && { precondition }),
    })
    const next = await lineSearch(comm, f, u, inner.x, residual, forcing)
    if (!next) return { x: u, residual, iterations: k, converged }
    const before = residual
    ;({ u, value, residual } = next)
    forcing = forcingAfter(forcing, residual / before, goal / residual)
    watch?.(residual, k + 1)
  }
}

/**
 * The Jacobian's product by a difference quotient, of a step that fits both u and v (Knoll & Keyes,
 * section 2.3).
 * @param isUnit whether it is applied to vectors of norm 1 only, so that no call has to find the norm
 */
async function differenceQuotient(
  comm: Scalars,
  f: Operator,
  u: Float64Array,
  value: Float64Array,
  isUnit: boolean,
): Promise<Operator> {
  const size = 1 + (await norm(comm, u))
  return async (v) => {
    const length = isUnit ? 1 : await norm(comm, v)
    if (!(length > 0)) return new Float64Array(v.length)
    const epsilon = (Math.sqrt(Number.EPSILON) * size) / length
    return scaled(1 / epsilon, plus(await f(plus(u, epsilon, v)), -1, value))
  }
}

interface Step {
  readonly u: Float64Array
  readonly value: Float64Array
  readonly residual: number
}

/** Halves the step until F shrinks by a fair part of what was promised; undefined where it never does. */
async function lineSearch(
  comm: Scalars,
  f: Operator,
  from: Float64Array,
  step: Float64Array,
  residual: number,
  forcing: number,
): Promise<Step | undefined> {
  let length = 1
  for (let k = 0; k < HALVINGS; k++) {
    const u = plus(from, length, step)
    const value = await f(u)
    const reached = await norm(comm, value)
    if (reached <= (1 - SUFFICIENT * length * (1 - forcing)) * residual) {
      return { u, value, residual: reached }
    }
    length /= 2
  }
  return undefined
}

/** @param ratio of the norms of F after and before the step @param left what the tolerance leaves to be gained */
function forcingAfter(before: number, ratio: number, left: number): number {
  const { gamma, exponent, most, safeguard } = FORCING
  const past = gamma * before ** exponent
  const chosen = Math.max(gamma * ratio ** exponent, past > safeguard ? past : 0)
  // No more exactly than the goal needs (Kelley, Iterative Methods, 1995, equation 6.20).
  return Math.min(most, Math.max(chosen, 0.5 * left))
}
