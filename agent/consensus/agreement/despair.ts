import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { ballotHash } from '../answer.ts'
import type { Agreement } from './agreement.ts'
import { covering, giveUp, isLost, standing } from './voting.ts'

/** Periods after which a device gives up hope for the parts of what it votes for. */
const LOST = 250
/** Periods that one which is not bound to it waits for those who are. */
const LONGEST = 375
/** Periods in which others would have voted, if they could. */
const SILENCE = 20

/**
 * What becomes of a device that votes for an answer whose parts it cannot get. One that is bound to it, since it
 * voted for it in an earlier life, takes itself out. One that took it over from such a device is free to vote for
 * what there is when others vote for that, or for nothing at all. Where they vote for something else they have
 * what it lacks, and end without it.
 * @returns whether it has to take itself out
 */
export function isHopeless(agreement: Agreement, now: Millis): boolean {
  const { context, awake, voting, changedAt } = agreement
  agreement.lostSince = isLost(agreement) ? (agreement.lostSince ?? awake) : undefined
  if (agreement.lostSince === undefined) return false
  const periods = (awake - agreement.lostSince) / context.period
  if (periods < LOST) return false
  const isStill = now - changedAt >= SILENCE * context.period
  const choice = voting.isBound ? undefined : covering(agreement)
  const votes = standing(agreement)
  const isShared = choice && votes.some(({ hash }) => equalBytes(hash, ballotHash(choice)))
  const isFree = choice !== undefined && (isShared || (votes.length === 0 && isStill))
  if (isFree) giveUp(agreement)
  return !isFree && (voting.isBound || periods >= LONGEST)
}
