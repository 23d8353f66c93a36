import {
  type Carried,
  carryIfSound,
  isCarrying,
  resultAfter,
  type WindowResult,
  type WindowSum,
} from '../fusion/carry.ts'
import { estimateOf } from '../fusion/model.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Progress } from './effect.ts'
import type { EpochState, JobState } from './state.ts'

/**
 * What this device knows from window to window, of jobs whose model says so. A window may end after the next one has:
 * the sums of the last few are kept beside what was known before them, and are taken in order.
 */
export interface CarryState {
  /** After the windows that no open one can come before. */
  readonly settled?: Carried | undefined
  /** The later ones that brought a sum, ascending. */
  readonly recent: readonly WindowSum[]
}

/**
 * Takes in a window's sum, once, and works out what it means.
 * @returns later windows that are final already and mean something else now
 */
export function takeSum(job: JobState, { epoch, sum }: WindowSum): EpochState[] {
  const later = job.epochs.filter((each) => each.epoch > epoch && each.status === 'final')
  const isCarried = isCarrying(job.model)
  if (isCarried) job.carry = withSum(job, { epoch, sum })
  for (const each of job.epochs) if (each.epoch === epoch) estimate(job, each)
  if (!isCarried) return []
  for (const each of later) estimate(job, each)
  return later
}

function withSum({ carry, model }: JobState, window: WindowSum): CarryState {
  const { settled, recent } = carry
  const isKnown = recent.some(({ epoch }) => epoch === window.epoch)
  if (isKnown || window.epoch <= (settled?.epoch ?? -1)) return carry
  const sums = [...recent, window].sort((a, b) => a.epoch - b.epoch)
  // Of one more than can be open the oldest is older than each that is.
  const [oldest] = sums
  if (sums.length <= LIMITS.epochs || !oldest) return { settled, recent: sums }
  return { settled: carryIfSound(model, settled, oldest), recent: sums.slice(1) }
}

/** What a window that is final means after those before it, or why it means nothing. */
function estimate(job: JobState, epoch: EpochState): void {
  const answer = epoch.method.answer(epoch.exchange)
  if (epoch.status !== 'final' || !answer) return
  epoch.estimate = undefined
  epoch.error = undefined
  epoch.carried = undefined
  epoch.decision = undefined
  try {
    const before = knownBefore(job, epoch.epoch)
    const found = resultAfter(job.model, before, {
      epoch: epoch.epoch,
      sum: epoch.gated?.sum ?? answer.sum,
      at: epoch.at,
      told: epoch.told,
    })
    epoch.estimate = estimateOf(found)
    epoch.carried = found.carried
    epoch.decision = decisionOf(found)
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    epoch.error = error.message
  }
}

/** What the windows before an epoch left. */
export function knownBefore({ carry, model }: JobState, epoch: number): Carried | undefined {
  const earlier = carry.recent.filter((each) => each.epoch < epoch)
  return earlier.reduce<Carried | undefined>(
    (carried, window) => carryIfSound(model, carried, window),
    carry.settled,
  )
}

/** What a status says of it: since when, how many windows brought nothing to this device, and what is decided. */
export const carriedIn = ({
  carried,
  decision,
}: EpochState): Pick<Progress, 'carried' | 'decision' | 'since'> => ({
  ...(carried && { carried }),
  ...decision,
})

function decisionOf(
  found: WindowResult,
): Required<Pick<Progress, 'decision' | 'since'>> | undefined {
  if (!('logOdds' in found)) return undefined
  const { decision, since } = found
  return decision === undefined || since === undefined ? undefined : { decision, since }
}
