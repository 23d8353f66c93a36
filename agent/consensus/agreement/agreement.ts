import { add, addAll, checkedSet, has, includesAll, isEmpty, union } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { AgreementBody, Exchange, Final, Tombstone } from '../../wire/messages.ts'
import type { EpochContext } from '../context.ts'
import type { Remembered, StatementDraft } from '../method.ts'
import { FIRST_PATIENCE } from './evidence.ts'
import { heard, type Link, newLink } from './link.ts'
import {
  deriveTombstone,
  isSuspected,
  learnStatement,
  learnTombstone,
  type Membership,
  newMembership,
  suspects,
} from './membership.ts'
import { isSilent } from './silence.ts'
import type { Sums } from './sums.ts'
import { adoptFinal, castVote, hearVotes, newVoting, settleVotes, type Voting } from './voting.ts'

/** Periods without news after which a vote is cast although neighbors may hold something else. */
const QUIET = 4
/** Periods that a device which has not voted waits for what it needs to check a final answer that it was offered. */
const OFFER = 12
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
  /** A neighbor's final answer that we cannot check yet, and when we first heard of one. */
  offered: { readonly from: number; readonly final: Final; readonly since: Millis } | undefined
  /** When all evidence was last sent, and how many periods to wait before it is sent again. */
  evidenceSentAt: Millis
  evidencePatience: number
  readonly openedAt: Millis
  publishedAt: Millis
  /**
   * Time that we were awake for: silence is counted in it. A process that slept or was starved of the
   * processor heard nobody meanwhile, and nobody is to blame for that.
   */
  awake: Millis
  tickedAt: Millis
  /** When sums or evidence last grew, and when the attempt began: votes wait for quiet after trouble. */
  changedAt: Millis
  /** There is something that neighbors have not been told. */
  isDirty: boolean
  /** A neighbor that is not final spoke to us after we were. */
  isAsked: boolean
  statementVersion: number
  statedAt: Millis
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
  agreement.membership.excluded = agreement.leaving !== undefined
  // Nobody may have heard it the first time.
  if (agreement.leaving !== undefined) propose(agreement, [])
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
  propose(agreement, [])
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
  link.evidence = body?.evidence ?? new Uint8Array(8)
  link.isApart = body?.final !== undefined && has(body.final.tombstones, agreement.context.self)
  return outcome
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
    const subject = agreement.links.get(index)
    if (subject) subject.lastHeard = Math.max(subject.lastHeard, agreement.awake)
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
 * Takes in what a neighbor says of the vote. One that we took for gone belongs to another side of a
 * partition: its votes are none of ours, unless we are ourselves the one that was left behind.
 */
function listenToVotes(
  agreement: Agreement,
  now: Millis,
  from: number,
  body: AgreementBody,
): boolean {
  const { context, membership, voting } = agreement
  if (body.final === undefined && voting.final) agreement.isAsked = true
  const isGone = has(membership.gone, from) && !membership.excluded
  if (isGone && membership.latest.get(from)?.statement.leave === undefined) return false
  const { attempt } = voting
  let learned = hearVotes(agreement, body)
  if (voting.attempt > attempt) agreement.changedAt = now
  if (learned) agreement.isDirty = true
  // One that left by its own word still passes on the votes of others, and has no answer to offer.
  if (isGone) return learned
  if (body.final) {
    add(voting.finals, from)
    checkedSet(body.final.contributors, context.size)
    checkedSet(body.final.tombstones, context.size)
    const { since = now } = agreement.offered ?? {}
    agreement.offered = { from, final: body.final, since }
    learned = takeOffer(agreement) || learned
  }
  if (body.finals) learned = addAll(voting.finals, checkedSet(body.finals, context.size)) || learned
  if (learned) agreement.isDirty = true
  return learned
}

/** Takes over the final answer that a neighbor has, as soon as we hold all that it names. */
function takeOffer(agreement: Agreement): boolean {
  const { offered } = agreement
  return (
    offered !== undefined &&
    adoptFinal(agreement, offered.from, offered.final, isLate(agreement, offered))
  )
}

/**
 * Whether the others had ended when we began: an answer was there before anybody can have taken our
 * silence since then for our end.
 */
