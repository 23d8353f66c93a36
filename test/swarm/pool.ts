import { type ChildProcess, fork } from 'node:child_process'
import type { SeedOutcome } from './run.ts'
import type { Task } from './worker.ts'

/** Old generations of a large fleet outgrow the default; a worker is a process, so its memory goes with it. */
const MEMORY = '--max-old-space-size=3000'

/**
 * Runs tasks in several processes, and tells each outcome as it comes.
 * @param ended is told in the order of ending; false from it begins nothing more
 * @throws Error when a process dies, with the seed that it was at
 */
export async function runInProcesses(
  tasks: Iterable<Task>,
  processes: number,
  ended: (outcome: SeedOutcome) => boolean,
): Promise<void> {
  const waiting = tasks[Symbol.iterator]()
  let goesOn = true
  const next = (): Task | undefined => {
    const { value, done } = waiting.next()
    return done || !goesOn ? undefined : value
  }
  await Promise.all(
    Array.from({ length: processes }, async () => {
      const first = next()
      if (first === undefined) return
      const worker = fork(new URL('worker.ts', import.meta.url), { execArgv: [MEMORY] })
      try {
        for (let task: Task | undefined = first; task !== undefined; task = next())
          if (!ended(await run(worker, task))) goesOn = false
      } finally {
        worker.disconnect()
      }
    }),
  )
}

function run(worker: ChildProcess, task: Task): Promise<SeedOutcome> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void =>
      reject(new Error(`the process at ${task.method} seed ${task.seed} ended with ${code}`))
    worker.once('exit', died)
    worker.once('message', (outcome) => {
      worker.off('exit', died)
      resolve(outcome as SeedOutcome) // what worker.ts sends
    })
    worker.send(task)
  })
}
