import { OBJECT } from '../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { digest, utf8ToBytes } from '../../agent/wire/hash.ts'
import type { Millis, NodeId } from '../../agent/wire/ids.ts'
import { Roster } from '../../agent/wire/messages.ts'
import { counted, someOf } from '../../agent/wire/words.ts'
import { type Alike, alikeText } from './alike.ts'
import {
  cancel,
  condition,
  end,
  endAtDeadline,
  endIfDone,
  orderEffect,
  settled,
} from './jobEnding.ts'
import { closesAt, collectDue, dueTimes, reopen, takeReport } from './jobEpochs.ts'
import { isPaced } from './jobPace.ts'
import { type JobEffect, type JobInput, RETURN, type Surroundings } from './jobSeam.ts'
import {
  activeRoster,
  type Condition,
  isEnded,
  isPaid,
  type JobState,
  repeats,
} from './jobState.ts'
import { statusOf } from './jobStatus.ts'
import { comingBack, rosterOf, type Selection, sameMembers, select } from './roster.ts'
import { weaknessOf } from './weakness.ts'
import { hiredOf, hiredText, offersText, workersOf } from './workers.ts'

/** A job starts once its devices have been the same for this long, so that a fleet that comes up is not cut short. */
export const SETTLE: Millis = 500
/** It waits for that no longer than this. */
const SETTLE_MOST: Millis = 5_000
/** Within this time a roster reaches every device. */
const REACH: Millis = 2_000
/** How long reports that come late are compared with a result. */
const LATE: Millis = 60_000

/** A job's every decision: what to do about one input. */
export function step(
  state: JobState,
  input: JobInput,
  around: Surroundings,
  out: JobEffect[],
): void {
  switch (input.kind) {
    case 'submitted':
      out.push({ kind: 'save' }, orderEffect(state), { kind: 'spec', spec: state.spec })
      break
    case 'resumed':
      tellAgain(state, out)
      reopen(state)
      break
    case 'report':
      takeReport(state, input.report, input.seal, around, out)
      break
    case 'cancel':
      if (!isEnded(state)) cancel(state, around, out)
      break
    case 'offered':
      state.offers = input
      break
    case 'declined':
      state.declined = input
      break
    case 'absent':
      if (!isEnded(state)) takesPart(state, input.groups, around)
      break
    case 'hired':
      state.hired = input.sellers
      state.contractBegan = input.started
      break
    case 'settled':
      settled(state, input.market, around, out)
      break
    case 'unhired':
      state.isClosed = true
      if (isEnded(state)) out.push({ kind: 'save' })
      else end(state, 'failed', 'NotHired', input.reason, around, out)
      break
    case 'waits':
      state.waits = input.reason
      if (state.phase === 'running') state.message = hiredText(state)
      break
    case 'look':
      // The timer that led here is spent.
      state.toldWake = Number.NaN
      break
  }
  if (!isEnded(state)) advance(state, around, out)
  else if (state.endedAt !== undefined && around.now >= state.endedAt + LATE) state.epochs.clear()
  tellStatus(state, out)
  tellWake(state, around, out)
}

function advance(state: JobState, around: Surroundings, out: JobEffect[]): void {
  if (state.phase === 'pending') tryStart(state, around, out)
  if (state.phase === 'running') {
    const finished = collectDue(state, around, out)
    endIfDone(state, around, out)
    if (finished && state.phase === 'running') renew(state, around, out)
  }
  endAtDeadline(state, around, out)
}

