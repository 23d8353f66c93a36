import type { Outgoing, Standing } from '../consensus/method.ts'
import { programShare } from '../fusion/program.ts'
import { encodeRecord } from '../wire/codec.ts'
import { HypernetError } from '../wire/errors.ts'
import { equalBytes } from '../wire/hash.ts'
import type { Millis, NodeId } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { Exchange } from '../wire/messages.ts'
import type { ProgramAnswer } from '../wire/programCall.ts'
import { formatDuration } from '../wire/units.ts'
import { PROTOCOL } from '../wire/version.ts'
import { someOf } from '../wire/words.ts'
import type { Outbox } from './effect.ts'
import { newEpoch } from './newEpoch.ts'
import { isPaced, nextWindow } from './pace.ts'
import { fail, finish, fits, leavingOf, persistIfChanged, report, tellLeaving } from './reports.ts'
import { followReadings, isUnsummable, payloadOf, rowsIn, runProgram, shareOf } from './shares.ts'
import { signContribution, signStatement } from './signing.ts'
import type { AgentState, EpochState, JobState } from './state.ts'
import { advance, FORGOTTEN } from './steps.ts'
import { takeTime } from './windowTime.ts'

/** Part of an epoch's time, and the most, that a device without any reading yet waits for one. */
const READING = { share: 0.1, most: 12_000 } as const

/** Opens the epoch that is due by our clock, closes those that it displaces, and sets the next timer. */
export function openDueEpoch(
  agent: AgentState,
  job: JobState,
  now: Millis,
  out: Outbox,
  heard?: Exchange,
): void {
  if (job.rosters.length === 0) return
  if (isPaced(job)) {
    const { epoch, at } = nextWindow(job, now, heard)
    if (epoch !== undefined) openEpoch(agent, job, epoch, now, out)
    else if (at !== undefined) out.push({ kind: 'timer', name: `epoch/${job.order.job}`, at })
    return
  }
  const { every } = job.order.window
  if (every === undefined) {
    openEpoch(agent, job, job.rosters.at(-1)?.roster.firstEpoch ?? 0, now, out)
    return
  }
  if (job.origin === undefined) {
    // We joined a job that is under way: its members' messages tell which epoch it is (`hear`).
    const firstEpoch = job.rosters[0]?.roster.firstEpoch ?? 0
    if (now >= job.alone) {
      job.origin = now - Math.max(firstEpoch, job.epochs.at(-1)?.epoch ?? 0) * every
      job.isGuess = true
    } else out.push({ kind: 'timer', name: `epoch/${job.order.job}`, at: job.alone })
  }
  if (job.origin === undefined) return
  const due = Math.floor((now - job.origin) / every)
  openEpoch(agent, job, due, now, out)
  if (!isLast(job, due + 1)) {
    out.push({ kind: 'timer', name: `epoch/${job.order.job}`, at: job.origin + (due + 1) * every })
  }
}

const isLast = (job: JobState, epoch: number): boolean =>
  job.order.epochs !== undefined && epoch >= job.order.epochs

function openEpoch(
  agent: AgentState,
  job: JobState,
  epoch: number,
  now: Millis,
  out: Outbox,
): EpochState | undefined {
  const newest = job.epochs.at(-1)
  if ((newest && newest.epoch >= epoch) || isLast(job, epoch)) return undefined
  const roster = job.rosters.findLast((each) => each.roster.firstEpoch <= epoch)
  if (!roster || roster.self < 0) return undefined
  const state = newEpoch(agent, job, roster, epoch, now)
  job.epochs.push(state)
  while (job.epochs.length > LIMITS.epochs) {
    const old = job.epochs.shift()
    if (!old) break
    const name = `${job.order.job}/${old.epoch}`
    out.push({ kind: 'timer', name: `flush/${name}`, at: Number.POSITIVE_INFINITY })
    out.push({ kind: 'timer', name: `seal/${name}`, at: Number.POSITIVE_INFINITY })
    if (old.status === 'open' || old.status === 'reading') {
      job.isGuess = true
      fail(agent, job, old, now, 'the next windows closed before it was done', out)
    }
  }
  const member = roster.roster.members[roster.self]
  if (job.refusal) {
    state.method.leave(state.exchange, job.refusal)
  } else if (agent.isBlank && member && member.incarnation !== agent.incarnation) {
    // What an earlier life signed in this epoch is unknown, and two contributions would be a lie.
    state.method.leave(state.exchange, 'the device started again without its state')
  } else {
    contribute(agent, job, state, now, out)
    return state
  }
  state.status = 'open'
  flush(agent, job, state, now, out)
  return state
}

