import { nextOf } from '../fusion/model.ts'
import { doublesFrom, doublesTo } from '../math/doubles.ts'
import type { ExactVector } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Millis } from '../wire/ids.ts'
import type { EpochSnapshot } from './snapshot.ts'
import type { EpochState, JobState } from './state.ts'

/** Why a device takes itself out of an epoch that an earlier life of it was in the midst of. */
export const FORGOTTEN = 'it started again between two sums, and what it summed is gone'

/**
 * Of a model that takes several sums in a row: once one is agreed on, begins the next, or takes it as the answer.
 * @returns whether another begins, to which this device has to put in its share
 */
export function advance(job: JobState, epoch: EpochState, now: Millis): boolean {
  const { exchange, at } = epoch
  const { steps } = epoch.method
  const settled = steps?.settled(exchange)
  if (!steps || !settled) return false
  const next = nextAfter(job, at, settled.sum)
  if (!next) {
    steps.conclude(exchange)
    return false
  }
  epoch.at = next
  epoch.step++
  epoch.summedAt = now
  steps.proceed(exchange, now, doublesTo(next))
  return true
}

/** A sum that no rows have leads nowhere: its result says so. */
function nextAfter({ model }: JobState, at: Float64Array, sum: ExactVector) {
  try {
    return nextOf(model, at, sum)
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return undefined
  }
}

/** Where the newest sum of an earlier life was taken. */
export function lastStep(kept: EpochSnapshot | undefined): Float64Array | undefined {
  const bytes = kept?.steps?.at(-1)?.at
  return bytes && doublesFrom(bytes)
}
