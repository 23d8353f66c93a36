import { compileModel, mostSums } from '../../agent/fusion/model.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { equalBytes } from '../../agent/wire/hash.ts'
import type { Millis, NodeId } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import type { Seal, SealReport } from '../../agent/wire/messages.ts'
import { figuresOf } from './figures.ts'
import { carryOver, isInTurn } from './jobCarry.ts'
import { catchUp, isPaced, mayFollow } from './jobPace.ts'
import { type JobEffect, RETURN, type Surroundings } from './jobSeam.ts'
import { type ActiveRoster, type CollectedEpoch, type JobState, repeats } from './jobState.ts'
import { awaited, buried, collect, newCollection, toldIn } from './result.ts'
import { documentOf, type ResultDocument } from './resultDocument.ts'

/** Members that are gone may come back within this time of the first report and still seal. */
const GRACE: Millis = 5_000
/**
 * Members that the others took to be gone although we see them online have this long to learn the
 * answer and seal it: before, an answer of a few that heard nobody could stand for all.
 */
const REUNION: Millis = 30_000
/** Reports travel and devices start a little later than we do: this much beyond the timeout of the order. */
const SLACK: Millis = 5_000
/** Ended epochs of a repeating job that late reports are still compared with. */
const KEPT_EPOCHS = 2

/**
 * When an epoch closes by our clock: epoch k at the first roster's time + k · every. Devices count
 * from the moment they got that roster. Where windows follow each other only the open one has a time.
 */
export function closesAt(state: JobState, epoch: number): number {
  if (isPaced(state)) return state.pacedAt ?? state.startedAt ?? 0
  return (state.startedAt ?? 0) + epoch * (state.order.window.every ?? 0)
}

/**
 * Takes a device's report in, creates its epoch if it is due, and compares it with the result where
 * there is one already.
 */
export function takeReport(
  state: JobState,
  report: SealReport,
  seal: Seal | undefined,
  around: Surroundings,
  out: JobEffect[],
): void {
  if (isPaced(state) && report.epoch > state.nextEpoch + 1) {
    const passed = catchUp(state, report.from, report.epoch)
    if (passed) {
      const message = `epochs ${passed.from} to ${passed.to} passed while the controller was away`
      out.push({ kind: 'note', level: 'warn', message }, { kind: 'save' })
    }
  }
  const taken = takeIn(state, report, seal)
  if (taken === undefined) return
  if (typeof taken === 'string') {
    const { from, epoch } = report
    const message = `dropped a report of ${from} on epoch ${epoch}: ${taken}`
    out.push({ kind: 'note', level: 'debug', message })
    return
  }
  // Who left says nothing of how far the others are.
  if (!report.left) taken.firstReportAt ??= around.now
  out.push({ kind: 'keep', roster: taken.rosterHash, epoch: report.epoch, node: report.from })
  if (taken.document) compareLate(state, taken, around, out)
}

/** @returns the epoch that the report is new to, nothing where it is known, or why it does not count */
function takeIn(
  state: JobState,
  report: SealReport,
  seal: Seal | undefined,
): CollectedEpoch | string | undefined {
  const active = state.rosters.find(({ hash }) => equalBytes(hash, report.roster))
  if (!active) return 'it belongs to no roster of the job'
  const entry = entryOf(state, active, report.epoch)
  if (typeof entry === 'string') return entry
  try {
    return collect(entry.collection, report, seal) ? entry : undefined
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code !== 'BAD_MESSAGE') throw error
    return error.message
  }
}

/** Closes and finishes what is due. @returns whether an epoch was finished */
export function collectDue(state: JobState, around: Surroundings, out: JobEffect[]): boolean {
  skipMissed(state, around.now, out)
  const last = state.order.epochs ?? Number.POSITIVE_INFINITY
  if (isPaced(state)) state.pacedAt ??= around.now
  const mayClose = () =>
    repeats(state)
      ? state.nextEpoch < last && (!isPaced(state) || mayFollow(state))
      : state.nextEpoch === 0
  while (mayClose() && closesAt(state, state.nextEpoch) <= around.now) {
    const active = rosterFor(state, state.nextEpoch)
    if (active) entryOf(state, active, state.nextEpoch)
    if (isPaced(state)) state.pacedAt = around.now
    state.nextEpoch++
  }
  let finished = false
  for (const entry of inOrder(state)) {
    if (entry.document || !isInTurn(state, entry) || !isDue(state, entry, around)) continue
    finish(state, entry, around, out)
    finished = true
  }
  if (finished) forgetOld(state)
  // The window after one that ended begins at once; all reports of it may be there already.
  if (finished && isPaced(state)) collectDue(state, around, out)
  return finished
}

