import type { Remembered } from '../consensus/method.ts'
import { gatedSum } from '../fusion/gated.ts'
import { roughEstimate } from '../fusion/model.ts'
import { HypernetError } from '../wire/errors.ts'
import { bytesToHex } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import type { Order } from '../wire/messages.ts'
import { PROTOCOL } from '../wire/version.ts'
import { carriedIn, takeSum } from './carry.ts'
import { findAt } from './deals.ts'
import type { Outbox, Progress } from './effect.ts'
import { fleetProgress } from './fleetProgress.ts'
import { wakeNext } from './pace.ts'
import { signSeal } from './signing.ts'
import { snapshotOf } from './snapshot.ts'
import type { AgentState, EpochState, JobState } from './state.ts'

/** A seal is published again this often, doubling from the first delay: the controller may have been away. */
const SEAL_REPEATS = 5
const SEAL_DELAY = 4_000

/** An order that no controller of ours writes. */
const UNGATED =
  'the job refuses devices by what each contributed, and its method does not show that'

/** The epoch is final here: work out what it means and have it signed. */
export function finish(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  const answer = epoch.method.answer(epoch.exchange)
  if (!answer) return
  if (job.model.kind.gate) {
    const parts = epoch.method.parts?.(epoch.exchange)
    if (!parts) {
      fail(agent, job, epoch, now, UNGATED, out)
      return
    }
    epoch.gated = gatedSum(job.model, parts)
  }
  epoch.status = 'final'
  epoch.finalAt = now
  const changed = takeSum(job, { epoch: epoch.epoch, sum: epoch.gated?.sum ?? answer.sum })
  report(agent, job, epoch, now, out)
  for (const each of changed) {
    each.reported = undefined
    report(agent, job, each, now, out)
  }
  findAt(agent, job, epoch, answer, out)
  if (epoch.seal) {
    publishSeal(agent, job, epoch, out)
    wakeNext(job, epoch, now, out)
    return
  }
  const contents = job.contract && epoch.method.contents?.(epoch.exchange)
  signSeal(
    epoch,
    { ...answer, contents, at: epoch.step > 0 ? epoch.at : undefined, told: epoch.told },
    out,
  )
}

/** The answer is signed: keep it, publish it, and plan to repeat it. */
export function sealed(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  signed: Uint8Array,
  out: Outbox,
): void {
  epoch.seal = signed
  out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
  repeatSeal(agent, job, epoch, now, out)
}

/** Publishes the outcome of an epoch again, and sets the timer for the next time. */
export function repeatSeal(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  publishSeal(agent, job, epoch, out)
  if (epoch.sealed === 0) wakeNext(job, epoch, now, out)
  epoch.sealed++
  if (epoch.sealed > SEAL_REPEATS) return
  const at = now + SEAL_DELAY * 2 ** (epoch.sealed - 1)
  out.push({ kind: 'timer', name: `seal/${job.order.job}/${epoch.epoch}`, at })
}

/**
 * Says once, at once, that this device has left an epoch, and why. It listens on for the answer of the others; but
 * where all have left there will be none, and nobody should wait for it.
 */
export function tellLeaving(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  if (epoch.status !== 'open' || epoch.isLeavingTold || leavingOf(epoch) === undefined) return
  epoch.isLeavingTold = true
  epoch.finalAt = now
  publishSeal(agent, job, epoch, out)
}

/** Says again how an epoch ended here, or that this device left it: the controller may have missed it. */
export function tellAgain(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  if (epoch.seal || epoch.failure) repeatSeal(agent, job, epoch, now, out)
  else if (epoch.isLeavingTold) publishSeal(agent, job, epoch, out)
}

/** Why this device has taken itself out of an epoch, if it has. */
export const leavingOf = ({ method, exchange }: EpochState): string | undefined =>
  method.standing(exchange).isExcluded ? method.remember(exchange).leaving : undefined

function publishSeal(agent: AgentState, job: JobState, epoch: EpochState, out: Outbox): void {
  const { context } = epoch
  const failure = epoch.failure ?? leavingOf(epoch)
  out.push({
    kind: 'seal',
    fleet: agent.settings.fleet,
    job: context.job,
    report: {
      version: PROTOCOL,
      job: context.job,
      from: agent.settings.node,
      epoch: context.epoch,
      roster: context.roster,
      ...(epoch.seal ? { seal: epoch.seal } : {}),
      ...(failure === undefined ? {} : { failure: failure.slice(0, 200) }),
      rounds: Math.max(0, Math.ceil((epoch.finalAt - epoch.openedAt) / job.order.period)),
      messages: epoch.messages,
      bytesOut: epoch.bytesOut,
      bytesIn: epoch.bytesIn,
      milliseconds: Math.max(0, Math.round(epoch.finalAt - epoch.openedAt)),
      ...(epoch.status === 'open' ? { left: true } : {}),
    },
  })
}

/** Gives an epoch up, with the reason for people. */
export function fail(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  reason: string,
  out: Outbox,
): void {
  epoch.status = 'failed'
  epoch.failure = reason
  epoch.finalAt = now
  report(agent, job, epoch, now, out)
  repeatSeal(agent, job, epoch, now, out)
}

/** What numbers of very different sizes sum to, or a long result, may not fit a message: then the epoch fails, and says why. */
export function fits(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
  speak: () => void,
): boolean {
  try {
    speak()
    return true
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    epoch.error = `what it has to tell does not fit a message: ${error.message}`
    fail(agent, job, epoch, now, epoch.error, out)
    return false
  }
}

