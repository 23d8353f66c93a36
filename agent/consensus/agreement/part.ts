import {
  addAll,
  type Bitset,
  count,
  emptySet,
  includesAll,
  isEmpty,
  members,
  minus,
  union,
} from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import { ballotHash } from '../answer.ts'
import type { Method, Standing, Survey } from '../method.ts'
import { type Agreement, forgive, leave, noticed, stated } from './agreement.ts'
import { boundBy, finalAnswer } from './voting.ts'

/** What all methods that agree on a set have in common: each is `{ ...agreeing(of), ... }`. */
export function agreeing<State>(
  of: (state: State) => Agreement,
): Pick<
  Method<State>,
  | 'leave'
  | 'presence'
  | 'noticed'
  | 'forgive'
  | 'draft'
  | 'stated'
  | 'remember'
  | 'standing'
  | 'survey'
  | 'answer'
> {
  return {
    leave: (state, reason) => leave(of(state), reason),
    presence(state, from, online) {
      const link = of(state).links.get(from)
      if (link) link.offline = !online
    },
    noticed: (state, from) => noticed(of(state), from),
    forgive: (state, _now, grace) => forgive(of(state), grace),
    draft(state) {
      const agreement = of(state)
      const { draft } = agreement
      agreement.draft = undefined
      return draft
    },
    stated: (state, now, signed) => stated(of(state), now, signed),
    remember(state) {
      const { contribution, statementVersion, voting, context, leaving } = of(state)
      const bound = boundBy(voting, context.self)
      return { contribution, statement: statementVersion, bound, leaving }
    },
    standing: (state) => standingIn(of(state)),
    survey: (state) => surveyOf(of(state)),
    answer: (state) => finalAnswer(of(state)),
  }
}

function standingIn(agreement: Agreement): Standing {
  const { sums, membership, voting } = agreement
  return {
    // Counted for who asks: with thousands of devices they take longer than the rest of a round.
    get contributions() {
      return count(sums.have)
    },
    get gone() {
      return count(membership.gone)
    },
    attempt: voting.attempt,
    hasVoted: voting.mine !== undefined,
    isFinal: voting.final !== undefined,
    isExcluded: membership.excluded,
    waitingFor: () => (voting.final ? [] : members(lackingIn(agreement))),
  }
}

/** Whoever is final has voted, and whoever has voted has contributed. */
function surveyOf({ sums, membership, voting }: Agreement): Survey {
  const final = voting.finals.slice()
  const voted = union(final, voting.ready)
  for (const { by } of voting.votes) addAll(voted, by)
  return { contributed: union(sums.have, voted), voted, final, gone: membership.gone }
}

/** Those without an entry, else those without a vote, else those that are not ready. */
function lackingIn({ context, sums, membership, voting }: Agreement): Bitset {
  const live = minus(context.everyone, membership.gone)
  const { mine } = voting
  if (!mine) return minus(live, sums.have)
  const ballot = ballotHash(mine)
  const votes = voting.votes.find(({ hash }) => equalBytes(hash, ballot))
  const unvoted = minus(live, votes?.by ?? emptySet(context.size))
  return isEmpty(unvoted) ? minus(live, voting.ready) : unvoted
}

/** Whether a set accounts for the whole roster together with those who are gone. */
export const covers = (contributors: Uint8Array, gone: Uint8Array, everyone: Uint8Array): boolean =>
  includesAll(contributors, minus(everyone, gone))