/** After a restart: epochs that had closed and have no result are collected again. */
export function reopen(state: JobState): void {
  for (let epoch = Math.max(0, state.nextEpoch - LIMITS.epochs); epoch < state.nextEpoch; epoch++) {
    const active = rosterFor(state, epoch)
    if (active && !state.finished.includes(epoch)) entryOf(state, active, epoch)
  }
}

/** When a running job has to be looked at again though nothing happens. */
export function dueTimes(state: JobState, around: Surroundings): number[] {
  const times: number[] = []
  for (const { document, collection, firstReportAt } of state.epochs.values()) {
    if (document) continue
    times.push(latestEnd(state, collection.epoch))
    if (firstReportAt === undefined) times.push(passedAt(state, collection.epoch))
    if (firstReportAt !== undefined) times.push(firstReportAt + GRACE, firstReportAt + REUNION)
    if (around.linkedSince !== undefined) times.push(around.linkedSince + RETURN)
  }
  const { epochs } = state.order
  if (repeats(state) && !isPaced(state) && (epochs === undefined || state.nextEpoch < epochs))
    times.push(closesAt(state, state.nextEpoch))
  return times
}

/** The result of an epoch with the roster's members that are online now. */
function documentNow(state: JobState, entry: CollectedEpoch, around: Surroundings): ResultDocument {
  return documentOf(state.order, entry.collection, {
    figures: (answer) => {
      const { sum, at } = answer
      const window = { epoch: entry.collection.epoch, sum, at, told: toldIn(answer) }
      return figuresOf(state.order.model, window, entry.before)
    },
    online: (node) => around.presence(node) === 'online',
    least: state.wanted.minNodes,
    placed: (text) => around.placed(text, state.order.model.code ?? ''),
  })
}

/**
 * Whether nothing more is to be waited for: all that owe a report gave one; or they are gone, and
 * had time to come back; or the time of the epoch is over.
 */
function isDue(state: JobState, entry: CollectedEpoch, around: Surroundings): boolean {
  const { now, linkedSince, presence } = around
  const { collection, firstReportAt } = entry
  if (now >= latestEnd(state, collection.epoch)) return true
  const owing = awaited(collection)
  if (firstReportAt === undefined)
    return owing.length === 0 || now >= passedAt(state, collection.epoch)
  const isOnline = (node: NodeId) => presence(node) === 'online'
  if (owing.length === 0)
    return now >= firstReportAt + REUNION || !buried(collection).some(isOnline)
  if (linkedSince === undefined || now < firstReportAt + GRACE) return false
  const hadTime = now >= linkedSince + RETURN
  return owing.every((node) => {
    const known = presence(node)
    return known === 'offline' || (known === 'unheard' && hadTime)
  })
}

/** When an epoch of which nobody says anything is over, since others after it are under way: nobody was there for it. */
function passedAt({ epochs }: JobState, epoch: number): number {
  const later = [...epochs.values()].filter(({ collection }) => collection.epoch > epoch)
  return Math.min(...later.map(({ firstReportAt = Infinity }) => firstReportAt)) + REUNION
}

/** Readings are followed first, where they are, and the timeout counts from then on, for each of several sums in a row. */
const latestEnd = (state: JobState, epoch: number): number => {
  const { window, timeout, model } = state.order
  const summing = timeout * mostSums(model)
  return closesAt(state, epoch) + window.late + (window.follow ?? 0) + summing + SLACK
}

function finish(
  state: JobState,
  entry: CollectedEpoch,
  around: Surroundings,
  out: JobEffect[],
): void {
  const { epoch } = entry.collection
  entry.before = state.carried
  const document = documentNow(state, entry, around)
  entry.document = document
  carryOver(state, entry)
  state.finished = [...state.finished, epoch].sort((a, b) => a - b).slice(-8)
  if (document.status === 'succeeded') state.results++
  tell(state, entry, document, out)
  out.push({ kind: 'save' })
}

/** A result that stands is corrected in public when a later seal contradicts or completes it. */
function compareLate(
  state: JobState,
  entry: CollectedEpoch,
  around: Surroundings,
  out: JobEffect[],
): void {
  const before = entry.document
  const now = documentNow(state, entry, around)
  const said = (document: ResultDocument | undefined) =>
    JSON.stringify([document?.status, document?.agreement?.identical, document?.agreement?.answers])
  if (said(before) === said(now)) return
  entry.document = now
  tell(state, entry, now, out)
  correctLater(state, entry, around, out)
  out.push({ kind: 'save' })
}

