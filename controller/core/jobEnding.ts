import { OBJECT } from '../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { Order } from '../../agent/wire/messages.ts'
import { counted } from '../../agent/wire/words.ts'
import type { JobEffect, Surroundings } from './jobSeam.ts'
import { type Condition, isEnded, isPaid, type JobState, type Phase, repeats } from './jobState.ts'
import type { ResultDocument } from './resultDocument.ts'
import type { MarketBlock } from './settlement/seam.ts'
import { deadlineText, hiredText } from './workers.ts'

/** A one-shot job ends with its epoch; a repeating one with the last of its epochs. */
export function endIfDone(state: JobState, around: Surroundings, out: JobEffect[]): void {
  if (!repeats(state)) {
    // After a restart the epoch that had ended is not collected again.
    const document = state.epochs.get(0)?.document ?? state.document
    if (!document || waitsForMarket(state)) return
    const reason = document.status === 'failed' ? failureOf(state, document) : 'Completed'
    end(state, document.status, reason, document.reason ?? completion(document), around, out)
    return
  }
  const { epochs } = state.order
  if (epochs === undefined || state.nextEpoch < epochs) return
  if ([...state.epochs.values()].some(({ document }) => !document)) return
  if (waitsForMarket(state)) return
  const message = `${state.results} of ${counted(epochs, 'epoch')} gave a result`
  end(state, state.results > 0 ? 'succeeded' : 'failed', 'Completed', message, around, out)
}

/** A paid job goes on until its contract has ended. */
function waitsForMarket(state: JobState): boolean {
  if (!isPaid(state) || state.market) return false
  state.reason = 'Settling'
  state.message = `the answer is there; ${state.waits ?? 'waits until the contract has paid'}`
  return true
}

/** One word for what is wrong with a result. */
function failureOf({ wanted }: JobState, { agreement, contributors }: ResultDocument): string {
  if (agreement?.answers) return 'Disagreement'
  return contributors && contributors.count < wanted.minNodes ? 'TooFew' : 'NoAnswer'
}

function completion({ contributors }: ResultDocument): string {
  return `${contributors?.count ?? 0} of ${counted(contributors?.roster ?? 0, 'device')} contributed`
}

/** Ends a job for good, and tells devices that may still be at it. */
export function end(
  state: JobState,
  phase: Exclude<Phase, 'pending' | 'running'>,
  reason: string,
  message: string,
  { now }: Surroundings,
  out: JobEffect[],
): void {
  state.phase = phase
  state.reason = reason
  state.message = message
  state.endedAt = now
  condition(state, { type: 'Ended', status: true, reason, message })
  const isDone = !repeats(state) && phase === 'succeeded'
  if (!isDone) {
    // Devices that are still at it, or come back later with a snapshot, must be told to stop.
    state.order = { ...state.order, generation: state.order.generation + 1, cancelled: true }
    state.orderPayload = encodeRecord(Order, state.order, OBJECT)
    out.push(orderEffect(state))
  } else out.push({ kind: 'withdraw', what: 'order' })
  out.push({ kind: 'withdraw', what: 'roster' }, { kind: 'save' })
}

/** The contract has ended: the result says what became of the money. */
export function settled(
  state: JobState,
  market: MarketBlock,
  around: Surroundings,
  out: JobEffect[],
): void {
  if (state.market) return
  state.market = market
  state.isClosed = true
  if (state.phase === 'pending') {
    const text = 'too few devices joined within spec.market.joinBy; all money went back'
    end(state, 'failed', 'NotHired', text, around, out)
    return
  }
  if (state.document) {
    const epoch = state.document.epoch ?? 0
    state.document = { ...state.document, market }
    const collected = state.epochs.get(epoch)
    if (collected?.document) collected.document = state.document
    out.push({ kind: 'result', epoch, document: state.document, latest: true })
  }
  out.push({ kind: 'save' })
  if (!state.isStopping || !repeats(state) || isEnded(state)) return
  if (state.isOverdue) endLate(state, around, out)
  else cancel(state, around, out)
}

/** The operator ends a job. */
export function cancel(state: JobState, around: Surroundings, out: JobEffect[]): void {
  if (isAtWork(state)) stopContract(state, out)
  else {
    end(state, 'cancelled', 'Cancelled', 'cancelled by the operator', around, out)
    takeBack(state, out)
  }
}

/** A job ends with its deadline; a paid one that runs as if the operator ended it. */
export function endAtDeadline(state: JobState, around: Surroundings, out: JobEffect[]): void {
  const { deadline, submittedAt } = state
  if (isEnded(state) || state.isOverdue || deadline === undefined) return
  if (around.now < submittedAt + deadline) return
  if (isAtWork(state)) {
    // One that the operator ended before stays cancelled.
    state.isOverdue = !state.isStopping
    stopContract(state, out)
  } else {
    endLate(state, around, out)
    takeBack(state, out)
  }
}

function endLate(state: JobState, around: Surroundings, out: JobEffect[]): void {
  const text = state.phase === 'pending' || state.results === 0 ? `${state.message}; ` : ''
  const message = `${text}${deadlineText(state)}`
  end(state, state.results > 0 ? 'succeeded' : 'failed', 'Deadline', message, around, out)
}

const isAtWork = (state: JobState): boolean =>
  isPaid(state) && state.phase === 'running' && !state.market

/** What devices are paid for they go on with: a contract that is stopped ends with its running checkpoint. */
function stopContract(state: JobState, out: JobEffect[]): void {
  if (state.isStopping) return
  state.isStopping = true
  state.message = hiredText(state)
  out.push({ kind: 'save' }, { kind: 'stop' })
}

/** A contract that still hires would do so for a job that is over. */
function takeBack(state: JobState, out: JobEffect[]): void {
  if (isPaid(state) && !state.isClosed) out.push({ kind: 'stop' })
}

export const orderEffect = (state: JobState): JobEffect => ({
  kind: 'order',
  generation: state.order.generation,
  payload: state.orderPayload,
})

/** Says whether a claim about the job holds, in place of what was said of it before. */
export function condition(state: JobState, next: Condition): void {
  state.conditions.set(next.type, next)
}