const isLate = ({ context, openedAt }: Agreement, { since }: { since: Millis }): boolean =>
  since - openedAt < (LIMITS.silence / 2) * context.period

/** Counts the time that we were awake for. */
export function advance(agreement: Agreement, now: Millis): void {
  const most = LONGEST_TICK * agreement.context.period
  agreement.awake += Math.max(0, Math.min(now - agreement.tickedAt, most))
  agreement.tickedAt = now
}

/** Lets time pass: silence, suspicion, burials, votes. */
export function tick(agreement: Agreement, now: Millis): void {
  const { context, membership, voting } = agreement
  advance(agreement, now)
  if (membership.excluded && agreement.leaving === undefined && !voting.final) {
    // Said by ourselves, it holds for everybody alike.
    agreement.leaving = 'the others took this device to be gone'
    propose(agreement, [])
  }
  watch(agreement, now)
  for (;;) {
    const tombstone = deriveTombstone(membership, context)
    if (!tombstone || !learnTombstone(membership, context, tombstone)) break
    news(agreement, now)
  }
  if (takeOffer(agreement)) agreement.isDirty = true
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

/** Neighbors that nothing more is to be expected of: they are silent, or went on without us. */
function silentNeighbors(agreement: Agreement): number[] {
  const { links, membership, offered } = agreement
  // As long as we may still join those who ended without us they are not another side.
  const mayJoin = offered !== undefined && isLate(agreement, offered) && isWeighing(agreement)
  return [...links]
    .filter(([j, link]) => {
      const isApart = link.isApart && !membership.excluded && !has(membership.gone, j) && !mayJoin
      return isApart || isSilent(agreement, j, link)
    })
    .map(([j]) => j)
}

/** Nobody at all was heard yet: for a while that says more about us than about everybody else. */
const isDeaf = ({ links, context, openedAt }: Agreement, now: Millis): boolean =>
  now - openedAt < DEAF * context.period && [...links.values()].every((link) => link.received === 0)

/** Whether an answer was offered that we may still come to hold the parts of. */
const isWeighing = ({ context, offered, tickedAt }: Agreement): boolean =>
  offered !== undefined && tickedAt - offered.since < OFFER * context.period

/** Keeps our own statement true: who is silent, who is not any more, and that we live. */
function watch(agreement: Agreement, now: Millis): void {
  const { context, membership } = agreement
  if (now - agreement.statedAt < 2 * context.period) return
  const own = membership.latest.get(context.self)?.statement
  const silent = isDeaf(agreement, now) ? [] : silentNeighbors(agreement)
  const said = own?.suspects.map((s) => s.index) ?? []
  const refuted = said.some((j) => silent.includes(j) && !suspects(membership, context.self, j))
  const accused = !membership.excluded && isSuspected(membership, context, context.self)
  const same = said.length === silent.length && said.every((j) => silent.includes(j))
  if (same && !refuted && !accused) return
  agreement.statedAt = now
  propose(agreement, silent)
}

function propose(agreement: Agreement, silent: readonly number[]): void {
  agreement.statementVersion++
  agreement.draft = {
    version: agreement.statementVersion,
    suspects: silent.map((index) => {
      const known = agreement.membership.latest.get(index)?.statement
      return { index, incarnation: known?.incarnation ?? 0, version: known?.version ?? 0 }
    }),
    leave: agreement.leaving,
  }
}

/** The first vote of an untroubled epoch is cast at once; after trouble, when the neighbors hold the same or all is quiet. */
function mayVote(agreement: Agreement, now: Millis): boolean {
  const { voting, membership, sums, context } = agreement
  if (isWeighing(agreement)) return false
  if (voting.lock || (voting.attempt === 0 && isEmpty(membership.gone))) return true
  if (now - agreement.changedAt >= QUIET * context.period) return true
  for (const [j, link] of agreement.links) {
    if (has(membership.gone, j)) continue
    if (!sums.isAlike(j) || !equalBytes(link.evidence, membership.digest)) return false
  }
  return true
}

/** Whether there is nothing left to say: final, and everybody who lives is known to be final too. */
export function isAllSaid({ voting, membership, context }: Agreement): boolean {
  return (
    voting.final !== undefined &&
    includesAll(
      union(voting.finals, union(membership.gone, voting.final.tombstones)),
      context.everyone,
    )
  )
}
