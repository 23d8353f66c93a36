import {
  add,
  addAll,
  type Bitset,
  checkedSet,
  count,
  emptySet,
  has,
  includesAll,
  isEmpty,
  minus,
  setOf,
  union,
} from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { AgreementBody, Final, Vote } from '../../wire/messages.ts'
import { statisticHash, voteHash } from '../answer.ts'
import type { EpochContext } from '../context.ts'
import type { FinalAnswer } from '../method.ts'
import type { Membership } from './membership.ts'
import type { Sums } from './sums.ts'

/**
 * Agreement on the set. A device whose entries and tombstones cover the roster votes for them, once an
 * attempt; what it learns later waits for the next attempt. When two live devices voted differently,
 * the attempt is over and the next begins.
 *
 * When the whole roster voted the same, the answer is final: nobody can have voted otherwise. When some
 * are gone, one of them may have voted otherwise and have told only a few. So a device that saw all
 * *live* devices vote the same is first ready: it is locked on that answer, votes for nothing else in
 * later attempts, and tells so. When all live devices are ready the answer is final, and whoever is still
 * voting votes for it. (The extra phase is that of three-phase commit, Skeen, SIGMOD 1981; voting
 * again for what may have been decided is that of Paxos.)
 */
export interface Voting {
  attempt: number
  /** What we voted for in this attempt. */
  mine: Choice | undefined
  /** Votes of this attempt, as far as they have come round; at most LIMITS.votes. */
  votes: Vote[]
  /** Answer of the latest attempt in which some device saw all live devices vote the same. */
  lock: Final | undefined
  /** Devices known to be ready for the lock. */
  ready: Bitset
  final: Final | undefined
  /** Devices known to be final. */
  readonly finals: Bitset
}
export interface Choice {
  readonly hash: Uint8Array
  readonly contributors: Bitset
  readonly tombstones: Bitset
}

/** What a device has bound itself to, and must remember over a restart. */
export interface Bound {
  readonly attempt: number
  readonly vote?: Choice | undefined
  readonly lock?: Final | undefined
  readonly isReady?: boolean | undefined
}

/** The part of an epoch's state that votes look at. */
export interface Bench {
  readonly context: EpochContext
  readonly sums: Sums
  readonly membership: Membership
  readonly voting: Voting
}

export function newVoting(size: number, self: number, bound?: Bound): Voting {
  return {
    attempt: bound?.attempt ?? 0,
    mine: bound?.vote,
    votes: bound?.vote ? [{ hash: bound.vote.hash, by: setOf(size, [self]) }] : [],
    lock: bound?.lock,
    ready: setOf(size, bound?.isReady ? [self] : []),
    final: undefined,
    finals: emptySet(size),
  }
}

export const boundBy = ({ attempt, mine, lock, ready }: Voting, self: number): Bound => ({
  attempt,
  vote: mine,
  lock,
  isReady: has(ready, self),
})

/** Casts the vote of this attempt if there is something to vote for. @returns whether it did */
export function castVote(bench: Bench): boolean {
  const { context, membership, voting } = bench
  if (voting.final || voting.mine || membership.excluded) return false
  const choice = voting.lock ? relocked(bench, voting.lock) : covering(bench)
  if (!choice) return false
  voting.mine = choice
  addOwn(voting, context, choice)
  return true
}

/** All that we hold, once entries and tombstones cover the roster. What liars contributed is left out. */
function covering({ context, sums, membership }: Bench): Choice | undefined {
  const tombstones = membership.gone.slice()
  const contributors = sums.covering(tombstones, membership.liars)
  if (!contributors) return undefined
  const hash = hashOf(context, sums, contributors, tombstones)
  return hash && { hash, contributors, tombstones }
}

/** The lock's answer, once we hold all of it and can check it. */
function relocked(bench: Bench, { hash, contributors, tombstones }: Final): Choice | undefined {
  return isCheckable(bench, { hash, contributors, tombstones })
    ? { hash, contributors, tombstones }
    : undefined
}

/** Merges what a neighbor says of votes, locks and readiness. @returns whether anything was new */
export function hearVotes({ context, membership, voting }: Bench, body: AgreementBody): boolean {
  if (voting.final || body.attempt > LIMITS.attempts) return false
  const isOurs = body.lock && (membership.excluded || !has(body.lock.tombstones, context.self))
  let changed = isOurs ? hearLock(voting, context, body) : false
  if (body.attempt < voting.attempt) return changed
  if (body.attempt > voting.attempt) {
    startAttempt(voting, body.attempt)
    changed = true
  }
  for (const { hash, by } of body.votes ?? []) {
    const set = checkedSet(by, context.size)
    const known = voting.votes.find((vote) => equalBytes(vote.hash, hash))
    if (known) changed = addAll(known.by, set) || changed
    else changed = addVote(voting, { hash, by: set.slice() }, membership) || changed
  }
  return changed
}

/** Takes in a lock that does not bury us; one that does is of another side of a partition. */
function hearLock(voting: Voting, context: EpochContext, { lock, ready }: AgreementBody): boolean {
  if (!lock || !ready) return false
  const set = checkedSet(ready, context.size)
  const ours = voting.lock
  if (ours && ours.attempt > lock.attempt) return false
  if (ours && ours.attempt === lock.attempt) {
    return equalBytes(ours.hash, lock.hash) && addAll(voting.ready, set)
  }
  checkedSet(lock.contributors, context.size)
  checkedSet(lock.tombstones, context.size)
  voting.lock = lock
  voting.ready = set.slice()
  return true
}

