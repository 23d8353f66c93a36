import t from 'tap'
import { builtMethods } from '../methods.ts'
import { runSeed } from './run.ts'

/** Seeds of the slice: those after the ones of `npm run swarm`, so that both together see more. */
const FROM = 100_001
const SEEDS = 100
/** A slow machine runs fewer seeds rather than break the build; it must run some. */
const MOST_MILLISECONDS = 90_000
const LEAST_SEEDS = 20

const methods = builtMethods()
t.setTimeout(2 * methods.length * MOST_MILLISECONDS)

for (const method of methods)
  t.test(`a hundred seeds of the fault mix end with one exact answer by ${method}`, (t) => {
    const started = performance.now()
    let seeds = 0
    while (
      seeds < SEEDS &&
      (seeds < LEAST_SEEDS || performance.now() - started < MOST_MILLISECONDS)
    ) {
      const { seed, verdict, complaint } = runSeed(FROM + seeds, { method })
      if (verdict !== 'agreed') t.fail(`seed ${seed}: ${verdict}`, { complaint })
      seeds++
    }
    t.ok(seeds >= LEAST_SEEDS, `${seeds} seeds`)
    t.end()
  })

t.test('a seed runs the same way twice', (t) => {
  for (const method of methods)
    for (const seed of [1, 7, 13])
      t.strictSame(runSeed(seed, { method }), runSeed(seed, { method }), method)
  t.end()
})
