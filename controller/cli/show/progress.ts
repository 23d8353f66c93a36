import * as z from 'zod/mini'
import { counted } from '../../../agent/wire/words.ts'
import { bar } from './live.ts'
import { bytesText, spanText } from './quantities.ts'

const count = z.number()

/** What is read of a job's progress, as the controller tells it about once a second. */
export const JobProgress = z.looseObject({
  job: z.string(),
  epoch: count,
  roster: count,
  heard: count,
  contributions: z.object({ min: count, median: count, max: count }),
  phases: z.record(z.string(), z.optional(count)),
  bytes: count,
  seconds: count,
})

/** What is shown of a job's progress. */
export interface ProgressView {
  readonly roster: number
  readonly heard: number
  /** How many of the roster's contributions the devices know. */
  readonly contributions: { readonly median: number }
  /** Devices in each phase. */
  readonly phases: Readonly<Record<string, number | undefined>>
  readonly bytes: number
  readonly seconds: number
}

/** One line for a person who waits: devices heard, contributions known, devices final, bytes, time. */
export function progressLine(progress: ProgressView, width = 20): string {
  const { roster, heard, contributions, phases, bytes, seconds } = progress
  const share = roster === 0 ? 0 : contributions.median / roster
  const known = `${Math.floor(contributions.median)} of ${counted(roster, 'contribution')} known`
  return [
    `${bar(share, width)} ${known}`,
    `${counted(heard, 'device')} heard`,
    `${phases.final ?? 0} final`,
    bytesText(bytes),
    spanText(seconds * 1000),
  ].join(', ')
}
