import { add, addAll, checkedSet, has, includesAll, isEmpty, union } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import type { AgreementBody, Exchange, Tombstone } from '../../wire/messages.ts'
import type { EpochContext } from '../context.ts'
import type { Remembered, StatementDraft } from '../method.ts'
import { FIRST_PATIENCE } from './evidence.ts'
import { heard, type Link, NO_EVIDENCE, newLink } from './link.ts'
import {
  conclude,
  isSuspected,
  isUntroubled,
  learnStatement,
  learnTombstone,
  type Membership,
  newMembership,
  suspects,
} from './membership.ts'
import { hold, isWeighing, type Offer, takeOffers } from './offers.ts'
import { isSilent, MOST_PATIENCE } from './silence.ts'
import type { Sums } from './sums.ts'
import {
  castVote,
  hearLock,
  hearVotes,
  isApart,
  isLost,
  newVoting,
  settleVotes,
  type Voting,
} from './voting.ts'

/** Periods without news after which a vote is cast although neighbors may hold something else. */
const QUIET = 4
/** Periods after which a device gives up hope for the parts of what it is bound to. */
const LOST = 250
/** Periods that one tick may stand for; a longer pause between two is time that we slept. */
const LONGEST_TICK = 1.5
/** Periods that a device which has heard nobody waits before it takes the others to be gone. */
const DEAF = 60

/**
 * How the devices of an epoch agree on whom they sum, whatever the method that sums: who is silent, who
 * is gone, what was voted for and what is final. One device's part of it; changed in place. Silence and
 * suspicion follow SWIM (Das, Gupta, Motivala, DSN 2002).
 */
export interface Agreement {
  readonly context: EpochContext
  readonly sums: Sums
  readonly membership: Membership
  readonly voting: Voting
  readonly links: Map<number, Link>
  /** Our own signed contribution. */
  contribution: Uint8Array | undefined
  /** Devices whose newest statement has not been passed on yet. */
  readonly untold: Set<number>
  /** Answers of others that we cannot check yet; the latest few. */
  offers: Offer[]
  /** When all evidence was last sent, and how many periods to wait before it is sent again. */
  evidenceSentAt: Millis
  evidencePatience: number
  readonly openedAt: Millis
  /** When we became final; Infinity before. */
  finalAt: Millis
  publishedAt: Millis
  /**
   * Time that we were awake for: silence is counted in it. A process that slept or was starved of the
   * processor heard nobody meanwhile, and nobody is to blame for that.
   */
  awake: Millis
  tickedAt: Millis
  /** Since when, in time awake, we do not hold the parts of what we are bound to; undefined where we do. */
  lostSince: Millis | undefined
  /** When sums or evidence last grew, and when the attempt began: votes wait for quiet after trouble. */
  changedAt: Millis
  /** There is something that neighbors have not been told. */
  isDirty: boolean
  /** A neighbor that is not final spoke to us after we were. */
  isAsked: boolean
  statementVersion: number
  statedAt: Millis
  /** Our newest statement says who is silent now. */
  isStated: boolean
  draft: StatementDraft | undefined
  leaving: string | undefined
}

export function openAgreement(
  context: EpochContext,
  sums: Sums,
  now: Millis,
  remembered?: Remembered,
): Agreement {
  const agreement: Agreement = {
    context,
    sums,
    membership: newMembership(context),
    voting: newVoting(context.size, context.self, remembered?.bound),
    links: new Map((context.hears[context.self] ?? []).map((j) => [j, newLink(0)])),
    contribution: remembered?.contribution,
    untold: new Set(),
    offers: [],
    evidenceSentAt: -Infinity,
    evidencePatience: FIRST_PATIENCE,
    openedAt: now,
    finalAt: Infinity,
    publishedAt: -Infinity,
    awake: 0,
    tickedAt: now,
    lostSince: undefined,
    changedAt: now,
    isDirty: false,
    isAsked: false,
    statementVersion: remembered?.statement ?? 0,
    statedAt: -Infinity,
    isStated: true,
    draft: undefined,
    leaving: remembered?.leaving,
  }
  if (agreement.leaving !== undefined) agreement.membership.excluded = true
  // Nobody may have heard it the first time.
  if (agreement.leaving !== undefined) propose(agreement, new Map())
  return agreement
}

/** There is something new: neighbors are told, and votes after trouble wait for quiet. */
export function news(agreement: Agreement, now: Millis): void {
  agreement.changedAt = now
  agreement.isDirty = true
}

