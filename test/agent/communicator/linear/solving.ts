import type { Test } from 'tap'
import type { Communicator } from '../../../../agent/communicator/communicator.ts'
import { blocks, rangeOf } from '../../../../agent/communicator/linear/layout.ts'
import { type Operator, ownRows, rowProduct } from '../../../../agent/communicator/linear/matrix.ts'
import type { Solution } from '../../../../agent/communicator/linear/solution.ts'
import { localCluster } from '../../../../agent/communicator/localCluster.ts'
import type { laplacian } from '../../../../devices/demo/poisson/problems.ts'
import { norm } from './oracle.ts'

/** 1,024 unknowns over 16 ranks; one message in ten does not reach a receiver. */
export const SIDE = 32
export const RANKS = 16
const N = SIDE * SIDE
export const LOSSY = { loss: 0.1, seed: 1 } as const
/** f = 1 on the unit square, times h². */
export const LOAD = new Array<number>(N).fill(1 / (SIDE + 1) ** 2)

export type Solver = (comm: Communicator, apply: Operator, b: Float64Array) => Promise<Solution>

/** Solves on ranks, each with its block of rows and of b; puts the blocks together. */
export async function solve(
  ranks: number,
  entries: typeof laplacian,
  b: readonly number[],
  solver: Solver,
  options: { loss: number; seed: number } = LOSSY,
) {
  const layout = blocks(b.length, ranks)
  const solutions = await localCluster(ranks, options).run(async (comm) => {
    const rows = ownRows(layout, comm.rank, entries(Math.sqrt(b.length)))
    const apply = await rowProduct(comm, layout, rows)
    const own = Float64Array.from(b.slice(...rangeOf(layout, comm.rank)))
    return solver(comm, apply, own)
  })
  return { x: solutions.flatMap(({ x }) => [...x]), solutions }
}

/** Whether all ranks left the loop at the same place with the same scalars. */
export function together(t: Test, solutions: readonly Solution[]): Solution {
  const [first] = solutions.map(({ residual, iterations, converged }) => ({
    residual,
    iterations,
    converged,
  }))
  for (const { x, ...scalars } of solutions) t.strictSame(scalars, first, `with ${x.length} places`)
  return { x: new Float64Array(0), residual: Number.NaN, iterations: 0, converged: false, ...first }
}

export const residualOf = (apply: (x: number[]) => number[], x: number[], b: readonly number[]) =>
  norm(apply(x).map((v, i) => v - (b[i] as number)))
export const distance = (x: readonly number[], y: readonly number[]) =>
  Math.max(...x.map((v, i) => Math.abs(v - (y[i] as number))))
