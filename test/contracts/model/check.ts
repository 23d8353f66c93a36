import { parseArgs } from 'node:util'
import { addCounts, type Counts, missingIn } from './coverage.ts'
import { type Difference, replayCommand, SideBySide } from './run.ts'

/**
 * `npm run model-check [-- --scripts 5000] [--seed N] [--workers 2] [--trace]`: random scripts on the
 * reference model and on the real contracts. Progress on stderr, one JSON line on stdout; fails with the command
 * that replays the first difference. `--trace` shows each step.
 */
const { values } = parseArgs({
  options: {
    scripts: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    workers: { type: 'string', default: '2' },
    trace: { type: 'boolean', default: false },
  },
})
const scripts = Number(values.scripts)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const workers = Math.min(Number(values.workers), scripts)
const EVERY_MS = 5000

const say = (text: string) => process.stderr.write(`${text}\n`)
say(`seed ${seed}, ${scripts} scripts, ${workers} at a time`)

const counts: Counts = new Map()
const differences: Difference[] = []
let [taken, done] = [0, 0]
const from = performance.now()
const rate = () => (done / (performance.now() - from)) * 1000
const timer = setInterval(
  () => say(`${done} of ${scripts} scripts, ${rate().toFixed(1)} a second`),
  EVERY_MS,
)

/** Takes scripts until there are no more, or one differs. */
async function work(): Promise<void> {
  const both = await SideBySide.start()
  try {
    while (taken < scripts && differences.length === 0) {
      const found: Counts = new Map()
      const own = (seed + taken++) >>> 0
      const difference = await both
        .script(own, found, values.trace ? say : undefined)
        .catch((cause: unknown) => {
          throw new Error(`the script of seed ${own} broke off`, { cause })
        })
      addCounts(counts, found)
      done++
      if (difference) differences.push(difference)
    }
  } finally {
    await both.stop()
  }
}

try {
  await Promise.all(Array.from({ length: workers }, work))
} finally {
  clearInterval(timer)
}
for (const difference of differences) {
  say(`seed ${difference.seed}, step ${difference.step}:`)
  for (const each of difference.what) say(`  ${each}`)
  say(`  after ${difference.call}`)
  say(`replay: ${replayCommand(difference)}`)
}
// A few scripts do not reach everything.
const missing = scripts < 100 ? [] : missingIn(counts)
if (missing.length > 0) say(`never reached: ${missing.join(', ')}`)
const line = {
  check: 'model',
  seed,
  scripts: done,
  steps: [...counts]
    .filter(([what]) => !/^(event|ending):/.test(what))
    .reduce((sum, [, times]) => sum + times, 0),
  perSecond: Number(rate().toFixed(2)),
  differences: differences.length,
  missing,
  counts: Object.fromEntries([...counts].sort()),
}
process.stdout.write(`${JSON.stringify(line)}\n`)
if (differences.length > 0 || missing.length > 0) process.exitCode = 1