/** Starts the job when enough devices are there, and have stopped coming. */
function tryStart(state: JobState, around: Surroundings, out: JobEffect[]): void {
  const { now, candidates, changedAt, linkedSince } = around
  if (isPaid(state)) {
    startHired(state, around, out)
    return
  }
  const selection = select(candidates, state.wanted)
  condition(state, selected(selection))
  if (!selection.enough) {
    state.enoughSince = undefined
    state.reason = selection.reason
    state.message = selection.text
    return
  }
  state.enoughSince ??= now
  state.reason = 'Settling'
  state.message = `${selection.text}; waits until they are steady`
  if (linkedSince === undefined) return
  const left = linkedSince + RETURN - now
  const back = left > 0 ? comingBack(candidates, state.wanted) : []
  if (back.length > 0) {
    state.reason = 'Returning'
    state.message = `${selection.text}; ${waitFor(back, left)}`
    return
  }
  const quiet = Math.max(changedAt, linkedSince) + SETTLE
  if (now < quiet && now < state.enoughSince + SETTLE_MOST) return
  issueRoster(state, around, 0, out)
  state.phase = 'running'
  state.startedAt = now
  state.reason = 'Running'
  state.message = `runs on ${counted(selection.devices.length, 'device')}`
  out.push({ kind: 'save' })
}

/** A paid job starts once the contract names its devices, with exactly these. */
function startHired(state: JobState, around: Surroundings, out: JobEffect[]): void {
  const { hired } = state
  if (!hired) {
    state.reason = 'Hiring'
    state.message = `${offersText(state)}; ${state.waits ?? 'waits until the contract names its sellers'}`
    return
  }
  const { linkedSince, now } = around
  const known = hiredOf(state, around).length
  const mayCome = linkedSince === undefined || now < linkedSince + RETURN
  if (known === 0 || (known < hired.length && mayCome)) {
    state.reason = 'Returning'
    state.message = `waits for the births of ${counted(hired.length - known, 'device')} that were hired`
    return
  }
  issueRoster(state, around, 0, out)
  state.phase = 'running'
  state.startedAt = around.now
  state.reason = 'Running'
  state.message = hiredText(state)
  out.push({ kind: 'save' })
}

/** Says for whom a job waits after the broker was away. @param left for how long at most */
function waitFor(nodes: readonly NodeId[], left: Millis): string {
  const were = nodes.length === 1 ? 'was' : 'were'
  const seconds = Math.ceil(left / 1000)
  return `waits up to ${seconds} s for ${counted(nodes.length, 'device')} that ${were} here before: ${someOf(nodes)}`
}

/** Gives a repeating job a new roster for an epoch to come when other devices match now. */
function renew(state: JobState, around: Surroundings, out: JobEffect[]): void {
  const { now, candidates, changedAt, linkedSince } = around
  const current = state.rosters[0]
  if (!repeats(state) || !current || isPaid(state)) return
  if (linkedSince === undefined || now < changedAt + SETTLE) return
  const selection = select(candidates, state.wanted)
  condition(state, selected(selection))
  // Too few now: those in the roster go on, and the result says who is missing.
  if (!selection.enough || sameMembers(current.roster, selection.devices)) return
  const isUnheard = ({ id }: { id: NodeId }) => around.presence(id) === 'unheard'
  if (now < linkedSince + RETURN && current.roster.members.some(isUnheard)) return
  // A roster must reach every device before its first epoch closes.
  const every = state.order.window.every ?? 0
  const soon = closesAt(state, state.nextEpoch) - now < Math.min(every / 2, REACH)
  const margin = isPaced(state) ? 1 + Math.ceil(REACH / every) : soon ? 1 : 0
  issueRoster(state, around, state.nextEpoch + margin, out)
  state.message = `runs on ${counted(selection.devices.length, 'device')}`
  out.push({ kind: 'save' })
}

