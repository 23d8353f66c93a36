import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isEquivalent } from './mutation/equivalent.ts'
import { prepare, tryOut, type Verdict } from './mutation/lane.ts'
import type { Mutant } from './mutation/operators.ts'
import { allMutants } from './mutation/sources.ts'

/**
 * `npm run mutate [-- --only Tally.sol] [--these 12,70] [--workers 2] [--list]`: makes the contracts wrong in one
 * place at a time and runs their unit tests, of which one must fail. Prints who survives, and ends with one JSON
 * line; exit code 0 only if each survivor is in the list of equivalent ones (mutation/equivalent.ts).
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    these: { type: 'string' },
    workers: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
  },
})

/** A mutant, and its place in the list of all. */
interface Numbered {
  readonly mutant: Mutant
  readonly number: number
}

const these = values.these?.split(',').map(Number)
const chosen: readonly Numbered[] = allMutants()
  .map((mutant, number) => ({ mutant, number }))
  .filter(({ mutant }) => !values.only || mutant.file === values.only)
  .filter(({ number }) => these?.includes(number) ?? true)

if (values.list) {
  for (const each of chosen) process.stdout.write(`${told(each)}\n`)
} else if (chosen.length === 0) {
  process.stderr.write(
    'mutate: found no such mutants; --only takes a name such as Tally.sol, --these numbers of --list\n',
  )
  process.exitCode = 2
} else {
  process.exitCode = await run(Number(values.workers))
}

async function run(workers: number): Promise<number> {
  const began = performance.now()
  const home = mkdtempSync(join(tmpdir(), 'hypernet-mutate-'))
  // Else a run that is interrupted leaves some 100 MB behind.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  process.once('exit', () => rmSync(home, { recursive: true, force: true }))
  process.stderr.write('compiling the tests\n')
  const lanes = await prepare(home, workers)
  const counts: Record<Verdict | 'equivalent', number> = {
    killed: 0,
    equivalent: 0,
    survived: 0,
    invalid: 0,
  }
  const queue = [...chosen]
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const found = await tryOut(lane, next.mutant)
        const verdict = found === 'survived' && isEquivalent(next.mutant) ? 'equivalent' : found
        counts[verdict]++
        if (verdict === 'survived') process.stdout.write(`SURVIVED ${told(next)}\n`)
        if (verdict === 'invalid') process.stderr.write(`does not compile: ${told(next)}\n`)
        if (queue.length % 25 === 0) process.stderr.write(`${queue.length} left\n`)
      }
    }),
  )
  const seconds = Math.round((performance.now() - began) / 1000)
  process.stdout.write(
    `${JSON.stringify({ mutate: 'contracts', mutants: chosen.length, ...counts, seconds })}\n`,
  )
  return counts.survived === 0 ? 0 : 1
}

function told({ mutant: { file, line, before, after }, number }: Numbered): string {
  return `${number} ${file}:${line}\n  - ${before}\n  + ${after}`
}
