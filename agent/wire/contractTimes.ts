import type { Millis } from './ids.ts'
import { leastWindows } from './marketMessages.ts'
import { formatDuration } from './units.ts'

/** How the times of a contract and those of the work that it pays for fit. */

/** What an order says of its time; an epoch is a window of a repeating job, or all of another one. */
export interface WorkTimes {
  readonly epochs?: number | undefined
  readonly window: {
    readonly every?: Millis | undefined
    readonly late: Millis
    readonly follow?: Millis | undefined
  }
  readonly timeout: Millis
}

export interface ContractTimes {
  readonly checkpoints: number
  readonly period: Millis
  readonly window: Millis
}

/** A contract may outlast its order by so much: that may be done in a second, and windows suit the blocks of a chain. */
const MOST_LONGER: Millis = 24 * 3_600_000

/** What the period of a contract must be and is not: `at least 30m: …`; nothing where it fits. */
export function periodMistake(
  { epochs = 1, window, timeout }: WorkTimes,
  { checkpoints, period, window: showing }: ContractTimes,
): string | undefined {
  const windows = leastWindows(checkpoints)
  const shortest = windows * showing
  if (period < shortest)
    return `at least ${windows === 1 ? 'a window' : `${windows} windows`}, ${formatDuration(shortest)}: results are bound before a checkpoint and shown after it`
  const { every = 0, follow = 0 } = window
  const each = epochs / checkpoints
  // The last of a checkpoint's windows closes when the next one begins, and is bound within a window after that.
  const work = follow + Math.max(each * every, (each - 1) * every + showing)
  if (period < work)
    return `at least ${formatDuration(work)}: so long takes the work that a checkpoint pays for, and to bind it`
  const runs = epochs * every + window.late + follow + timeout
  const longest = Math.floor((runs + MOST_LONGER - showing) / checkpoints)
  if (period > longest)
    return `at most ${formatDuration(longest)}: collateral stays locked for a day after the work, not longer`
  return undefined
}
