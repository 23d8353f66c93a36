import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { SeedOutcome } from './run.ts'

/** What is known of a campaign of one method: a line a seed in a file, so that it can go on where it stopped. */
export interface CampaignRecord {
  readonly outcomes: SeedOutcome[]
  add(outcome: SeedOutcome): void
}

/** @param file absent: nothing is written @param isWanted the seeds of this campaign */
export function openRecord(
  file: string | undefined,
  isWanted: (seed: number) => boolean,
): CampaignRecord {
  const known = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : ''
  // The last line is half a line where the process was killed as it wrote.
  const lines = known.split('\n').slice(0, -1)
  const outcomes = lines
    .map((line) => JSON.parse(line) as SeedOutcome) // written below
    .filter(({ seed }) => isWanted(seed))
  return {
    outcomes,
    add(outcome) {
      outcomes.push(outcome)
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(outcome)}\n`)
    },
  }
}

/** The line of a campaign. */
export function summary(outcomes: readonly SeedOutcome[]): object {
  const rounds = outcomes.map((outcome) => outcome.rounds).sort((a, b) => a - b)
  const count = (wanted: SeedOutcome['verdict']): number =>
    outcomes.filter(({ verdict }) => verdict === wanted).length
  return {
    agreed: count('agreed'),
    stuck: count('stuck'),
    false: count('false'),
    rounds: { median: rounds[rounds.length >> 1], most: rounds.at(-1) },
  }
}
