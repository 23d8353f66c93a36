import t from 'tap'
import type { MethodName } from '../methods.ts'
import { runSeed } from './run.ts'

/** Seeds of the slice: those after the ones of `npm run swarm`, so that both together see more. */
const FROM = 100_001
const SEEDS = 100
/** Ratio takes rounds that grow with the fleet, and the seeds are many: large fleets are for `npm run swarm`. */
const MOST_DEVICES: Partial<Record<MethodName, number>> = { ratio: 32 }
/** A slow machine runs fewer seeds rather than break the build; it must run some. */
const MOST_MILLISECONDS = 25_000
const LEAST_SEEDS = 20

/** The share of a method in what every change runs; a file each, so that two run side by side. */
export function slice(method: MethodName): void {
  t.setTimeout(12 * MOST_MILLISECONDS)
  t.test(`a hundred seeds of the fault mix end with one exact answer by ${method}`, (t) => {
    const started = performance.now()
    let seeds = 0
    while (
      seeds < SEEDS &&
      (seeds < LEAST_SEEDS || performance.now() - started < MOST_MILLISECONDS)
    ) {
      const { seed, verdict, complaint } = runSeed(FROM + seeds, {
        method,
        most: MOST_DEVICES[method],
      })
      if (verdict !== 'agreed') t.fail(`seed ${seed}: ${verdict}`, { complaint })
      seeds++
    }
    t.ok(seeds >= LEAST_SEEDS, `${seeds} seeds`)
    t.end()
  })

  t.test('a seed runs the same way twice', (t) => {
    for (const seed of [1, 7, 13])
      t.strictSame(runSeed(seed, { method }), runSeed(seed, { method }), `seed ${seed}`)
    t.end()
  })
}
