import { methodOf } from '../consensus/methods.ts'
import { neighborsOf, reversed } from '../consensus/overlay.ts'
import { compileModel } from '../fusion/model.ts'
import { fullSet } from '../wire/bitset.ts'
import { OBJECT } from '../wire/cborCheck.ts'
import { decodeRecord } from '../wire/codec.ts'
import { HypernetError } from '../wire/errors.ts'
import { digest, equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { Order, Roster } from '../wire/messages.ts'
import { PROTOCOL } from '../wire/version.ts'
import { contractOf, contractsOf, hasToShow, leaveContract, roomMistake } from './contracts.ts'
import { beginDeal, dealOf } from './deals.ts'
import { dealMistake } from './dealt.ts'
import type { Outbox } from './effect.ts'
import { openDueEpoch } from './epochs.ts'
import { reopen } from './newEpoch.ts'
import { offer } from './offering.ts'
import { refusalOf } from './permission.ts'
import { refuse, tellAgain } from './reports.ts'
import type { Settings } from './settings.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import type { AgentState, JobState, RosterState } from './state.ts'

/** Takes in a signed order: a new job, a newer form of a known one, or its end. */
export function admitOrder(
  agent: AgentState,
  now: number,
  order: Order,
  hash: Uint8Array,
  bytes: Uint8Array,
  out: Outbox,
): void {
  const known = agent.jobs.get(order.job)
  if (order.fleet !== (agent.settings.fleet as string)) return
  const seen = known?.order.generation ?? agent.ended.get(order.job) ?? -1
  if (order.generation <= seen) return
  if (order.cancelled) {
    markEnded(agent, order)
    if (known) forget(agent, known, out)
    return
  }
  if (!known && agent.jobs.size >= LIMITS.jobs && !dropFinished(agent, now, out)) {
    out.push({ kind: 'note', level: 'debug', message: FULL, job: order.job })
    return
  }
  if (known) forget(agent, known, out)
  const job = newJob(agent, agent.settings, now, order, hash, bytes)
  if (typeof job === 'string') {
    out.push({ kind: 'note', level: 'error', message: `order refused: ${job}`, job: order.job })
    return
  }
  agent.jobs.set(order.job, job)
  listen(agent, job, out)
  offer(agent, job, out)
  // Whoever pays wants to know what is wrong with the offer; a job without one is for whom its roster names.
  if (job.refusal && order.offer) refuse(agent, order, job.refusal, out)
  if (!job.refusal) out.push({ kind: 'observe', sensors: order.sensors.map((sensor) => sensor.id) })
  const early = agent.early.get(order.job)
  agent.early.delete(order.job)
  if (early) admitRoster(agent, now, early.roster, early.hash, early.bytes, out)
}

/** Takes in a signed roster: who takes part from some epoch on. */
export function admitRoster(
  agent: AgentState,
  now: number,
  roster: Roster,
  hash: Uint8Array,
  bytes: Uint8Array,
  out: Outbox,
): void {
  const job = agent.jobs.get(roster.job)
  if (!job || !equalBytes(job.orderHash, roster.order)) {
    if (!job && agent.jobs.size >= LIMITS.jobs) turnDown(agent, roster, hash, out)
    else if (job || agent.early.size < LIMITS.jobs)
      agent.early.set(roster.job, { roster, hash, bytes })
    return
  }
  if (job.rosters.some((each) => equalBytes(each.hash, hash))) {
    // The controller asks again for what it may have missed while it was away.
    for (const epoch of job.epochs) tellAgain(agent, job, epoch, now, out)
    return
  }
  if (job.rosters.some((each) => each.roster.generation >= roster.generation)) return
  const state = dealMistake(job.order, roster) ?? rosterState(agent, roster, hash, bytes)
  if (typeof state === 'string') {
    out.push({ kind: 'note', level: 'error', message: `roster refused: ${state}`, job: roster.job })
    return
  }
  // An order says nothing of whom it is for: only a member that refuses has something to say.
  const isNamed = state.self >= 0 && !job.rosters.some(({ self }) => self >= 0)
  job.rosters = [
    ...job.rosters.filter((each) => each.roster.firstEpoch < roster.firstEpoch),
    state,
  ].slice(-2)
  if (state.self >= 0) beginDeal(job, agent, now, roster)
  listen(agent, job, out)
  if (isNamed && job.refusal) refuse(agent, job.order, job.refusal, out)
  const repeats = job.order.window.every !== undefined
  if (job.origin === undefined && (roster.firstEpoch === 0 || !repeats)) {
    job.origin = now - roster.firstEpoch * (job.order.window.every ?? 0)
  }
  job.alone = now + 2 * (job.order.window.every ?? 0)
  const before = out.length
  openDueEpoch(agent, job, now, out)
  // Where it is written with our share, or will be once that is signed, one writing is enough.
  if (!out.slice(before).some(({ kind }) => kind === 'sign' || kind === 'persist'))
    out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
}

const FULL = `this device already takes part in ${LIMITS.jobs} jobs, which is the limit`

/** Says at once that there is no room for a job that counts on this device. */
function turnDown(agent: AgentState, roster: Roster, hash: Uint8Array, out: Outbox): void {
  const { node, fleet } = agent.settings
  if (!roster.members.some(({ id }) => id === node)) return
  out.push({ kind: 'note', level: 'warn', message: FULL, job: roster.job })
  const counts = { rounds: 0, messages: 0, bytesOut: 0, bytesIn: 0, milliseconds: 0 }
  const label = {
    version: PROTOCOL,
    job: roster.job,
    from: node,
    epoch: roster.firstEpoch,
  } as const
  out.push({
    kind: 'seal',
    fleet,
    job: roster.job,
    report: { ...label, roster: hash, failure: FULL, ...counts, left: true },
  })
}

/** Listens to our neighbors in every roster that is in force, while the newest one names us. */
export function listen(agent: AgentState, job: JobState, out: Outbox): void {
  const isCalled = (job.rosters.at(-1)?.self ?? -1) >= 0
  // What is addressed may arrive together with the roster, so it is listened to from the order on.
  const mayBeCalled = job.rosters.length === 0 && !job.refusal
  const neighbors = [...new Set(job.rosters.flatMap(neighborIds))]
  const { isAddressed } = methodOf(job.order.method)
  if (!isCalled && !isAddressed) return
  const { fleet } = agent.settings
  const isHeard = isAddressed && (isCalled || mayBeCalled)
  out.push({ kind: 'listen', fleet, job: job.order.job, neighbors, isAddressed: isHeard })
}

const neighborIds = ({ self, hears, roster }: RosterState) =>
  self < 0 ? [] : (hears[self] ?? []).flatMap((i) => roster.members[i]?.id ?? [])

/** Ends the work for a job at once: it was cancelled or replaced. What was found is shown all the same, at its time. */
function forget(agent: AgentState, job: JobState, out: Outbox): void {
  agent.jobs.delete(job.order.job)
  const isSilent = !job.contract || leaveContract(agent, job.contract)
  for (const { epoch } of job.epochs) {
    out.push({
      kind: 'timer',
      name: `flush/${job.order.job}/${epoch}`,
      at: Number.POSITIVE_INFINITY,
    })
    out.push({
      kind: 'timer',
      name: `seal/${job.order.job}/${epoch}`,
      at: Number.POSITIVE_INFINITY,
    })
  }
  out.push({ kind: 'timer', name: `epoch/${job.order.job}`, at: Number.POSITIVE_INFINITY })
  if (isSilent && contractsOf(agent, job.order.job).length === 0)
    out.push({ kind: 'timer', name: `deal/${job.order.job}`, at: Number.POSITIVE_INFINITY })
  const { fleet } = agent.settings
  out.push({ kind: 'listen', fleet, job: job.order.job, neighbors: [], isAddressed: false })
  out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
}

/** From now on an order of this generation or an older one is not obeyed. */
function markEnded({ ended }: AgentState, { job, generation }: Order): void {
  ended.delete(job)
  ended.set(job, generation)
  if (ended.size > LIMITS.ended) ended.delete([...ended.keys()][0] ?? job)
}

/** Makes room by dropping the job that ended longest ago, unless it has something to show yet. */
function dropFinished(agent: AgentState, now: Millis, out: Outbox): boolean {
  for (const job of agent.jobs.values()) {
    if (job.contract && hasToShow(job.contract, now)) continue
    const isDone = job.epochs.every(({ status }) => status === 'final' || status === 'failed')
    if (isDone && job.order.window.every === undefined) {
      // What was paid for once is not worked for again.
      if (job.contract?.findings.size) markEnded(agent, job.order)
      forget(agent, job, out)
      return true
    }
  }
  return false
}

function newJob(
  agent: AgentState,
  settings: Settings,
  now: number,
  order: Order,
  orderHash: Uint8Array,
  orderBytes: Uint8Array,
): JobState | string {
  try {
    const model = compileModel(order.model)
    const paid = dealOf(settings, order)
    const refused = refusalOf(settings, order) ?? (typeof paid === 'string' ? paid : undefined)
    const deal = refused === undefined && typeof paid !== 'string' ? paid : undefined
    const full = deal && roomMistake(agent, now, order.job, deal.address, deal.terms)
    const { offer } = order
    const contract =
      deal && offer && full === undefined
        ? contractOf(agent, { job: order.job, offer }, orderHash, deal.address)
        : undefined
    const refusal = refused ?? full ?? contract?.refusal
    return {
      order,
      orderBytes,
      orderHash,
      model,
      rosters: [],
      epochs: [],
      refusal,
      deal: contract && deal,
      contract,
      origin: undefined,
      originUnix: undefined,
      isGuess: false,
      alone: now,
      ahead: new Map(),
      carry: { recent: [] },
    }
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return error.message
  }
}

function rosterState(
  agent: AgentState,
  roster: Roster,
  hash: Uint8Array,
  bytes: Uint8Array,
): RosterState | string {
  try {
    const overlay = overlayOf(roster)
    if (overlay.index.size !== roster.members.length) return 'a device stands in it twice'
    const at = overlay.index.get(agent.settings.node) ?? -1
    const key = roster.members[at]?.key
    const self = key && equalBytes(key, agent.settings.publicKey) ? at : -1
    return { roster, bytes, hash, tag: hash.slice(0, 8), self, ...overlay }
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return error.message
  }
}

type Overlay = Pick<RosterState, 'index' | 'everyone' | 'hears' | 'heardBy'>

/** What follows from a roster alone is worked out once, however many agents of a process hold it. */
const overlays = new WeakMap<Roster, Overlay>()

/** @throws HypernetError `BAD_GRAPH` */
function overlayOf(roster: Roster): Overlay {
  const known = overlays.get(roster)
  if (known) return known
  const hears = neighborsOf(roster)
  const index = new Map(roster.members.map((member, i) => [member.id, i]))
  const everyone = fullSet(roster.members.length)
  const made = { index, everyone, hears, heardBy: reversed(hears) }
  overlays.set(roster, made)
  return made
}

/** Rebuilds the jobs of an earlier life. What no longer decodes is left out: its order will come again. */
export function restoreJobs(agent: AgentState, snapshot: Snapshot): void {
  for (const kept of snapshot.jobs) {
    try {
      const order = decodeRecord(Order, kept.order, OBJECT)
      // What it has taken on it had room for; by now the job itself may have taken that.
      const settings = kept.rosters.length
        ? { ...agent.settings, machine: undefined }
        : agent.settings
      const job = newJob(agent, settings, 0, order, digest(kept.order), kept.order)
      if (typeof job === 'string') continue
      for (const bytes of kept.rosters) {
        const state = rosterState(agent, decodeRecord(Roster, bytes, OBJECT), digest(bytes), bytes)
        if (typeof state !== 'string') job.rosters.push(state)
      }
      job.originUnix = kept.originUnix
      job.carry = kept.carry ?? job.carry
      for (const epoch of kept.epochs) reopen(agent, job, epoch)
      agent.jobs.set(order.job, job)
    } catch (error) {
      if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    }
  }
}
