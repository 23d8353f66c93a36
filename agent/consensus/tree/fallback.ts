import { isEmpty } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { forgive, news } from '../agreement/agreement.ts'
import type { Sums } from '../agreement/sums.ts'
import { newEntries } from '../flood/entries.ts'
import { floodFor, sumsOf, takeEntry } from '../flood/flood.ts'
import type { FloodState } from '../flood/floodState.ts'
import type { TreeState } from './treeState.ts'

/** Chance in one run that loss alone is taken for somebody's end, which costs a needless flood. */
const FALSE_ALARM = 1e-3
/** What is taken for known beforehand of a question's chance to stay unanswered, worth so many questions. */
const PRIOR = { asked: 8, lost: 4 } as const
const MOST_LOSS = 0.6
/** Most periods between two questions of a device that waits (treeMessages.ts), a little rounded up. */
const BETWEEN = 2.5

/** Whether the tree cannot end this epoch, so that it has to be flooded. */
export function isTroubled(state: TreeState, now: Millis): boolean {
  const { agreement, dispute } = state
  const { membership, voting, leaving } = agreement
  if (voting.final) return false
  if (dispute !== undefined || leaving !== undefined || voting.attempt > 0) return true
  if (!isEmpty(membership.certified)) return true
  const { asked, answered, below, heardAt, parent } = state
  if (parent !== undefined && now - heardAt > patience(state, asked, answered)) return true
  const patienceBelow = patience(state, 0, 0)
  return [...below.values()].some((each) => now - each.heardAt > patienceBelow)
}

/**
 * Milliseconds of silence on a link of the tree that tell an end from loss: k questions in a row stay
 * unanswered by chance with p^k, and there are N devices that ask.
 */
function patience({ agreement: { context } }: TreeState, asked: number, answered: number): Millis {
  const measured = (asked - answered + PRIOR.lost) / (asked + PRIOR.asked)
  const questions = Math.log(FALSE_ALARM / context.size) / Math.log(Math.min(MOST_LOSS, measured))
  return Math.ceil(questions) * BETWEEN * context.period
}

/** Turns the epoch into a flood, with every contribution that we hold as it was signed. */
export function fallBack(state: TreeState, now: Millis): FloodState {
  const { agreement, below } = state
  const { context, contribution } = agreement
  const entries = newEntries(context.size)
  const flooded = floodFor(agreement, entries, new Map())
  if (contribution) takeEntry(flooded, context.self, contribution)
  for (const [index, { signed }] of below) if (signed) takeEntry(flooded, index, signed)
  state.flood = flooded
  // Neighbors were not listened to until now.
  forgive(agreement, 0)
  news(agreement, now)
  return flooded
}

/** What a vote may be for: the total that we were shown to be in; after trouble, what was flooded. */
export function treeSums(stateOf: () => TreeState): Sums {
  const floodSums = (): Sums | undefined => {
    const { flood, agreement } = stateOf()
    return flood && sumsOf(agreement.context, flood.entries, flood.known)
  }
  const attested = () => {
    const { isAttested, total } = stateOf()
    return isAttested ? total : undefined
  }
  return {
    get have() {
      const { flood, total, held } = stateOf()
      return flood?.entries.have ?? total?.set ?? held
    },
    covering(gone, liars) {
      const sums = floodSums()
      const covered = sums?.covering(gone, liars)
      if (covered) return covered
      return isEmpty(gone) && isEmpty(liars) ? attested()?.set : undefined
    },
    totalOf(contributors) {
      // What was signed counts before what was added up: not everybody may have been shown their part.
      const flooded = floodSums()?.totalOf(contributors)
      if (flooded) return flooded
      const total = attested()
      return total && equalBytes(total.set, contributors) ? total : undefined
    },
    isFleeting: (contributors) => floodSums()?.totalOf(contributors) === undefined,
    isAlike: (neighbor) => floodSums()?.isAlike(neighbor) ?? true,
  }
}
