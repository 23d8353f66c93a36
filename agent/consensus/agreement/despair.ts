import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { ballotHash } from '../answer.ts'
import { type Agreement, leave } from './agreement.ts'
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
 */
export function despair(agreement: Agreement, now: Millis): void {
  const { context, awake, voting, changedAt } = agreement
  agreement.lostSince = isLost(agreement) ? (agreement.lostSince ?? awake) : undefined
  if (agreement.lostSince === undefined) return
  const periods = (awake - agreement.lostSince) / context.period
  if (periods < LOST) return
  const isStill = now - changedAt >= SILENCE * context.period
  const choice = voting.isBound ? undefined : covering(agreement)
  const votes = standing(agreement)
  const isShared = choice && votes.some(({ hash }) => equalBytes(hash, ballotHash(choice)))
  if (choice && (isShared || (votes.length === 0 && isStill))) giveUp(agreement)
  else if (voting.isBound || periods >= LONGEST)
    leave(agreement, 'it started again, and nobody holds any more what it had voted for')
}
