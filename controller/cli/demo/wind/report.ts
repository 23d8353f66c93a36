import { counted } from '../../../../agent/wire/words.ts'
import { spanText } from '../../show/quantities.ts'
import { factLines } from '../../show/result.ts'
import { table } from '../../show/table.ts'
import { type Compared, TOLERANCE } from './compare.ts'

/** A wind demo that has ended. */
export interface WindOutcome {
  readonly days: number
  readonly devices: number
  readonly jobs: readonly Compared[]
  /** From the start of the first process to the end of both jobs. */
  readonly milliseconds: number
}

const SOURCE =
  'J. Haslett and A. E. Raftery, Space-time modelling with long-memory dependence, Applied Statistics 38 (1989)'
/** Mistakes that are listed; the rest are counted. */
const MOST = 10

/** The last day's estimates, and how far all days were from what one machine finds. */
export function windReport({ days, devices, jobs, milliseconds }: WindOutcome): string {
  const wrong = jobs.flatMap((job) => job.wrong)
  const largest = Math.max(...jobs.map((job) => job.largestDifference))
  const left = wrong.length - MOST
  const verdict =
    wrong.length === 0
      ? `Every window agrees with one machine that has all readings to ${TOLERANCE}.`
      : [
          'The network does not agree with one machine:',
          ...wrong.slice(0, MOST),
          ...(left > 0 ? [`and ${left} more`] : []),
        ].join('\n  ')
  const facts: [string, string][] = [
    ...jobs.map(({ job, windows }): [string, string] => [job, counted(windows, 'window')]),
    ['largest difference', `${largest.toPrecision(2)} from one machine, on any day`],
    ['took', `${spanText(milliseconds)} in all`],
  ]
  return `${[
    `${counted(devices, 'station')}, ${counted(days, 'day')} of 1961, no fusion centre: square root of the wind speed in knots\n`,
    estimates(jobs),
    factLines(facts),
    `${verdict}\n`,
    `Data: ${SOURCE}.`,
  ].join('\n')}\n`
}

function estimates(jobs: readonly Compared[]): string {
  const rows = jobs.flatMap(({ job, parameters }) =>
    parameters.map(({ name, mean, interval }) => [
      job,
      name,
      mean.toFixed(6),
      `${interval[0].toFixed(4)} to ${interval[1].toFixed(4)}`,
    ]),
  )
  return table(
    [
      { head: 'job' },
      { head: 'after the last day' },
      { head: 'mean', align: 'right' },
      { head: '95 % interval', align: 'right' },
    ],
    rows,
  )
}
