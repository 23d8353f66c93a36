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
  remove,
  setOf,
  union,
} from '../../wire/bitset.ts'
import { bytesToHex, equalBytes } from '../../wire/hash.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { AgreementBody, Final, Vote } from '../../wire/messages.ts'
import { ballotHash, isBallotFor, statisticHash, voteHash } from '../answer.ts'
import type { EpochContext } from '../context.ts'
import type { FinalAnswer } from '../method.ts'
import type { Membership } from './membership.ts'
import type { Sums } from './sums.ts'

/**
 * Agreement on the answer. A device whose entries and gone cover the roster votes, once an attempt, for an
 * answer and for the devices *without* whom it is to stand: those that are gone. All others are its quorum. When
 * two votes differ, or one of the quorum is gone meanwhile, the attempt is over and the next begins.
 *
 * When the whole roster voted the same, the answer is final: nobody can have voted otherwise, and nobody ever
 * will, since whoever voted for an answer that stands with everyone votes for it in later attempts too, until
 * a vote for another one shows that not all did. Otherwise a device that saw the whole quorum vote is first ready: it is locked
 * on that answer, votes for no other in later attempts, and passes the lock on. When the whole quorum is ready the
 * answer is final. (The extra phase is that of three-phase commit, Skeen, SIGMOD 1981; voting again for
 * what may have been decided is that of Paxos, Lamport, ACM TOCS 16, 1998.)
 *
 * So two answers that differ have no device in both quorums. A lock of others, who stand without us, binds us to
 * nothing; but as long as nothing else does we take its answer for our vote, so that sides that meet again, and
 * whoever comes late, end with an answer that exists already where they can.
 */
