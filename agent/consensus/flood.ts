import {
  add,
  addAll,
  checkedSet,
  count,
  emptySet,
  has,
  includesAll,
  isEmpty,
  members,
  minus,
  union,
} from '../wire/bitset.ts'
import { equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Exchange, FloodBody } from '../wire/messages.ts'
import type { EpochContext } from './context.ts'
import { learnEntry, newEntries } from './entries.ts'
import { claimsOf } from './floodClaims.ts'
import { bodiesFor, FIRST_PATIENCE } from './floodMessages.ts'
import type { FloodState } from './floodState.ts'
import { heard, newLink } from './link.ts'
import {
  deriveTombstone,
  isSuspected,
  learnStatement,
  learnTombstone,
  newMembership,
  suspects,
} from './membership.ts'
import type { Method, Remembered, Standing } from './method.ts'
import { isSilent } from './silence.ts'
import {
  adoptFinal,
  boundBy,
  castVote,
  finalAnswer,
  hearVotes,
  newVoting,
  settleVotes,
} from './voting.ts'

/** Periods without news after which a vote is cast although neighbors may hold something else. */
const QUIET = 4
/** Periods that a device which has not voted waits for what it needs to check a final answer that it was offered. */
const OFFER = 12
/** Periods that one tick may stand for; a longer pause between two is time that we slept. */
const LONGEST_TICK = 1.5
/** Periods that a device which has heard nobody waits before it takes the others to be gone. */
const DEAF = 60

/**
 * `flood`: every device passes on the signed contributions that it holds until everybody holds all.
 * For small fleets, poor graphs and heavy loss: rounds = diameter when nothing is lost, N entries out
 * a device; relays cannot alter an entry. The union of sets is idempotent, so loss, duplicates and
 * reordering are harmless; the closed set (entries and tombstones cover the roster) is a stop without
 * knowledge of the graph. Source: Topkis, "Concurrent broadcast for information dissemination", IEEE
 * Trans. Software Eng. 11 (1985); the suspicion follows SWIM (Das, Gupta, Motivala, DSN 2002).
 */
export const flood: Method<FloodState> = {
  name: 'flood',
  open,
  contribute(state, now, signed) {
    if (learnEntry(state.entries, state.context, state.context.self, signed) === 'new')
      news(state, now)
  },
  leave(state, reason) {
    state.leaving = reason
    state.membership.excluded = true
    propose(state, [])
  },
  claims: claimsOf,
  receive,
  presence(state, from, online) {
    const link = state.links.get(from)
    if (link) link.offline = !online
  },
  tick,
  forgive(state, _now, grace) {
    for (const link of state.links.values())
      link.lastHeard = Math.max(link.lastHeard, state.awake + grace)
  },
  publish,
  next,
  draft(state) {
    const { draft } = state
    state.draft = undefined
    return draft
  },
  stated(state, now, signed) {
    if (learnStatement(state.membership, state.context, state.context.self, signed)) {
      state.untold.add(state.context.self)
      news(state, now)
    }
  },
  remember: (state) => ({
    contribution: state.entries.held[state.context.self]?.signed,
    statement: state.statementVersion,
    bound: boundBy(state.voting, state.context.self),
    leaving: state.leaving,
  }),
  standing,
  answer: (state) => finalAnswer(state),
}

function open(context: EpochContext, now: Millis, remembered?: Remembered): FloodState {
  const state: FloodState = {
    context,
    entries: newEntries(context.size),
    membership: newMembership(context),
    voting: newVoting(context.size, context.self, remembered?.bound),
    links: new Map((context.hears[context.self] ?? []).map((j) => [j, newLink(context.size, 0)])),
    sentAt: new Float64Array(context.size).fill(-Infinity),
    patience: new Float64Array(context.size).fill(FIRST_PATIENCE),
    untold: new Set(),
    offered: undefined,
    evidenceSentAt: -Infinity,
    evidencePatience: FIRST_PATIENCE,
    openedAt: now,
    publishedAt: -Infinity,
    awake: 0,
    tickedAt: now,
    changedAt: now,
    isDirty: false,
    isAsked: false,
    statementVersion: remembered?.statement ?? 0,
    statedAt: -Infinity,
    draft: undefined,
    leaving: remembered?.leaving,
  }
  state.membership.excluded = state.leaving !== undefined
  // Nobody may have heard it the first time.
  if (state.leaving !== undefined) propose(state, [])
  if (remembered?.contribution) {
    learnEntry(state.entries, context, context.self, remembered.contribution)
  }
  return state
}