/** Draws the conclusion from the votes held: final, ready, or a new attempt. @returns whether any happened */
export function settleVotes(bench: Bench): boolean {
  const { context, sums, membership, voting } = bench
  if (voting.final || membership.excluded) return false
  const { mine } = voting
  const live = minus(context.everyone, membership.gone)
  const standing = voting.votes.filter(({ by }) => !isEmpty(minus(by, membership.gone)))
  const differ = mine
    ? standing.some(({ hash }) => !equalBytes(hash, mine.hash))
    : standing.length > 1
  const by = mine && voting.votes.find(({ hash }) => equalBytes(hash, mine.hash))?.by
  if (mine && by && sums.totalOf(mine.contributors)) {
    const answer = { attempt: voting.attempt, ...mine }
    if (includesAll(by, context.everyone)) return conclude(voting, context, answer)
    if (!differ && includesAll(by, live) && becomeReady(voting, context, answer)) return true
  }
  const { lock } = voting
  if (lock && has(voting.ready, context.self) && includesAll(voting.ready, live)) {
    if (sums.totalOf(lock.contributors)) return conclude(voting, context, lock)
  }
  if (!differ) return false
  startAttempt(voting, voting.attempt + 1)
  return true
}

function becomeReady(voting: Voting, context: EpochContext, answer: Final): boolean {
  const { lock } = voting
  if (lock && lock.attempt > answer.attempt) return false
  if (lock?.attempt !== answer.attempt || !equalBytes(lock.hash, answer.hash)) {
    voting.lock = answer
    voting.ready = emptySet(context.size)
  }
  if (has(voting.ready, context.self)) return false
  add(voting.ready, context.self)
  return true
}

function conclude(voting: Voting, context: EpochContext, answer: Final): true {
  voting.final = answer
  add(voting.finals, context.self)
  return true
}

/**
 * Takes over a neighbor's final answer once we hold all that it names and can check it.
 * @param isLate whether it was offered before anybody can have waited for us in vain
 * @returns whether we did
 */
export function adoptFinal(bench: Bench, from: number, final: Final, isLate: boolean): boolean {
  const { context, membership, voting } = bench
  if (voting.final) return false
  if (has(membership.gone, from) && !membership.excluded) return false
  checkedSet(final.contributors, context.size)
  checkedSet(final.tombstones, context.size)
  // An answer that buries us is of another side of a partition, unless we were left behind, or came
  // late: to the larger part, or to whoever had ended when we began. Burying those whom it buries as
  // well makes no side of our own.
  const hasSide = voting.mine || voting.lock || !includesAll(final.tombstones, membership.gone)
  const theyLead = (context.size - count(final.tombstones)) * 2 > context.size
  const mayFollow = membership.excluded || ((theyLead || isLate) && !hasSide)
  if (has(final.tombstones, context.self) && !mayFollow) return false
  // Whoever is ready is counted on for that answer, even when left behind since.
  const { lock } = voting
  if (lock && has(voting.ready, context.self) && !equalBytes(lock.hash, final.hash)) return false
  return isCheckable(bench, final) && conclude(voting, context, final)
}

/** Whether we hold what an answer sums, have proof of whom it buries, and find the same hash. */
function isCheckable({ context, sums, membership }: Bench, choice: Choice): boolean {
  const { hash, contributors, tombstones } = choice
  const proven = union(membership.gone, membership.certified)
  const accounted = union(contributors, tombstones)
  if (!includesAll(proven, tombstones) || !includesAll(accounted, context.everyone)) return false
  const own = hashOf(context, sums, contributors, tombstones)
  return own !== undefined && equalBytes(own, hash)
}

/** The answer that a device is final with. */
export function finalAnswer({ sums, voting: { final } }: Bench): FinalAnswer | undefined {
  const total = final && sums.totalOf(final.contributors)
  return total && { ...final, ...total }
}

function addOwn(voting: Voting, context: EpochContext, mine: Choice): void {
  const known = voting.votes.find(({ hash }) => equalBytes(hash, mine.hash))
  if (known) {
    add(known.by, context.self)
    return
  }
  // Our own vote always has a place: without it nobody could become final.
  const own = { hash: mine.hash, by: setOf(context.size, [context.self]) }
  voting.votes = [own, ...voting.votes].slice(0, LIMITS.votes)
}

/** Keeps a vote if there is room, or in place of one that only the dead cast. */
function addVote(voting: Voting, vote: Vote, { gone }: Membership): boolean {
  if (voting.votes.length >= LIMITS.votes) {
    const useless = voting.votes.findIndex(({ by }) => isEmpty(minus(by, gone)))
    if (useless < 0 || isEmpty(minus(vote.by, gone))) return false
    voting.votes.splice(useless, 1)
  }
  voting.votes.push(vote)
  return true
}

function startAttempt(voting: Voting, attempt: number): void {
  voting.attempt = attempt
  voting.mine = undefined
  voting.votes = []
}

/** Names the answer over these devices; undefined where its sum is not held. */
function hashOf(
  { roster, epoch }: EpochContext,
  sums: Sums,
  contributors: Bitset,
  tombstones: Bitset,
): Uint8Array | undefined {
  const total = sums.totalOf(contributors)
  return total && voteHash(statisticHash(roster, epoch, contributors, total.sum), tombstones)
}
