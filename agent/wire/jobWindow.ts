import * as z from 'zod/mini'
import type { Millis } from './ids.ts'
import { LIMITS } from './limits.ts'
import { choice, field } from './notes.ts'
import { duration, formatDuration } from './units.ts'

const SECOND = 1000
const DAY = 86_400_000
/** Windows of a few devices end within some ten milliseconds. */
const FASTEST = 20

/** `spec.window` of a job. */
export const window = z.strictObject({
  size: field(
    z.optional(duration({ least: 1, most: 366 * DAY })),
    'Readings of this time before the window closes count; absent: the latest reading only, of a file all rows.',
    { example: '10m' },
  ),
  every: field(
    z.optional(duration({ least: FASTEST, most: 366 * DAY })),
    'A window closes, and a result is made, this often; absent: one result, at once. Less than 1s only beside pace: result.',
    { example: '1m' },
  ),
  pace: field(
    z.prefault(choice(['clock', 'result']), 'clock'),
    'Whether a window closes by the clock, or once the one before has its result, and not before `every` has passed: then none is ever left out, however slow a device is.',
  ),
  follow: field(
    z.optional(duration({ least: SECOND, most: 366 * DAY })),
    'Readings are followed this long as they come, while every device holds a running estimate; then the sum of the newest is agreed on. Absent: a result is of readings that stand.',
    { example: '1h' },
  ),
  late: field(
    z.prefault(duration({ least: 0, most: DAY }), '0s'),
    'How much later than its own clock says a device may join a window.',
    { example: '20s' },
  ),
  resample: field(
    z.optional(duration({ least: 1, most: 366 * DAY })),
    "Readings become means over steps of this time, counted back from the window's end: a row a step, whenever and however often each sensor was read. A part of `size`. Rows of a file that is replayed stay as they are. Absent: rows as they were read.",
    { example: '10s' },
  ),
  missing: field(
    z.prefault(choice(['skip', 'hold']), 'skip'),
    '`skip`: a row with a missing value is left out and counted. `hold`, beside `resample`: a sensor that was not read in a step has its last value before it, at most `size` older.',
  ),
})

type Window = z.output<typeof window>

interface Conflict {
  readonly path: string[]
  readonly text: string
}

/** What in `spec.window` does not go together, or with the rest: paths below `spec`, and what to do. */
export function windowConflicts(spec: {
  readonly window: Window
  readonly consensus: { readonly period: Millis }
  readonly market?: unknown
}): Conflict[] {
  const conflicts: Conflict[] = []
  const refuse = (key: keyof typeof spec.window, text: string) =>
    conflicts.push({ path: ['window', key], text })
  const { window, consensus, market } = spec
  const { size, pace, every, follow, late } = window
  if (follow !== undefined && every !== undefined)
    refuse(
      'follow',
      'stands beside "every", wanted one of the two: windows that repeat, or readings followed without windows.',
    )
  if (every !== undefined && late >= every)
    refuse(
      'late',
      `found ${formatDuration(late)}, wanted less than window.every, ${formatDuration(every)}.`,
    )
  if (pace === 'clock' && every !== undefined && every < SECOND)
    refuse(
      'every',
      `found ${formatDuration(every)}, wanted at least 1s, or pace: result beside it: by the clock devices could not keep up.`,
    )
  const { period } = consensus
  const least = `wanted at least consensus.period, ${formatDuration(period)}`
  if (pace === 'clock' && every !== undefined && every >= SECOND && every < period)
    refuse(
      'every',
      `found ${formatDuration(every)}, ${least}: devices speak no more often, and a window takes several rounds.`,
    )
  if (pace === 'clock' && size !== undefined && size < period)
    refuse(
      'size',
      `found ${formatDuration(size)}, ${least}: readings of so short a time are old before devices have spoken once.`,
    )
  if (pace === 'result' && every === undefined)
    refuse('pace', 'found "result", but the job does not repeat. Add window.every, or remove this.')
  if (pace === 'result' && market)
    refuse('pace', 'found "result" beside spec.market, wanted clock: a contract has its times.')
  if (market && follow !== undefined)
    refuse(
      'follow',
      'stands beside spec.market, wanted window.every: sellers sign exact sums of what each of them signed, and readings that are followed are not signed one by one.',
    )
  return [...conflicts, ...resampleConflicts(window)]
}

function resampleConflicts(window: Window): Conflict[] {
  const { size, resample, missing, follow } = window
  const at = (key: 'resample' | 'missing', text: string) => [{ path: ['window', key], text }]
  if (resample === undefined)
    return missing === 'hold'
      ? at(
          'missing',
          'found "hold", which fills steps of time. Add window.resample, or write skip.',
        )
      : []
  const found = `found ${formatDuration(resample)}`
  if (size === undefined)
    return at('resample', `${found}, but no time to divide. Add window.size, or remove this.`)
  if (resample > size || size % resample !== 0)
    return at(
      'resample',
      `${found}, wanted a part of window.size, ${formatDuration(size)}: half of it, a tenth, and so on.`,
    )
  if (resample === size && missing === 'hold')
    return at(
      'missing',
      'found "hold", but window.resample makes a single step of the window, which has none before it. Take shorter steps, or write skip.',
    )
  if (size / resample > LIMITS.rows)
    return at(
      'resample',
      `${found}, wanted at least ${formatDuration(Math.ceil(size / LIMITS.rows))}: a device holds ${LIMITS.rows} rows.`,
    )
  if (follow !== undefined)
    return at(
      'resample',
      'stands beside "follow", wanted one of the two: readings that are followed count as they come.',
    )
  return []
}
