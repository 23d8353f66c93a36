import type { Communicator } from '../communicator.ts'

/** How a solver ended, the same on every rank but for `x`, which is this rank's part. */
export interface Solution {
  readonly x: Float64Array
  /** Norm of the residual, as the method carries it along. */
  readonly residual: number
  readonly iterations: number
  readonly converged: boolean
}

/** What a solver needs of a communicator: scalars that are equal, bit for bit, on all ranks. */
export type Scalars = Pick<Communicator, 'dots' | 'norm2'>

/**
 * The scalar products of several distributed vectors with one. One call, and every rank is required: a
 * solver cannot go on without a part of its vectors.
 */
export const products = (
  comm: Scalars,
  vectors: readonly Float64Array[],
  y: Float64Array,
): PromiseLike<Float64Array> => comm.dots(vectors, y, { required: 'all' })

/** The norm of a distributed vector. One call, and every rank is required. */
export const norm = (comm: Scalars, x: Float64Array): PromiseLike<number> =>
  comm.norm2(x, { required: 'all' })
