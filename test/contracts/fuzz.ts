import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { forge } from './forge.ts'

/**
 * `npm run fuzz:contracts [-- --calls 1000000] [--seed N]`: random calls on the contracts, between which the
 * invariants are looked at, from a seed that is printed. Ends with one JSON line.
 */
const { values } = parseArgs({
  options: { calls: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
})
const calls = Number(values.calls)
const seed = values.seed ?? String(randomInt(2 ** 32))
if (!Number.isSafeInteger(calls) || calls < 1000 || !/^\d+$/.test(seed)) {
  process.stderr.write('fuzz:contracts: wanted --calls from 1000, and a whole number as --seed\n')
  process.exit(2)
}
/** Calls of one run, after which the market is a new one; long enough for whole jobs. */
const DEPTH = 250
const INVARIANTS = 6
const runs = Math.ceil(calls / INVARIANTS / DEPTH)

process.stderr.write(
  `seed ${seed}: ${INVARIANTS} invariants, ${runs} runs of ${DEPTH} calls each\n`,
)
const began = performance.now()
const { code, output } = await forge(
  ['test', '--match-test', 'invariant', '--fuzz-seed', seed, '--json'],
  { env: { FOUNDRY_INVARIANT_RUNS: String(runs), FOUNDRY_INVARIANT_DEPTH: String(DEPTH) } },
)
const line = output.split('\n').find((each) => each.startsWith('{')) ?? '{}'
const results = Object.values(
  JSON.parse(line) as Record<string, { test_results: Record<string, { status: string }> }>,
).flatMap(({ test_results }) => Object.entries(test_results))
const failed = results.filter(([, { status }]) => status !== 'Success').map(([name]) => name)
const isWhole = results.length === INVARIANTS
process.stdout.write(
  `${JSON.stringify({
    fuzz: 'contracts',
    seed,
    invariants: results.length,
    calls: results.length * runs * DEPTH,
    failed,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  })}\n`,
)
if (code !== 0 || !isWhole || failed.length > 0) {
  process.stderr.write(
    `${output.slice(-4000)}\nreplay: npm run fuzz:contracts -- --calls ${calls} --seed ${seed}\n`,
  )
  process.exitCode = 1
}