/** Takes the device out of the epoch. */
export function leave(agreement: Agreement, reason: string): void {
  agreement.leaving = reason
  agreement.membership.excluded = true
  propose(agreement, new Map())
}

/**
 * Counts a message of a neighbor in. @returns `stale` where it must be dropped: its sender is no
 * neighbor or the message is of an earlier life; `reborn` for the first of a new life
 */
export function hear(
  agreement: Agreement,
  from: number,
  { incarnation, seq, agreement: body }: Exchange,
): 'stale' | 'reborn' | 'same' {
  const link = agreement.links.get(from)
  if (!link) return 'stale'
  const outcome = heard(link, agreement.awake, incarnation, seq)
  if (outcome === 'stale') return outcome
  link.evidence = body?.evidence ?? NO_EVIDENCE
  return outcome
}

/** A neighbor that has nothing to say here yet lives. */
export function noticed({ links, awake }: Agreement, from: number): void {
  const link = links.get(from)
  if (link) link.lastHeard = Math.max(link.lastHeard, awake)
}

/** Takes in what a neighbor says of the fleet's life and of the vote. @returns whether anything was new */
export function learn(
  agreement: Agreement,
  now: Millis,
  from: number,
  body: AgreementBody,
): boolean {
  const { context, membership } = agreement
  let learned = false
  for (const { index, signed } of body.statements ?? []) {
    if (!learnStatement(membership, context, index, signed)) continue
    agreement.untold.add(index)
    learned = true
    noticed(agreement, index)
  }
  for (const tombstone of body.tombstones ?? []) {
    learned = learnTombstone(membership, context, tombstone) || learned
  }
  if (learned) news(agreement, now)
  return listenToVotes(agreement, now, from, body) || learned
}

/** Takes in a proof that a method found. @returns whether it was new */
export function bury(agreement: Agreement, tombstone: Tombstone): boolean {
  return learnTombstone(agreement.membership, agreement.context, tombstone)
}

/**
 * Takes in what a neighbor says of the vote. The votes of one that is gone for us are none of ours,
 * unless it left and only passes them on; but the answers that it holds concern everybody.
 */
function listenToVotes(
  agreement: Agreement,
  now: Millis,
  from: number,
  body: AgreementBody,
): boolean {
  const { context, membership, voting } = agreement
  if (body.final === undefined && voting.final) agreement.isAsked = true
  hold(agreement, now, from, body)
  const { attempt } = voting
  const passesOn = has(membership.left, from) || has(membership.liars, from)
  const isOurs = !has(membership.gone, from) || passesOn
  let learned = (isOurs || !membership.excluded) && hearLock(agreement, body)
  if (isOurs) learned = hearVotes(agreement, body) || learned
  if (voting.attempt > attempt) agreement.changedAt = now
  if (body.final) add(voting.finals, from)
  if (body.finals) learned = addAll(voting.finals, checkedSet(body.finals, context.size)) || learned
  learned = takeOffers(agreement) || learned
  if (learned) agreement.isDirty = true
  return learned
}

/** Counts the time that we were awake for. */
export function advance(agreement: Agreement, now: Millis): void {
  const most = LONGEST_TICK * agreement.context.period
  agreement.awake += Math.max(0, Math.min(now - agreement.tickedAt, most))
  agreement.tickedAt = now
}

/** Lets time pass: silence, suspicion, burials, votes. */
export function tick(agreement: Agreement, now: Millis): void {
  const { context, membership } = agreement
  advance(agreement, now)
  watch(agreement, now)
  const { changed, tombstone } = conclude(membership, context)
  const isProven = tombstone !== undefined && learnTombstone(membership, context, tombstone)
  if (changed || isProven) news(agreement, now)
  if (takeOffers(agreement)) agreement.isDirty = true
  agreement.lostSince = isLost(agreement) ? (agreement.lostSince ?? agreement.awake) : undefined
  if (agreement.awake - (agreement.lostSince ?? Infinity) >= LOST * context.period)
    leave(agreement, 'it started again, and nobody holds any more what it had voted for')
  vote(agreement, now)
}

/** Votes as soon as there is something to vote for, and draws the conclusions. */
export function vote(agreement: Agreement, now: Millis): void {
  const { voting } = agreement
  for (;;) {
    if (mayVote(agreement, now) && castVote(agreement)) agreement.isDirty = true
    if (!settleVotes(agreement)) break
    agreement.isDirty = true
    if (voting.final) break
    agreement.changedAt = now
  }
  if (voting.final) agreement.finalAt = Math.min(agreement.finalAt, now)
}