function news(state: FloodState, now: Millis): void {
  state.changedAt = now
  state.isDirty = true
}

function receive(state: FloodState, now: Millis, from: number, exchange: Exchange): boolean {
  const { context, entries, membership } = state
  const link = state.links.get(from)
  const body = exchange.flood
  if (!link || body.have.length !== entries.have.length) return false
  if (!heard(link, state.awake, exchange.incarnation, exchange.seq, body.have)) return false
  link.evidence = body.evidence ?? new Uint8Array(8)
  link.isApart = body.final !== undefined && has(body.final.tombstones, context.self)
  let learned = false
  for (const { index, signed } of body.entries ?? []) {
    const outcome = learnEntry(entries, context, index, signed)
    if (outcome === 'new') learned = true
    if (outcome === 'lie') learned = accuse(state, index, signed) || learned
  }
  for (const { index, signed } of body.statements ?? []) {
    if (!learnStatement(membership, context, index, signed)) continue
    state.untold.add(index)
    learned = true
    const subject = state.links.get(index)
    if (subject) subject.lastHeard = Math.max(subject.lastHeard, state.awake)
  }
  for (const tombstone of body.tombstones ?? []) {
    learned = learnTombstone(membership, context, tombstone) || learned
  }
  if (learned) news(state, now)
  return listenToVotes(state, now, from, body) || learned
}

/**
 * Takes in what a neighbor says of the vote. One that we took for gone belongs to another side of a
 * partition: its votes are none of ours, unless we are ourselves the one that was left behind.
 */
function listenToVotes(state: FloodState, now: Millis, from: number, body: FloodBody): boolean {
  const { context, membership, voting } = state
  if (body.final === undefined && voting.final) state.isAsked = true
  const isGone = has(membership.gone, from) && !membership.excluded
  if (isGone && membership.latest.get(from)?.statement.leave === undefined) return false
  const { attempt } = voting
  let learned = hearVotes(state, body)
  if (voting.attempt > attempt) state.changedAt = now
  if (learned) state.isDirty = true
  // One that left by its own word still passes on the votes of others, and has no answer to offer.
  if (isGone) return learned
  if (body.final) {
    add(voting.finals, from)
    checkedSet(body.final.contributors, context.size)
    checkedSet(body.final.tombstones, context.size)
    const { since = now } = state.offered ?? {}
    state.offered = { from, final: body.final, since }
    learned = takeOffer(state) || learned
  }
  if (body.finals) learned = addAll(voting.finals, checkedSet(body.finals, context.size)) || learned
  if (learned) state.isDirty = true
  return learned
}

/** Takes over the final answer that a neighbor has, as soon as we hold all that it names. */
function takeOffer(state: FloodState): boolean {
  const { offered } = state
  return (
    offered !== undefined && adoptFinal(state, offered.from, offered.final, isLate(state, offered))
  )
}

/**
 * Whether the others had ended when we began: an answer was there before anybody can have taken our
 * silence since then for our end.
 */
const isLate = ({ context, openedAt }: FloodState, { since }: { since: Millis }): boolean =>
  since - openedAt < (LIMITS.silence / 2) * context.period

/** A contribution that contradicts another, or is none: its device is proven a liar. */
function accuse(state: FloodState, index: number, signed: Uint8Array): boolean {
  const set = emptySet(state.context.size)
  add(set, index)
  const known = state.entries.held[index]
  const entries = [...(known ? [{ index, signed: known.signed }] : []), { index, signed }]
  return learnTombstone(state.membership, state.context, { set, statements: [], entries })
}

function tick(state: FloodState, now: Millis): void {
  const { context, membership, voting } = state
  state.awake += Math.max(0, Math.min(now - state.tickedAt, LONGEST_TICK * context.period))
  state.tickedAt = now
  if (membership.excluded && state.leaving === undefined && !voting.final) {
    // Said by ourselves, it holds for everybody alike.
    state.leaving = 'the others took this device to be gone'
    propose(state, [])
  }
  watch(state, now)
  for (;;) {
    const tombstone = deriveTombstone(membership, context)
    if (!tombstone || !learnTombstone(membership, context, tombstone)) break
    news(state, now)
  }
  if (takeOffer(state)) state.isDirty = true
  for (;;) {
    if (mayVote(state, now) && castVote(state)) state.isDirty = true
    if (!settleVotes(state)) break
    state.isDirty = true
    if (voting.final) break
    state.changedAt = now
  }
}