/** Forms this device's contribution from its readings and has it signed, or waits for a first reading. */
export function contribute(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  const { order } = job
  const rows = rowsIn(agent, job, epoch, now)
  const deadline = epoch.openedAt + Math.min(order.timeout * READING.share, READING.most)
  if (!rows && now < deadline) {
    schedule(agent, job, epoch, now, out)
    return
  }
  epoch.status = 'open'
  epoch.rows = rows ?? []
  if (!putIn(agent, job, epoch, now, out)) flush(agent, job, epoch, now, out)
}

/** Puts this device's share of a sum in. @returns whether it could; else the device has left the epoch */
function putIn(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): boolean {
  const { method, exchange, rows } = epoch
  if (!rows) {
    method.leave(exchange, FORGOTTEN)
    return false
  }
  if (job.model.model.type === 'program') {
    runProgram(agent, job, epoch, rows, out)
    return true
  }
  try {
    propose(agent, job, epoch, now, shareOf(agent, job, epoch, rows), out)
    return true
  } catch (error) {
    if (!isUnsummable(error)) throw error
    method.leave(exchange, `its readings cannot be summed: ${error.message}`)
    epoch.error = error.message
    return false
  }
}

function propose(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  payload: Uint8Array,
  out: Outbox,
): void {
  const { method, exchange } = epoch
  method.propose?.(exchange, now, payload)
  const unsigned = method.propose ? method.unsigned?.(exchange) : payload
  if (unsigned) {
    signContribution(epoch, unsigned, out)
    return
  }
  persistIfChanged(agent, epoch, out)
  react(agent, job, epoch, now, out)
}

/** Takes in what the job's program came to. */
export function ran(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  end: ProgramAnswer,
  out: Outbox,
): void {
  if (epoch.status !== 'open') return
  if (end.kind === 'failed') {
    epoch.method.leave(epoch.exchange, `its program failed: ${end.message}`)
    epoch.error = end.message
    flush(agent, job, epoch, now, out)
    return
  }
  if (end.kind === 'result') epoch.told = end.text
  propose(agent, job, epoch, now, payloadOf(epoch, programShare(job.model, end)), out)
}

/** Takes in what the driver signed for the exchange of an epoch. */
export function stated(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  isContribution: boolean,
  signed: Uint8Array,
  out: Outbox,
): void {
  if (isContribution) epoch.method.contribute(epoch.exchange, now, signed)
  else epoch.method.stated(epoch.exchange, now, signed)
  persistIfChanged(agent, epoch, out)
  react(agent, job, epoch, now, out)
}

/** Takes in a neighbor's message. What belongs to no open epoch is dropped. */
export function hear(
  agent: AgentState,
  now: Millis,
  exchange: Exchange,
  bytes: number,
  out: Outbox,
): void {
  const job = agent.jobs.get(exchange.job)
  if (!job) return
  const epoch =
    job.epochs.find((each) => each.epoch === exchange.epoch) ??
    follow(agent, job, exchange, now, out)
  if (!epoch || !equalBytes(exchange.roster, epoch.roster.tag)) return
  const from = epoch.roster.index.get(exchange.from)
  if (from === undefined || from === epoch.context.self) return
  epoch.heard.add(exchange.from)
  epoch.bytesIn += bytes
  try {
    epoch.method.receive(epoch.exchange, now, from, exchange)
  } catch (error) {
    // A neighbor may send what no honest device sends: it must not stop this one.
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    const message = `message of ${exchange.from} dropped: ${error.message}`
    out.push({ kind: 'note', level: 'warn', message, job: job.order.job })
  }
  react(agent, job, epoch, now, out)
}

/** A neighbor is already in an epoch that is not open here: it may be that ours is due as well. */
function follow(
  agent: AgentState,
  job: JobState,
  exchange: Exchange,
  now: Millis,
  out: Outbox,
): EpochState | undefined {
  if (!isPaced(job) && !takeTime(job, exchange, now)) return undefined
  openDueEpoch(agent, job, now, out, exchange)
  return job.epochs.find((each) => each.epoch === exchange.epoch)
}