/** The link to the broker was lost and is back: silence until then, and for a while after, tells nothing. */
export function forgive(agreement: Agreement, grace: Millis): void {
  for (const link of agreement.links.values())
    link.lastHeard = Math.max(link.lastHeard, agreement.awake + grace)
}

/** Takes in the signed form of our own statement. */
export function stated(agreement: Agreement, now: Millis, signed: Uint8Array): void {
  const { membership, context } = agreement
  if (!learnStatement(membership, context, context.self, signed)) return
  agreement.untold.add(context.self)
  news(agreement, now)
}

/** Neighbors that nothing more is to be expected of: they are silent, or (true) hold another answer for good. */
function lostNeighbors(agreement: Agreement): Map<number, boolean> {
  const { links, membership, voting } = agreement
  const lost = new Map<number, boolean>()
  for (const [j, link] of links) {
    const votes = !has(membership.left, j) && !has(membership.liars, j)
    const { answer, isFinal } = link.holds ?? {}
    const mayBeApart = answer && votes && !membership.excluded && !voting.final
    const apart = mayBeApart ? isApart(agreement, j, answer, isFinal ?? false) : false
    if (apart || isSilent(agreement, j, link)) lost.set(j, apart)
  }
  return lost
}

/** Nobody at all was heard yet: for a while that says more about us than about everybody else. */
const isDeaf = ({ links, context, openedAt }: Agreement, now: Millis): boolean =>
  now - openedAt < DEAF * context.period && [...links.values()].every((link) => link.received === 0)

/** Keeps our own statement true: who is lost to us, who is not any more, and that we live. */
function watch(agreement: Agreement, now: Millis): void {
  const { context, membership, voting } = agreement
  const { self } = context
  const said = membership.latest.get(self)?.statement.suspects ?? []
  const lost = isDeaf(agreement, now) ? new Map<number, boolean>() : lostNeighbors(agreement)
  const stands = said.every(
    ({ index, apart = false }) => lost.get(index) === apart && suspects(membership, self, index),
  )
  const isAccused = !membership.excluded && !voting.final && isSuspected(membership, context, self)
  agreement.isStated = stands && said.length === lost.size
  if (agreement.isStated && !isAccused) return
  if (now - agreement.statedAt < 2 * context.period) return
  agreement.statedAt = now
  propose(agreement, lost)
}

function propose(agreement: Agreement, lost: ReadonlyMap<number, boolean>): void {
  agreement.statementVersion++
  agreement.draft = {
    version: agreement.statementVersion,
    suspects: [...lost].map(([index, apart]) => {
      const known = agreement.membership.latest.get(index)?.statement
      const { incarnation = 0, version = 0 } = known ?? {}
      return { index, incarnation, version, ...(apart ? { apart } : {}) }
    }),
    leave: agreement.leaving,
  }
}

/**
 * The first vote of an untroubled epoch is cast at once; after trouble, when the neighbors hold the same or
 * all is quiet, and never against a neighbor that we hear again.
 */
function mayVote(agreement: Agreement, now: Millis): boolean {
  const { voting, membership, sums, context } = agreement
  if (isWeighing(agreement) || !agreement.isStated) return false
  const isWhole = isUntroubled(membership) || isEmpty(membership.gone)
  if (voting.attempt === 0 && isWhole) return true
  if (now - agreement.changedAt >= QUIET * context.period) return true
  for (const [j, link] of agreement.links) {
    if (has(membership.gone, j)) continue
    if (!sums.isAlike(j) || !equalBytes(link.evidence, membership.digest)) return false
  }
  return true
}

/**
 * Whether there is nothing left to say: final, and everybody who lives is known to be final too. Those who
 * hear us and cannot answer are told for as long as the worst link may need.
 */
export function isAllSaid({ voting, membership, context, finalAt, tickedAt }: Agreement): boolean {
  const { final, finals } = voting
  if (!final) return false
  const { everyone, hears, heardBy, self } = context
  const heard = hears[self] ?? []
  const deaf = (heardBy[self] ?? []).filter((j) => !heard.includes(j) && !has(finals, j))
  if (deaf.length > 0 && tickedAt - finalAt < MOST_PATIENCE * context.period) return false
  return includesAll(union(finals, union(membership.gone, final.without)), everyone)
}
