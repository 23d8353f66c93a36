import {
  add,
  addAll,
  type Bitset,
  checkedSet,
  emptySet,
  has,
  includesAll,
  isEmpty,
  minus,
  setOf,
  union,
} from '../wire/bitset.ts'
import { equalBytes } from '../wire/hash.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Final, Vote } from '../wire/messages.ts'
import { type Answer, statisticHash, voteHash } from './answer.ts'
import type { EpochContext } from './context.ts'
import { type Entries, sumOver } from './entries.ts'
import type { Membership } from './membership.ts'

/**
 * Agreement on the set. A device whose entries and tombstones cover the roster votes for them, once an
 * attempt; what it learns later waits for the next attempt. When all live devices voted the same, the
 * answer is final. When votes differ, the attempt is over. A device that is final never votes again, so
 * no other answer can become final without it (decisions: the final set).
 */
export interface Voting {
  attempt: number
  /** What we are locked on in this attempt. */
  mine: Locked | undefined
  /** Votes of this attempt, as far as they have come round; at most LIMITS.votes. */
  votes: Vote[]
  final: Final | undefined
  /** Devices known to be final. */
  readonly finals: Bitset
}
export interface Locked {
  readonly hash: Uint8Array
  readonly contributors: Bitset
  readonly tombstones: Bitset
}

export function newVoting(
  size: number,
  restored?: { attempt: number; vote?: Locked | undefined },
): Voting {
  return {
    attempt: restored?.attempt ?? 0,
    mine: restored?.vote,
    votes: [],
    final: undefined,
    finals: emptySet(size),
  }
}

/** Casts the vote of this attempt if there is something to vote for. @returns whether it did */
export function castVote(
  voting: Voting,
  context: EpochContext,
  entries: Entries,
  membership: Membership,
): boolean {
  if (voting.final || voting.mine || membership.excluded) return false
  if (!includesAll(union(entries.have, membership.gone), context.everyone)) return false
  const contributors = minus(entries.have, membership.liars)
  const tombstones = membership.gone.slice()
  const { sum } = sumOver(entries, context, contributors)
  const hash = hashOf(context, { contributors, tombstones, sum, rows: 0 })
  voting.mine = { hash, contributors, tombstones }
  return true
}

/** Merges what a neighbor says of the votes. @returns whether anything was new */
export function hearVotes(
  voting: Voting,
  context: EpochContext,
  membership: Membership,
  attempt: number,
  votes: readonly Vote[],
): boolean {
  if (voting.final || attempt < voting.attempt) return false
  let changed = false
  if (attempt > voting.attempt) {
    startAttempt(voting, attempt)
    changed = true
  }
  for (const { hash, by } of votes) {
    const set = checkedSet(by, context.size)
    const known = voting.votes.find((vote) => equalBytes(vote.hash, hash))
    if (known) changed = addAll(known.by, set) || changed
    else changed = addVote(voting, { hash, by: set.slice() }, membership) || changed
  }
  return changed
}

/** Draws the conclusion from the votes held: final, or a new attempt. @returns whether either happened */
export function settleVotes(
  voting: Voting,
  context: EpochContext,
  entries: Entries,
  membership: Membership,
): boolean {
  if (voting.final) return false
  const { mine } = voting
  if (mine) addOwn(voting, context, mine)
  const live = minus(context.everyone, membership.gone)
  const standing = voting.votes.filter(({ by }) => !isEmpty(minus(by, membership.gone)))
  const differ = mine
    ? standing.some(({ hash }) => !equalBytes(hash, mine.hash))
    : standing.length > 1
  if (mine && !differ && !membership.excluded && includesAll(entries.have, mine.contributors)) {
    const by = voting.votes.find(({ hash }) => equalBytes(hash, mine.hash))?.by
    if (by && includesAll(by, live)) {
      voting.final = { attempt: voting.attempt, ...mine }
      add(voting.finals, context.self)
      return true
    }
  }
  if (!differ || membership.excluded) return false
  startAttempt(voting, voting.attempt + 1)
  return true
}

/** Takes over a neighbor's final answer once we hold all that it names and can check it. @returns whether we did */
export function adoptFinal(
  voting: Voting,
  context: EpochContext,
  entries: Entries,
  membership: Membership,
  from: number,
  final: Final,
): boolean {
  if (voting.final) return false
  if (has(membership.gone, from) && !membership.excluded) return false
  const contributors = checkedSet(final.contributors, context.size)
  const tombstones = checkedSet(final.tombstones, context.size)
  const proven = union(membership.gone, membership.certified)
  if (!includesAll(entries.have, contributors) || !includesAll(proven, tombstones)) return false
  if (!includesAll(union(contributors, tombstones), context.everyone)) return false
  const { sum } = sumOver(entries, context, contributors)
  if (!equalBytes(hashOf(context, { contributors, tombstones, sum, rows: 0 }), final.hash))
    return false
  voting.final = final
  add(voting.finals, context.self)
  return true
}

/** The answer that a device is final with. */
export function finalAnswer(
  voting: Voting,
  context: EpochContext,
  entries: Entries,
): (Answer & { attempt: number }) | undefined {
  const { final } = voting
  if (!final) return undefined
  const { sum, rows } = sumOver(entries, context, final.contributors)
  return { ...final, sum, rows }
}

function addOwn(voting: Voting, context: EpochContext, mine: Locked): void {
  const known = voting.votes.find(({ hash }) => equalBytes(hash, mine.hash))
  if (known) add(known.by, context.self)
  // Our own vote always has a place: without it nobody could become final.
  else
    voting.votes = [
      { hash: mine.hash, by: setOf(context.size, [context.self]) },
      ...voting.votes,
    ].slice(0, LIMITS.votes)
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

function hashOf(context: EpochContext, answer: Answer): Uint8Array {
  const statistic = statisticHash(context.roster, context.epoch, answer.contributors, answer.sum)
  return voteHash(statistic, answer.tombstones)
}
