import { toDoubles } from '../../math/exactVector.ts'
import { add, addAll, checkedSet, count, emptySet, includesAll, minus } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import type { Exchange } from '../../wire/messages.ts'
import {
  type Agreement,
  bury,
  hear,
  isAllSaid,
  learn,
  news,
  openAgreement,
  tick,
} from '../agreement/agreement.ts'
import { agreementClaims, claimsAmong } from '../agreement/claims.ts'
import { FIRST_PATIENCE } from '../agreement/evidence.ts'
import { agreeing, covers } from '../agreement/part.ts'
import type { Sums } from '../agreement/sums.ts'
import { finalAnswer } from '../agreement/voting.ts'
import type { EpochContext } from '../context.ts'
import type { Method, Outgoing, Remembered } from '../method.ts'
import {
  contentsOf,
  digestWithout,
  type Entries,
  learnEntry,
  newEntries,
  partsOf,
  sumOver,
} from './entries.ts'
import { messagesFor } from './floodMessages.ts'
import type { FloodState } from './floodState.ts'

/**
 * `flood`: every device passes on the signed contributions that it holds until everybody holds all.
 * For small fleets, poor graphs and heavy loss: rounds = diameter when nothing is lost, N entries out
 * a device; relays cannot alter an entry. The union of sets is idempotent, so loss, duplicates and
 * reordering are harmless; the closed set (entries and tombstones cover the roster) is a stop without
 * knowledge of the graph. Source: Topkis, "Concurrent broadcast for information dissemination", IEEE
 * Trans. Software Eng. 11 (1985).
 */
export const flood: Method<FloodState> = {
  ...agreeing<FloodState>(({ agreement }) => agreement),
  name: 'flood',
  isPrompt: () => false,
  isAddressed: false,
  open,
  contribute(state, now, signed) {
    const { agreement, entries } = state
    agreement.contribution = signed
    const { context } = agreement
    if (learnEntry(entries, context, context.self, signed) === 'new') news(agreement, now)
  },
  claims: ({ agreement, entries }, body) => [
    ...claimsAmong(body.flood?.entries, 'contribution', (index) => entries.held[index]?.signed),
    ...agreementClaims(agreement.membership, body.agreement),
  ],
  receive,
  tick: ({ agreement }, now) => tick(agreement, now),
  publish,
  next,
  isAnnounced: () => false,
  dispute: () => undefined,
  estimate,
  contents({ agreement, entries }) {
    const answer = finalAnswer(agreement)
    return answer && contentsOf(entries, answer.contributors)
  },
  parts({ agreement, entries }) {
    const answer = finalAnswer(agreement)
    return answer && partsOf(entries, answer.contributors)
  },
}

function open(context: EpochContext, now: Millis, remembered?: Remembered): FloodState {
  const entries = newEntries(context.size)
  const known: FloodState['known'] = new Map()
  const { contribution } = remembered ?? {}
  if (contribution) learnEntry(entries, context, context.self, contribution)
  const sums = sumsOf(context, entries, known)
  return floodFor(openAgreement(context, sums, now, remembered), entries, known)
}

/** The state of a flood whose agreement is there already. */
export const floodFor = (
  agreement: Agreement,
  entries: Entries,
  known: FloodState['known'],
): FloodState => ({
  agreement,
  entries,
  known,
  shown: new Map(),
  sentAt: new Float64Array(entries.held.length).fill(-Infinity),
  patience: new Float64Array(entries.held.length).fill(FIRST_PATIENCE),
})

/** What a vote may be for: the sums of the entries that are held. */
export const sumsOf = (
  context: EpochContext,
  entries: Entries,
  known: FloodState['known'],
): Sums => ({
  have: entries.have,
  covering(gone, liars) {
    const contributors = minus(entries.have, liars)
    return covers(contributors, gone, context.everyone) ? contributors : undefined
  },
  totalOf: (contributors) =>
    includesAll(entries.have, contributors) ? sumOver(entries, context, contributors) : undefined,
  isFleeting: () => false,
  isAlike(neighbor) {
    const theirs = known.get(neighbor) ?? emptySet(context.size)
    return includesAll(theirs, entries.have) && includesAll(entries.have, theirs)
  },
})

function receive(state: FloodState, now: Millis, from: number, exchange: Exchange): boolean {
  const { agreement, entries, known } = state
  const { context } = agreement
  const { flood: body, agreement: said } = exchange
  if (!body || !said || body.have.length !== entries.have.length) return false
  const outcome = hear(agreement, from, exchange)
  if (outcome === 'stale') return false
  const held = known.get(from)
  if (held && outcome !== 'reborn') addAll(held, body.have)
  else known.set(from, checkedSet(body.have, context.size).slice())
  let learned = false
  for (const { index, signed } of body.entries ?? []) {
    learned = takeEntry(state, index, signed) || learned
  }
  if (learned) news(agreement, now)
  learned = learn(agreement, now, from, said) || learned
  if (body.digest && equalBytes(body.have, entries.have)) compare(state, from, body.digest)
  return learned
}

/** Times that a neighbor is shown everything, at growing distances; one that lies of its digest gets no more. */
const MOST_SHOWN = 40

/**
 * A neighbor that holds entries of the same devices, but not the same entries: some device told others
 * something else, which is proven as soon as both versions meet.
 */
function compare({ agreement, entries, known, shown }: FloodState, from: number, told: Uint8Array) {
  const { context, membership } = agreement
  if (equalBytes(told, digestWithout(entries, membership.liars))) return
  const times = shown.get(from) ?? 0
  if (times >= MOST_SHOWN) return
  shown.set(from, times + 1)
  known.set(from, emptySet(context.size))
}

/** Takes in a contribution whose signature is verified. @returns whether it told anything new */
export function takeEntry(state: FloodState, index: number, signed: Uint8Array): boolean {
  const { agreement, entries } = state
  const learning = learnEntry(entries, agreement.context, index, signed)
  return learning === 'new' || (learning === 'lie' && accuse(state, index, signed))
}

/** A contribution that contradicts another, or is none: its device is proven a liar. */
function accuse({ agreement, entries }: FloodState, index: number, signed: Uint8Array): boolean {
  const set = emptySet(agreement.context.size)
  add(set, index)
  const known = entries.held[index]
  const proof = [...(known ? [{ index, signed: known.signed }] : []), { index, signed }]
  return bury(agreement, { set, statements: [], entries: proof })
}

function publish(state: FloodState, now: Millis): Outgoing[] {
  const { agreement } = state
  const out = messagesFor(state, now)
  agreement.publishedAt = now
  agreement.isDirty = false
  agreement.isAsked = false
  return out
}

function next({ agreement }: FloodState): Millis {
  const { publishedAt, context, isDirty, isAsked } = agreement
  if (isDirty || publishedAt === -Infinity) return -Infinity
  return isAsked || !isAllSaid(agreement) ? publishedAt + context.period : Infinity
}

/** What is held, scaled up to the roster. */
function estimate({ agreement: { context }, entries }: FloodState): number[] | undefined {
  const held = count(entries.have)
  if (held === 0) return undefined
  const { sum } = sumOver(entries, context, entries.have)
  return toDoubles(sum).map((each) => (each * context.size) / held)
}
