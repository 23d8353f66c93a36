import type { Millis, NodeId } from '../wire/ids.ts'
import type { Exchange } from '../wire/messages.ts'
import type { Outbox } from './effect.ts'
import type { EpochState, JobState } from './state.ts'

/**
 * Windows that follow each other rather than the clock (window.pace: result): each closes once the one before has ended
 * here, and not before `every` has passed. Nobody can be a window ahead of the others, as a window ends only with all of
 * them, so none is left out however slow a machine is; and nothing in it depends on when a device looked at its clock.
 */
export const isPaced = ({ order: { window } }: JobState): boolean => window.paced === true

/**
 * The window that may open now, or when to look again. Neither: once the newest has ended.
 * @param heard a neighbor's message of a window that is not open here
 */
export function nextWindow(
  job: JobState,
  now: Millis,
  heard?: Exchange,
): { epoch?: number; at?: Millis } {
  const further = heard && overtaken(job, heard)
  if (further !== undefined) return { epoch: further }
  const newest = job.epochs.at(-1)
  // Of a job that is under way, a member's windows begin with its roster.
  if (!newest) return { epoch: job.rosters.at(-1)?.roster.firstEpoch ?? 0 }
  if (!hasEnded(newest)) return {}
  const at = newest.openedAt + (job.order.window.every ?? 0)
  return now < at ? { at } : { epoch: newest.epoch + 1 }
}

/** Its outcome has been told, so whoever hears of the next window heard of this one before. */
const hasEnded = ({ status, seal }: EpochState): boolean =>
  status === 'failed' || (status === 'final' && seal !== undefined)

/** Has the next window looked at, once this one has ended. */
export function wakeNext(job: JobState, epoch: EpochState, now: Millis, out: Outbox): void {
  if (!isPaced(job) || job.epochs.at(-1) !== epoch) return
  const { epoch: next, at = now } = nextWindow(job, now)
  if (next !== undefined || at > now)
    out.push({ kind: 'timer', name: `epoch/${job.order.job}`, at: Math.max(now, at) })
}

/**
 * A neighbor speaks in a window that is not open here. The next one is left to our own pace; but where more than half of
 * those that we hear are further on, they did without us, and we fall in with the one in the middle: so that no single
 * device can send us anywhere.
 * @returns the window to fall in with
 */
function overtaken(job: JobState, { from, epoch }: Exchange): number | undefined {
  const newest = job.epochs.at(-1)
  if (!newest || epoch <= newest.epoch + 1 || !newest.roster.index.has(from)) return undefined
  job.ahead.set(from, epoch)
  const { self, hears, index } = newest.roster
  const heard = (hears[self] ?? []).length
  const further = [...job.ahead].filter(
    ([node, at]: [NodeId, number]) => index.has(node) && at > newest.epoch + 1,
  )
  if (2 * further.length <= heard) return undefined
  const windows = further.map(([, at]) => at).sort((a, b) => a - b)
  job.ahead.clear()
  return windows[(windows.length - 1) >> 1]
}