/** Lets an epoch act: time passes, and what neighbors lack is sent. */
export function flush(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  if (epoch.status === 'reading') contribute(agent, job, epoch, now, out)
  // While the link is down nobody can be heard, so no time passes.
  if (epoch.status === 'failed' || agent.linkLostAt !== undefined) return
  const { period, timeout, window } = job.order
  const follow = window.follow ?? 0
  if (epoch.status === 'open' && now - epoch.openedAt < follow)
    followReadings(agent, job, epoch, now)
  epoch.flushAt = Number.POSITIVE_INFINITY
  epoch.method.tick(epoch.exchange, now)
  if (advance(job, epoch, now) && !epoch.method.standing(epoch.exchange).isExcluded)
    putIn(agent, job, epoch, now, out)
  tellLeaving(agent, job, epoch, now, out)
  const draft = epoch.method.draft(epoch.exchange)
  const unsigned = epoch.method.unsigned?.(epoch.exchange)
  if (draft) signStatement(epoch, draft, out)
  if (unsigned) signContribution(epoch, unsigned, out)
  if (draft || unsigned) {
    // The signature comes back at once and wakes the epoch again; the period is the fallback.
    setFlush(job, epoch, now + period, out)
    return
  }
  const standing = epoch.method.standing(epoch.exchange)
  if (standing.isFinal && epoch.status === 'open') {
    if (!fits(agent, job, epoch, now, out, () => finish(agent, job, epoch, now, out))) return
  } else if (epoch.status === 'open') {
    const limit = reached(now - epoch.summedAt >= follow + timeout, timeout, standing)
    if (limit !== undefined) {
      fail(agent, job, epoch, now, reasonFor(epoch, standing, limit), out)
      return
    }
  }
  persistIfChanged(agent, epoch, out)
  const messages = epoch.method.publish(epoch.exchange, now)
  epoch.actedAt = now
  const tell = () => {
    for (const message of messages) send(agent, job, epoch, now, message, out)
  }
  if (!fits(agent, job, epoch, now, out, tell)) return
  report(agent, job, epoch, now, out)
  schedule(agent, job, epoch, now, out)
}

function send(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  { to, body }: Outgoing,
  out: Outbox,
): void {
  const { fleet, node } = agent.settings
  epoch.seq++
  const exchange: Exchange = {
    version: PROTOCOL,
    job: job.order.job,
    from: node,
    incarnation: agent.incarnation,
    seq: epoch.seq,
    epoch: epoch.epoch,
    round: Math.max(0, Math.floor((now - epoch.openedAt) / job.order.period)),
    roster: epoch.roster.tag,
    ...body,
  }
  const bytes = encodeRecord(Exchange, exchange)
  epoch.messages++
  epoch.bytesOut += bytes.length
  const whom = typeof to === 'number' ? { node: memberAt(epoch, to) } : to
  out.push({ kind: 'exchange', fleet, job: job.order.job, to: whom, exchange, bytes })
}

function memberAt({ roster }: EpochState, index: number): NodeId {
  const member = roster.roster.members[index]
  if (!member) throw new HypernetError('INVARIANT', `a message to device ${index} of no roster`)
  return member.id
}

/** The limit that ends an epoch without an answer. */
function reached(isTimeOver: boolean, timeout: Millis, { attempt }: Standing): string | undefined {
  if (isTimeOver) return `within the ${formatDuration(timeout)} of spec.consensus.timeout`
  return attempt > LIMITS.attempts ? `in ${LIMITS.attempts} attempts` : undefined
}

/** People are told the most frequent text before the semicolon, and one that goes on from there. */
function reasonFor(epoch: EpochState, { waitingFor, isExcluded }: Standing, limit: string): string {
  const own = leavingOf(epoch) ?? epoch.error
  if (own !== undefined) return own
  if (isExcluded) return 'it took itself out of the sum, and has not heard the answer of the others'
  const names = waitingFor().map((i) => epoch.roster.roster.members[i]?.id ?? `#${i}`)
  const whom = someOf(names) || 'a common answer'
  return `no agreement ${limit}; still waiting for ${whom}`.slice(0, 200)
}

/** Sets the flush timer to when the method next wants to speak, at the pace that the settings allow. */
export function schedule(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  if (epoch.status === 'failed') return
  const wanted = epoch.method.next(epoch.exchange)
  setFlush(job, epoch, Math.max(wanted, earliest(agent, epoch, now)), out)
}

/** When the method may act: most gather what comes in for a moment, or act once a period. */
function earliest({ settings: { gather } }: AgentState, epoch: EpochState, now: Millis): Millis {
  const { actedAt, context, method, exchange } = epoch
  if (method.isPrompt(exchange)) return now
  return Math.max(now + gather, actedAt + (gather || context.period))
}

/** Acts on what just came in: at once, where the method knows that nothing is gained by waiting. */
function react(
  agent: AgentState,
  job: JobState,
  epoch: EpochState,
  now: Millis,
  out: Outbox,
): void {
  const { method, exchange } = epoch
  const isUrgent = method.isPrompt(exchange) && method.next(exchange) <= now
  if (isUrgent) flush(agent, job, epoch, now, out)
  else schedule(agent, job, epoch, now, out)
}

function setFlush(job: JobState, epoch: EpochState, at: Millis, out: Outbox): void {
  if (at >= epoch.flushAt) return
  epoch.flushAt = at
  out.push({ kind: 'timer', name: `flush/${job.order.job}/${epoch.epoch}`, at })
}
