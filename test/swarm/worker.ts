import type { Draw } from './mix.ts'
import { runSeed } from './run.ts'

/** A process of the swarm: runs the seeds that it is sent, one after the other (pool.ts). */
export interface Task extends Draw {
  readonly seed: number
}

process.on('message', ({ seed, ...draw }: Task) => {
  process.send?.(runSeed(seed, draw))
})