/** Tells people that this device does not take part in a job, and why. */
export function refuse(agent: AgentState, order: Order, reason: string, out: Outbox): void {
  out.push({ kind: 'note', level: 'warn', message: reason, job: order.job })
  tellBefore(agent, order, { phase: 'refused', error: reason }, out)
}

/** Tells people that this device takes part in a job after all, once it is called. */
export const waitFor = (agent: AgentState, order: Order, out: Outbox): void =>
  tellBefore(agent, order, { phase: 'waiting' }, out)

/** What there is to tell of a job before its first epoch. */
function tellBefore(
  agent: AgentState,
  { job, generation }: Order,
  told: Pick<Progress, 'phase' | 'error'>,
  out: Outbox,
): void {
  const progress: Progress = {
    generation,
    epoch: 0,
    round: 0,
    contributions: 0,
    roster: 0,
    gone: 0,
    attempt: 0,
    messages: 0,
    bytesOut: 0,
    bytesIn: 0,
    skippedRows: 0,
    ...told,
  }
  out.push({ kind: 'progress', fleet: agent.settings.fleet, job, progress })
}

/** Publishes how far the epoch is, when its phase changed or enough time has passed. */
export function report(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  const isNewPhase = phaseOf(job, epoch) !== epoch.reported?.phase
  const isDue = now - epoch.reportedAt >= agent.settings.progressEvery
  // After its end a device speaks on until all have ended: that they have is its last word.
  const isEnding = epoch.status === 'final'
  if (!isNewPhase && !isDue && !isEnding) return
  const progress = progressOf(job, epoch, now)
  const { reported } = epoch
  const isLast = isEnding && progress.fleet?.least === 'final'
  if (!isNewPhase && !isDue && !isLast) return
  const isNews =
    progress.contributions !== reported?.contributions ||
    progress.fleet?.mean !== reported?.fleet?.mean ||
    progress.step !== reported?.step ||
    progress.fleet?.bitsApart !== reported?.fleet?.bitsApart ||
    isFollowing(job, epoch, now)
  if (!isNewPhase && !isNews) return
  epoch.reported = progress
  epoch.reportedAt = now
  out.push({ kind: 'progress', fleet: agent.settings.fleet, job: job.order.job, progress })
}

function phaseOf({ refusal }: JobState, { status, method, exchange }: EpochState) {
  if (refusal) return 'refused'
  if (status !== 'open') return status === 'reading' ? 'waiting' : status
  const { hasVoted, isExcluded } = method.standing(exchange)
  if (isExcluded) return 'excluded'
  if (method.isAnnounced(exchange)) return 'announced'
  return hasVoted ? 'voting' : 'exchanging'
}

function progressOf(job: JobState, epoch: EpochState, now: Millis): Progress {
  const { contributions, gone, attempt } = epoch.method.standing(epoch.exchange)
  const error = job.refusal ?? epoch.failure ?? leavingOf(epoch) ?? epoch.error
  return {
    phase: phaseOf(job, epoch),
    generation: job.order.generation,
    epoch: epoch.epoch,
    round: Math.max(0, Math.floor((now - epoch.openedAt) / job.order.period)),
    contributions,
    roster: epoch.context.size,
    gone,
    attempt,
    messages: epoch.messages,
    bytesOut: epoch.bytesOut,
    bytesIn: epoch.bytesIn,
    ...(epoch.step > 0 && { step: epoch.step }),
    skippedRows: epoch.skippedRows,
    ...estimateIn(job, epoch, now),
    ...carriedIn(epoch),
    fleet: fleetProgress(epoch),
    ...(error === undefined ? {} : { error }),
  }
}

/** The answer or, while readings are followed, what it would be by what this device holds now. */
function estimateIn(job: JobState, epoch: EpochState, now: Millis): Pick<Progress, 'estimate'> {
  if (epoch.estimate) return { estimate: epoch.estimate }
  const shown = epoch.step > 0 && job.model.kind.steps?.shown?.(job.model, epoch.at)
  if (shown) return { estimate: shown }
  const near = isFollowing(job, epoch, now) ? epoch.method.estimate(epoch.exchange) : undefined
  const estimate = near && roughEstimate(job.model, near)
  return estimate ? { estimate } : {}
}

const isFollowing = ({ order }: JobState, { openedAt, status }: EpochState, now: Millis): boolean =>
  status === 'open' && now - openedAt < (order.window.follow ?? 0)

/** Has the state written when something that binds this device changed since the last time. */
export function persistIfChanged(agent: AgentState, epoch: EpochState, out: Outbox): void {
  const name = rememberedName(epoch.method.remember(epoch.exchange))
  if (epoch.written === name) return
  epoch.written = name
  out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
}

/** Names what a device must remember of an epoch, so that a change is seen. */
export function rememberedName(remembered: Remembered): string {
  const { contribution, share, bound, statement, commitments, steps } = remembered
  const { attempt, vote, lock, isReady } = bound
  return [
    contribution !== undefined,
    share !== undefined,
    statement,
    ...[attempt, vote && bytesToHex(vote.hash), lock?.attempt, isReady],
    commitments && rememberedName(commitments),
    ...(steps ?? []).map((step) => `${step.at && bytesToHex(step.at)}/${rememberedName(step)}`),
  ].join('/')
}
