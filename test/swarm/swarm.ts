import { parseArgs } from 'node:util'
import { builtMethods, type MethodName } from '../methods.ts'
import { runInProcesses } from './pool.ts'
import { openRecord, summary } from './record.ts'
import { runSeed, type SeedOutcome } from './run.ts'

/**
 * `npm run swarm -- [--method flood|tree|ratio|laplacian|all] [--seeds 5000] [--from 1]`: many seeds of the
 * fault mix, one JSON line a method. `--record PREFIX` keeps what was done in PREFIX-METHOD.jsonl and goes on
 * from there. `--first` stops at the first seed that does not agree. `--workers 2`: processes. `--most N`: fleets of at
 * most so many devices. `--steps`: several sums in a row.
 * `npm run swarm -- --method M --seed N`: one of them, with its complaint.
 */
const { values } = parseArgs({
  options: {
    method: { type: 'string', default: 'all' },
    seeds: { type: 'string', default: '5000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    workers: { type: 'string', default: '2' },
    record: { type: 'string' },
    first: { type: 'boolean', default: false },
    most: { type: 'string' },
    steps: { type: 'boolean', default: false },
  },
})
const { steps } = values
const most = values.most === undefined ? undefined : Number(values.most)
const from = Number(values.seed ?? values.from)
const seeds = values.seed === undefined ? Number(values.seeds) : 1
const workers = Number(values.workers)
const methods = builtMethods().filter(
  (method) => values.method === 'all' || method === values.method,
)
const areCounts = [seeds, workers, most ?? 1].every(
  (count) => Number.isSafeInteger(count) && count >= 1,
)
if (!Number.isSafeInteger(from) || !areCounts || methods.length === 0) {
  process.stderr.write(
    `swarm: wanted --method ${[...builtMethods(), 'all'].join('|')}, and whole numbers from 1\n`,
  )
  process.exit(2)
}
for (const method of methods) await campaign(method)

async function campaign(method: MethodName): Promise<void> {
  const started = performance.now()
  const file = values.record === undefined ? undefined : `${values.record}-${method}.jsonl`
  const record = openRecord(file, (seed) => seed >= from && seed < from + seeds)
  const { outcomes } = record
  const done = new Set(outcomes.map(({ seed }) => seed))
  const ended = (outcome: SeedOutcome): boolean => {
    record.add(outcome)
    tell(method, outcome, outcomes.length)
    return !values.first || outcome.verdict === 'agreed'
  }
  const open = Array.from({ length: seeds }, (_, k) => from + k).filter((seed) => !done.has(seed))
  if (open.length === 1) ended(runSeed(open[0] ?? from, { method, most, steps }))
  else {
    const tasks = open.map((seed) => ({ seed, method, most, steps }))
    await runInProcesses(tasks, workers, ended)
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const line = {
    swarm: method,
    from,
    seeds: outcomes.length,
    ...summary(outcomes),
  }
  process.stdout.write(`${JSON.stringify({ ...line, seconds })}\n`)
  if (outcomes.some(({ verdict }) => verdict !== 'agreed')) process.exitCode = 1
}

function tell(method: MethodName, { seed, verdict, complaint }: SeedOutcome, count: number): void {
  if (complaint) process.stderr.write(`${method} seed ${seed}: ${verdict}: ${complaint}\n`)
  if (count % 100 === 0) process.stderr.write(`${method}: ${count} of ${seeds} seeds\n`)
}
