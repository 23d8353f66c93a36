import { parseArgs } from 'node:util'
import { runSeed, type SeedOutcome } from './run.ts'

/**
 * `npm run swarm -- [--seeds 2000] [--from 1]`: many seeds of the fault mix, one JSON line.
 * `npm run swarm -- --seed N`: one of them, with its complaint. `--partitions` splits fleets as well.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    partitions: { type: 'boolean', default: false },
  },
})
const from = Number(values.seed ?? values.from)
const seeds = values.seed === undefined ? Number(values.seeds) : 1
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(seeds) || seeds < 1) {
  process.stderr.write('swarm: --seeds, --from and --seed want whole numbers\n')
  process.exit(2)
}

const started = performance.now()
const outcomes: SeedOutcome[] = []
for (let seed = from; seed < from + seeds; seed++) {
  const outcome = runSeed(seed, values.partitions)
  outcomes.push(outcome)
  if (outcome.complaint)
    process.stderr.write(`seed ${seed}: ${outcome.verdict}: ${outcome.complaint}\n`)
  if (outcomes.length % 100 === 0)
    process.stderr.write(`${outcomes.length} of ${seeds} seeds, ${count('agreed')} agreed\n`)
}
const rounds = outcomes.map((outcome) => outcome.rounds).sort((a, b) => a - b)
process.stdout.write(
  `${JSON.stringify({
    swarm: 'flood',
    partitions: values.partitions,
    from,
    seeds,
    agreed: count('agreed'),
    stuck: count('stuck'),
    false: count('false'),
    rounds: { median: rounds[rounds.length >> 1], most: rounds.at(-1) },
    seconds: Math.round((performance.now() - started) / 100) / 10,
  })}\n`,
)
process.exitCode = count('agreed') === seeds ? 0 : 1

function count(verdict: SeedOutcome['verdict']): number {
  return outcomes.filter((outcome) => outcome.verdict === verdict).length
}