/** Neighbors that nothing more is to be expected of: they are silent, or went on without us. */
function silentNeighbors(state: FloodState): number[] {
  const { links, membership, offered } = state
  // As long as we may still join those who ended without us they are not another side.
  const mayJoin = offered !== undefined && isLate(state, offered) && isWeighing(state)
  return [...links]
    .filter(([j, link]) => {
      const isApart = link.isApart && !membership.excluded && !has(membership.gone, j) && !mayJoin
      return isApart || isSilent(state, j, link)
    })
    .map(([j]) => j)
}

/** Nobody at all was heard yet: for a while that says more about us than about everybody else. */
const isDeaf = ({ links, context, openedAt }: FloodState, now: Millis): boolean =>
  now - openedAt < DEAF * context.period && [...links.values()].every((link) => link.received === 0)

/** Whether an answer was offered that we may still come to hold the parts of. */
const isWeighing = ({ context, offered, tickedAt }: FloodState): boolean =>
  offered !== undefined && tickedAt - offered.since < OFFER * context.period

/** Keeps our own statement true: who is silent, who is not any more, and that we live. */
function watch(state: FloodState, now: Millis): void {
  const { context, membership } = state
  if (now - state.statedAt < 2 * context.period) return
  const own = membership.latest.get(context.self)?.statement
  const silent = isDeaf(state, now) ? [] : silentNeighbors(state)
  const said = own?.suspects.map((s) => s.index) ?? []
  const refuted = said.some((j) => silent.includes(j) && !suspects(membership, context.self, j))
  const accused = !membership.excluded && isSuspected(membership, context, context.self)
  const same = said.length === silent.length && said.every((j) => silent.includes(j))
  if (same && !refuted && !accused) return
  state.statedAt = now
  propose(state, silent)
}

function propose(state: FloodState, silent: readonly number[]): void {
  state.statementVersion++
  state.draft = {
    version: state.statementVersion,
    suspects: silent.map((index) => {
      const known = state.membership.latest.get(index)?.statement
      return { index, incarnation: known?.incarnation ?? 0, version: known?.version ?? 0 }
    }),
    leave: state.leaving,
  }
}

/** The first vote of an untroubled epoch is cast at once; after trouble, when the neighbors hold the same or all is quiet. */
function mayVote(state: FloodState, now: Millis): boolean {
  const { voting, membership, entries, context } = state
  if (isWeighing(state)) return false
  if (voting.lock || (voting.attempt === 0 && isEmpty(membership.gone))) return true
  if (now - state.changedAt >= QUIET * context.period) return true
  for (const [j, link] of state.links) {
    if (has(membership.gone, j)) continue
    const alike =
      includesAll(link.have, entries.have) &&
      includesAll(entries.have, link.have) &&
      equalBytes(link.evidence, membership.digest)
    if (!alike) return false
  }
  return true
}

function publish(state: FloodState, now: Millis): FloodBody[] {
  const bodies = bodiesFor(state, now)
  state.publishedAt = now
  state.isDirty = false
  state.isAsked = false
  return bodies
}

function next(state: FloodState): Millis {
  const { publishedAt, context } = state
  if (state.isDirty || publishedAt === -Infinity) return -Infinity
  const regular = publishedAt + context.period
  if (state.isAsked || !isAllSaid(state)) return regular
  return Infinity
}

/** Final, and everybody who lives is known to be final too. */
function isAllSaid({ voting, membership, context }: FloodState): boolean {
  return (
    voting.final !== undefined &&
    includesAll(
      union(voting.finals, union(membership.gone, voting.final.tombstones)),
      context.everyone,
    )
  )
}

function standing(state: FloodState): Standing {
  const { context, entries, membership, voting } = state
  const live = minus(context.everyone, membership.gone)
  const votes = voting.votes.find(({ hash }) => voting.mine && equalBytes(hash, voting.mine.hash))
  const unvoted = minus(live, votes?.by ?? emptySet(context.size))
  const lacking = !voting.mine
    ? minus(live, entries.have)
    : isEmpty(unvoted)
      ? minus(live, voting.ready)
      : unvoted
  return {
    contributions: count(entries.have),
    gone: count(membership.gone),
    attempt: voting.attempt,
    hasVoted: voting.mine !== undefined,
    isFinal: voting.final !== undefined,
    isExcluded: membership.excluded,
    waitingFor: voting.final ? [] : members(lacking),
  }
}