/** What earlier windows left has changed, and so what each later one means that ended already. */
function correctLater(
  state: JobState,
  corrected: CollectedEpoch,
  around: Surroundings,
  out: JobEffect[],
): void {
  state.carried = corrected.before
  for (const entry of inOrder(state)) {
    if (!entry.document || entry.collection.epoch < corrected.collection.epoch) continue
    entry.before = state.carried
    carryOver(state, entry)
    const document = documentNow(state, entry, around)
    if (
      entry === corrected ||
      JSON.stringify(entry.document.result) === JSON.stringify(document.result)
    )
      continue
    tell(state, entry, document, out)
  }
}

function tell(
  state: JobState,
  entry: CollectedEpoch,
  found: ResultDocument,
  out: JobEffect[],
): void {
  const { epoch } = entry.collection
  const latest = epoch >= (state.document?.epoch ?? 0)
  // Where the contract ended before the work, each later result says what became of the money.
  const document = latest && state.market ? { ...found, market: state.market } : found
  entry.document = document
  if (latest) state.document = document
  const { agreement, contributors, reason } = document
  const identical = agreement?.identical ?? false
  const message = identical
    ? `${agreement?.sealed} devices sealed the same sum of ${contributors?.count} contributions`
    : (reason ?? `${agreement?.silent?.length ?? 0} devices are online and sealed nothing`)
  state.conditions.set('Agreed', {
    type: 'Agreed',
    status: identical,
    reason: identical ? 'Identical' : agreement?.answers ? 'Disagreement' : 'Incomplete',
    message,
  })
  if (document.status === 'failed')
    out.push({ kind: 'note', level: 'warn', message: `epoch ${epoch}: ${reason}` })
  out.push({ kind: 'result', epoch, document, latest })
}

/** The epoch's collection, made when it is due or about to be; or why there is none. */
function entryOf(state: JobState, active: ActiveRoster, epoch: number): CollectedEpoch | string {
  const known = state.epochs.get(epoch)
  if (known) {
    if (equalBytes(known.rosterHash, active.hash)) return known
    return 'the epoch runs under another roster'
  }
  if (rosterFor(state, epoch) !== active) return 'the epoch belongs to another roster'
  // A device's clock may be ahead of ours by less than an epoch.
  if (epoch > (repeats(state) ? state.nextEpoch + 1 : 0)) return 'the epoch is not due'
  if (state.finished.includes(epoch) || epoch < (state.finished[0] ?? 0)) return 'the epoch is over'
  const { dimension } = compileModel(state.order.model)
  const entry: CollectedEpoch = {
    collection: newCollection(active.roster, active.hash, epoch, dimension),
    rosterHash: active.hash,
    firstReportAt: undefined,
    document: undefined,
    before: undefined,
  }
  state.epochs.set(epoch, entry)
  return entry
}

const rosterFor = (state: JobState, epoch: number): ActiveRoster | undefined =>
  state.rosters.find(({ roster }) => roster.firstEpoch <= epoch)

/** A controller that was away for long does not wait for epochs that nobody can report any more. */
function skipMissed(state: JobState, now: number, out: JobEffect[]): void {
  const every = state.order.window.every
  if (every === undefined || state.startedAt === undefined || isPaced(state)) return
  const current = Math.floor((now - state.startedAt) / every)
  // Of those that the job asks for: it may still wait for reports of the last ones when others would be due.
  const { epochs = Number.POSITIVE_INFINITY } = state.order
  const first = Math.min(Math.max(0, current - LIMITS.epochs), epochs)
  if (state.nextEpoch >= first) return
  const message = `epochs ${state.nextEpoch} to ${first - 1} passed while the controller was away`
  out.push({ kind: 'note', level: 'warn', message })
  state.nextEpoch = first
}

function forgetOld(state: JobState): void {
  const ended = [...state.epochs].filter(([, { document }]) => document).map(([epoch]) => epoch)
  for (const epoch of ended.sort((a, b) => a - b).slice(0, -KEPT_EPOCHS)) state.epochs.delete(epoch)
}

const inOrder = ({ epochs }: JobState): CollectedEpoch[] =>
  [...epochs.values()].sort((a, b) => a.collection.epoch - b.collection.epoch)
