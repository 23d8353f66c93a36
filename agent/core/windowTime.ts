import type { Millis } from '../wire/ids.ts'
import type { Exchange } from '../wire/messages.ts'
import type { AgentState, JobState } from './state.ts'

/** After a longer absence the wall clock is not believed: a device without a battery may have started in any year. */
const LONGEST_ABSENCE: Millis = 24 * 3_600_000

/**
 * After a restart: our clock of a repeating job is what it was by the wall clock. Otherwise a fleet that was switched off
 * as a whole would hear nobody and begin with the first window again. Whoever is ahead of us still corrects it.
 */
export function resumeTime(job: JobState, { clockZero }: AgentState, now: Millis): void {
  const { every } = job.order.window
  if (every === undefined || job.originUnix === undefined || clockZero === undefined) return
  const origin = job.originUnix - clockZero
  const newest = job.epochs.at(-1)?.epoch ?? 0
  const absence = now - origin - newest * every
  if (absence < 0 || absence > LONGEST_ABSENCE + every) return
  job.origin = origin
  job.isGuess = true
}

/**
 * Sets our clock of a repeating job by a neighbor that is ahead of us: at once if its epoch is about due here too, or
 * if our own clock is a guess. Else we lag behind, if most of those that we hear say so, and draw nearer by a step
 * an epoch, so that no single device can hurry us.
 * @returns whether our clock was set
 */
export function takeTime(job: JobState, exchange: Exchange, now: Millis): boolean {
  const { window, period } = job.order
  const { every, late } = window
  const newest = job.epochs.at(-1)
  if (every === undefined || exchange.epoch <= (newest?.epoch ?? -1)) return false
  const isMember = job.rosters.some((each) => each.index.has(exchange.from) && each.self >= 0)
  if (!isMember) return false
  const byOthers = now - exchange.epoch * every
  if (job.origin === undefined || job.isGuess) {
    // The message says how long the other has been at it.
    job.origin = byOthers - Math.min(exchange.round * period, every)
    job.isGuess = false
  } else if (job.origin > byOthers + late) {
    if (!newest || newest.isHurried) return false
    newest.ahead.add(exchange.from)
    newest.isHurried = 2 * newest.ahead.size > newest.heard.size
    if (!newest.isHurried) return false
    job.origin -= Math.min(Math.max(late, period), job.origin - byOthers)
  } else job.origin = byOthers
  return true
}