function issueRoster(
  state: JobState,
  around: Surroundings,
  firstEpoch: number,
  out: JobEffect[],
): void {
  const { now } = around
  const generation = state.rosterGeneration + 1
  const order = digest(state.orderPayload)
  // Nobody gains from choosing the overlay, so a hash is as good as dice, and can be done again.
  const seed = new DataView(
    digest(order, utf8ToBytes(`overlay/${generation}/${now}`)).buffer,
  ).getUint32(0)
  const { neighbors = 'auto', longLinks } = state.wanted
  const { devices, shardOf } = workersOf(state, around)
  const terms = {
    job: state.job,
    order,
    generation,
    firstEpoch,
    seed,
    neighbors,
    longLinks,
    shardOf,
    started: state.contractBegan,
  }
  const roster = rosterOf(devices, terms)
  if (neighbors === 'declared') condition(state, robust(roster))
  const payload = encodeRecord(Roster, roster, OBJECT)
  state.rosterGeneration = generation
  state.rosters = [activeRoster(payload, now), ...state.rosters].slice(0, 2)
  out.push({ kind: 'roster', generation, firstEpoch, payload, at: now })
}

/** After a restart: the broker may have lost everything, and devices answer a roster by sealing again. */
function tellAgain(state: JobState, out: JobEffect[]): void {
  out.push({ kind: 'spec', spec: state.spec })
  const isWithdrawn = isEnded(state) && !state.order.cancelled
  out.push(isWithdrawn ? { kind: 'withdraw', what: 'order' } : orderEffect(state))
  const newest = state.rosters[0]
  if (isEnded(state) || !newest) out.push({ kind: 'withdraw', what: 'roster' })
  else {
    const { payload, at, roster } = newest
    const { generation, firstEpoch } = roster
    out.push({ kind: 'roster', generation, firstEpoch, payload, at })
  }
  const document = state.document
  if (document) out.push({ kind: 'result', epoch: document.epoch ?? 0, document, latest: true })
}

const selected = ({ enough, reason, text }: Selection): Condition => ({
  type: 'Selected',
  status: enough,
  reason,
  message: text,
})

/** Says which devices of the roster take no part, and why, for as long as they do. */
function takesPart(state: JobState, groups: readonly Alike[], { placed }: Surroundings): void {
  const isWhole = groups.length === 0
  if (isWhole && !state.conditions.has('TakesPart')) return
  const size = state.rosters[0]?.roster.members.length ?? 0
  const told = placed(alikeText(groups, size), state.order.model.code ?? '')
  condition(state, {
    type: 'TakesPart',
    status: isWhole,
    reason: isWhole ? 'All' : 'NotAll',
    message: isWhole ? 'all take part' : `take no part: ${told}`,
  })
}

/** Whether any one device may leave without parting the others. */
function robust(roster: Roster): Condition {
  const weakness = weaknessOf(roster)
  return {
    type: 'Robust',
    status: weakness === undefined,
    reason: weakness === undefined ? 'AnyOneMayLeave' : 'HangsOnDevice',
    message: weakness ?? 'any one device may leave',
  }
}

function tellStatus(state: JobState, out: JobEffect[]): void {
  const status = statusOf(state)
  const text = JSON.stringify(status)
  if (text === state.toldStatus) return
  state.toldStatus = text
  out.push({ kind: 'status', status })
}

function tellWake(state: JobState, around: Surroundings, out: JobEffect[]): void {
  const times: number[] = []
  if (isEnded(state)) {
    if (state.epochs.size > 0) times.push((state.endedAt ?? around.now) + LATE)
  } else {
    if (state.deadline !== undefined) times.push(state.submittedAt + state.deadline)
    if (state.enoughSince !== undefined && state.phase === 'pending') {
      const quiet = Math.max(around.changedAt, around.linkedSince ?? 0) + SETTLE
      times.push(Math.min(quiet, state.enoughSince + SETTLE_MOST))
      if (around.linkedSince !== undefined) times.push(around.linkedSince + RETURN)
    }
    if (state.phase === 'pending' && state.hired && around.linkedSince !== undefined)
      times.push(around.linkedSince + RETURN)
    if (state.phase === 'running') times.push(...dueTimes(state, around))
  }
  // What is due already was looked at in this step; only another input can change it.
  const at = Math.min(...times.filter((time) => time > around.now), Number.POSITIVE_INFINITY)
  if (at === state.toldWake) return
  state.toldWake = at
  out.push({ kind: 'wake', at })
}