export interface Voting {
  attempt: number
  /** What we voted for in this attempt. */
  mine: Choice | undefined
  /** Votes of this attempt, as far as they have come round; at most LIMITS.votes. */
  votes: Vote[]
  /** The answer that we vote for (`isBefore` tells which). Where it stands with us it was voted for by its whole quorum. */
  lock: Final | undefined
  /** Devices known to be ready for the lock. */
  ready: Bitset
  final: Final | undefined
  /** Devices known to be final. */
  readonly finals: Bitset
}
/** An answer and those without whom it is to stand. */
export interface Choice {
  readonly hash: Uint8Array
  readonly contributors: Bitset
  readonly tombstones: Bitset
  readonly without: Bitset
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
  const vote = bound?.vote
  // Others may have become final with a vote of the whole roster, ours included.
  const whole = vote && isEmpty(vote.without) ? { attempt: bound.attempt, ...vote } : undefined
  return {
    attempt: bound?.attempt ?? 0,
    mine: vote,
    votes: vote ? [{ hash: ballotHash(vote), by: setOf(size, [self]) }] : [],
    lock: bound?.lock ?? whole,
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

/**
 * All that we hold, once entries and gone cover the roster. What liars contributed is left out. Where
 * everybody contributed nobody is named as gone, so that it is the same answer whoever has ended since.
 */
function covering(bench: Bench): Choice | undefined {
  const { context, sums, membership } = bench
  const { gone } = membership
  const contributors = sums.covering(gone, membership.liars)
  if (!contributors) return undefined
  const isWhole = includesAll(contributors, context.everyone)
  const missing = minus(context.everyone, contributors)
  const tombstones = isWhole ? missing : union(gone, missing)
  const hash = hashOf(context, sums, contributors, tombstones)
  return hash && { hash, contributors, tombstones, without: absent(bench) }
}

/** Who votes no more: those who are gone or final; never ourselves. */
function absent({ context, membership, voting }: Bench): Bitset {
  const set = union(membership.gone, voting.finals)
  remove(set, context.self)
  return set
}

/** The lock's answer, once we hold all of it and can check it, with whoever is there now. */
function relocked(bench: Bench, { hash, contributors, tombstones }: Final): Choice | undefined {
  const choice = { hash, contributors, tombstones, without: absent(bench) }
  return isCheckable(bench, choice) ? choice : undefined
}

/** Whether votes are none of our business any more: whoever left passes those of others on to the end. */
const isDone = ({ voting, membership }: Bench): boolean =>
  voting.final !== undefined && !membership.excluded

/** Merges what a neighbor says of the votes of an attempt. @returns whether anything was new */
export function hearVotes(bench: Bench, body: AgreementBody): boolean {
  if (isDone(bench) || body.attempt > LIMITS.attempts) return false
  const { context, voting } = bench
  let changed = disprove(voting, context, body)
  if (body.attempt < voting.attempt) return changed
  if (body.attempt > voting.attempt) {
    startAttempt(bench, body.attempt)
    changed = true
  }
  for (const { hash, by } of body.votes ?? []) {
    const set = checkedSet(by, context.size)
    const known = voting.votes.find((vote) => equalBytes(vote.hash, hash))
    if (known) changed = addAll(known.by, set) || changed
    else changed = addVote(voting, { hash, by: set.slice() }, absent(bench)) || changed
  }
  return changed
}

/**
 * Lets go of an answer that stands with everyone and was never locked, when somebody voted for another one in
 * its attempt or later: who had voted for it would not have. @returns whether it did
 */
function disprove(voting: Voting, { self, size }: EpochContext, body: AgreementBody): boolean {
  const { lock, ready } = voting
  if (!lock || !isEmpty(lock.without) || has(ready, self)) return false
  const { votes = [], attempt, final, lock: theirs } = body
  // An answer was voted for by its whole quorum, and what a device keeps to by itself.
  const answers = [...(final ? [final] : []), ...(theirs ? [theirs] : [])]
  const cast = [...votes.map(({ hash }) => ({ hash, attempt })), ...answers]
  if (!cast.some((each) => each.attempt >= lock.attempt && !isBallotFor(each.hash, lock.hash)))
    return false
  voting.lock = undefined
  voting.ready = emptySet(size)
  return true
}

/**
 * Takes in a lock that stands with us, which we voted for ourselves, and who is ready for it. Whoever
 * left is bound to nothing and passes the latest on. What is no lock is a vote that its device keeps to.
 */
export function hearLock(bench: Bench, { lock, ready }: AgreementBody): boolean {
  if (isDone(bench) || !lock || !ready) return false
  const { voting, context, membership } = bench
  const set = checkedSet(ready, context.size)
  checkFinal(context, lock)
  if (isKeptVote(lock, set)) return false
  const ours = voting.lock
  if (ours && isSame(ours, lock)) return addAll(voting.ready, set)
  const { excluded } = membership
  if (has(lock.without, context.self) && !excluded) return false
  const isLater =
    !ours || (excluded ? lock.attempt > ours.attempt : isBefore(lock, ours, context.self))
  if (!isLater) return false
  voting.lock = lock
  voting.ready = set.slice()
  return true
}

/** Whether what a device votes for was not locked: it voted for it when all may have. */
export const isKeptVote = ({ without }: Final, ready: Bitset): boolean =>
  isEmpty(without) && isEmpty(ready)

/**
 * Takes an answer that stands without us for our vote, where it comes before what we vote for now.
 * @returns whether we did; not before we hold all of it
 */
export function follow(bench: Bench, final: Final): boolean {
  const { context, voting } = bench
  if (!mayFollow(bench, final) || !isCheckable(bench, final)) return false
  voting.lock = final
  voting.ready = emptySet(context.size)
  return true
}

/** Whether an answer is worth waiting for its parts: it comes before what we vote for now. */
export const mayFollow = ({ context, voting, membership }: Bench, final: Final): boolean =>
  !voting.final &&
  !membership.excluded &&
  (!voting.lock || isBefore(final, voting.lock, context.self))

/**
 * Which of two answers a device votes for. One that stands with it comes first, of such the one of the
 * later attempt, as in Paxos: only that may have been decided with it. Among those that stand
 * without it, the one that sums most, then the one with the lower hash: the same for everybody.
 */
function isBefore(a: Final, b: Final, device: number): boolean {
  const [withA, withB] = [!has(a.without, device), !has(b.without, device)]
  if (withA !== withB) return withA
  if (withA) return a.attempt > b.attempt
  const more = count(a.contributors) - count(b.contributors)
  return more !== 0 ? more > 0 : bytesToHex(a.hash) < bytesToHex(b.hash)
}

/**
 * Whether a neighbor and we can never agree any more: it is final with an answer that stands
 * without us, or each of us votes for an answer that the other will not take. Both see it alike.
 */
export function isApart(
  { context, voting }: Bench,
  neighbor: number,
  holds: Final,
  isFinal: boolean,
): boolean {
  if (isFinal) return has(holds.without, context.self)
  const ours = voting.final ?? voting.lock
  if (!ours || equalBytes(ours.hash, holds.hash)) return false
  const weYield = !voting.final && isBefore(holds, ours, context.self)
  return !weYield && !isBefore(ours, holds, neighbor)
}

/** Draws the conclusion from the votes held: final, ready, or a new attempt. @returns whether any happened */
export function settleVotes(bench: Bench): boolean {
  const { context, sums, membership, voting } = bench
  if (voting.final || membership.excluded) return false
  const { mine } = voting
  if (!mine && !voting.lock && voting.votes.length === 0) return false
  const ballot = mine && ballotHash(mine)
  const out = absent(bench)
  const standing = voting.votes.filter(({ by }) => !isEmpty(minus(by, out)))
  const differ = ballot
    ? standing.some(({ hash }) => !equalBytes(hash, ballot))
    : standing.length > 1
  const by = ballot && voting.votes.find(({ hash }) => equalBytes(hash, ballot))?.by
  if (mine && by && sums.totalOf(mine.contributors)) {
    const answer = { attempt: voting.attempt, ...mine }
    if (isEmpty(mine.without) && includesAll(by, context.everyone))
      return conclude(voting, context, answer)
    if (isAll(context, by, mine) && becomeReady(voting, context, answer)) return true
  }
  const { lock } = voting
  if (lock && has(voting.ready, context.self) && isAll(context, voting.ready, lock)) {
    if (sums.totalOf(lock.contributors)) return conclude(voting, context, lock)
  }
  const isBroken = mine !== undefined && !includesAll(mine.without, out)
  if (!differ && !isBroken) return false
  startAttempt(bench, voting.attempt + 1)
  return true
}

/** Whether a set includes the quorum of an answer. */
const isAll = ({ everyone }: EpochContext, set: Bitset, { without }: Choice): boolean =>
  includesAll(union(set, without), everyone)

/** The whole quorum voted for it in this attempt, which is the latest that we know of. */
function becomeReady(voting: Voting, context: EpochContext, answer: Final): boolean {
  const { lock } = voting
  if (!lock || !isSame(lock, answer)) {
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

/** Takes over a neighbor's final answer once we hold all that it names and can check it. @returns whether we did */
export function adoptFinal(bench: Bench, final: Final): boolean {
  const { context, voting } = bench
  return mayAdopt(bench, final) && isCheckable(bench, final) && conclude(voting, context, final)
}

/** Whether a final answer is ours as well: it stands with us, or we left and have none of our own. */
export const mayAdopt = ({ context, membership, voting }: Bench, final: Final): boolean =>
  !voting.final && (membership.excluded || !has(final.without, context.self))

/** @throws HypernetError `BAD_MESSAGE` when a set does not fit the roster */
export function checkFinal({ size }: EpochContext, final: Final): void {
  for (const set of [final.contributors, final.tombstones, final.without]) checkedSet(set, size)
}

/** The same answer of the same attempt and quorum. */
export const isSame = (a: Final, b: Final): boolean =>
  a.attempt === b.attempt && equalBytes(a.hash, b.hash) && equalBytes(a.without, b.without)

/** Whether we are bound to an answer whose parts we do not hold: as a device that started again. */
export const isLost = ({ context, sums, membership, voting }: Bench): boolean =>
  !voting.final &&
  !membership.excluded &&
  voting.lock !== undefined &&
  !has(voting.lock.without, context.self) &&
  !sums.totalOf(voting.lock.contributors)

/** Whether we hold what an answer sums, have proof of whom it buries, and find the same hash. */
function isCheckable({ context, sums, membership }: Bench, choice: Choice): boolean {
  const { hash, contributors, tombstones } = choice
  const accounted = union(contributors, tombstones)
  if (!includesAll(membership.certified, tombstones) || !includesAll(accounted, context.everyone))
    return false
  const own = hashOf(context, sums, contributors, tombstones)
  return own !== undefined && equalBytes(own, hash)
}

/** The answer that a device is final with. */
export function finalAnswer({ sums, voting: { final } }: Bench): FinalAnswer | undefined {
  const total = final && sums.totalOf(final.contributors)
  return total && { ...final, ...total }
}

function addOwn(voting: Voting, context: EpochContext, mine: Choice): void {
  const ballot = ballotHash(mine)
  const known = voting.votes.find(({ hash }) => equalBytes(hash, ballot))
  if (known) {
    add(known.by, context.self)
    return
  }
  // Our own vote always has a place: without it nobody could become final.
  const own = { hash: ballot, by: setOf(context.size, [context.self]) }
  voting.votes = [own, ...voting.votes].slice(0, LIMITS.votes)
}

/** Keeps a vote if there is room, or in place of one that only the dead cast. */
function addVote(voting: Voting, vote: Vote, gone: Bitset): boolean {
  if (voting.votes.length >= LIMITS.votes) {
    const useless = voting.votes.findIndex(({ by }) => isEmpty(minus(by, gone)))
    if (useless < 0 || isEmpty(minus(vote.by, gone))) return false
    voting.votes.splice(useless, 1)
  }
  voting.votes.push(vote)
  return true
}

/**
 * All may have voted for what stands with everyone, and some have ended with it: then it stays our vote, if what
 * the method offers next might be less.
 */
function startAttempt({ voting, sums }: Bench, attempt: number): void {
  const { mine, votes } = voting
  const isKept =
    mine &&
    isEmpty(mine.without) &&
    sums.isFleeting(mine.contributors) &&
    votes.every(({ hash }) => isBallotFor(hash, mine.hash))
  if (isKept) voting.lock ??= { attempt: voting.attempt, ...mine }
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
