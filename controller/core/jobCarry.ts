import { carryIfSound, isCarrying, type WindowSum } from '../../agent/fusion/carry.ts'
import { compileModel } from '../../agent/fusion/model.ts'
import { isPaced } from './jobPace.ts'
import type { CollectedEpoch, JobState } from './jobState.ts'
import { leading } from './result.ts'
import { isSplit } from './resultDocument.ts'

/**
 * What a job knows from window to window, where its model says so: a function of the sums that the devices agreed on, in
 * the order of their epochs. So an epoch's result waits for those before it, which end within their timeouts.
 */

/** Whether an epoch's result may be made now: at once or, where it rests on earlier ones or follows them, after theirs. */
export function isInTurn(state: JobState, { collection: { epoch } }: CollectedEpoch): boolean {
  if (!isPaced(state) && !isCarrying(compileModel(state.order.model))) return true
  if (epoch >= state.nextEpoch) return false
  return [...state.epochs.values()].every(
    (each) => each.collection.epoch >= epoch || each.document !== undefined,
  )
}

/**
 * Takes an epoch in that has ended.
 * @param entry with what was known before it, and all that was reported of it
 */
export function carryOver(state: JobState, entry: CollectedEpoch): void {
  const window = agreedSum(state, entry)
  const model = compileModel(state.order.model)
  state.carried = window ? carryIfSound(model, entry.before, window) : entry.before
}

/** The sum that the devices agreed on, also where they were too few for a result: they go on from it, too. */
function agreedSum({ order }: JobState, { collection }: CollectedEpoch): WindowSum | undefined {
  const answer = leading(collection)
  if (!answer || isSplit(order, collection)) return undefined
  return { epoch: collection.epoch, sum: answer.sum }
}
