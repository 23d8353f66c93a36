import {
  conclude,
  learnStatement,
  learnTombstone,
  newMembership,
} from '../../../../agent/consensus/agreement/membership.ts'
import {
  type Bench,
  type Bound,
  castVote,
  hearLock,
  hearVotes,
  newVoting,
  settleVotes,
} from '../../../../agent/consensus/agreement/voting.ts'
import { type Entries, learnEntry, newEntries } from '../../../../agent/consensus/flood/entries.ts'
import { sumsOf } from '../../../../agent/consensus/flood/flood.ts'
import { regular } from '../../../../agent/consensus/overlay.ts'
import { add } from '../../../../agent/wire/bitset.ts'
import type { AgreementBody, Final } from '../../../../agent/wire/messages.ts'
import { contextFor, signedContribution, signedStatement } from '../fleet.ts'

export const SIZE = 5
const hears = regular(SIZE, 8, 0)
export const everybody = [0, 1, 2, 3, 4]

/** A device that holds these entries and has seen these devices leave. */
export function bench(
  self: number,
  held: readonly number[],
  left: readonly number[] = [],
  bound?: Bound,
): Bench & { entries: Entries } {
  const context = contextFor(hears, self)
  const entries = newEntries(SIZE)
  for (const i of held) learnEntry(entries, context, i, signedContribution(i, i + 1))
  const membership = newMembership(context)
  for (const i of left) {
    learnStatement(membership, context, i, signedStatement(i, [], { leave: 'gone' }))
  }
  const { tombstone } = conclude(membership, context)
  if (tombstone) learnTombstone(membership, context, tombstone)
  const sums = sumsOf(context, entries, new Map())
  return { context, entries, sums, membership, voting: newVoting(SIZE, self, bound) }
}

/** What a device would tell of its votes. */
export const said = ({ voting }: Bench): AgreementBody => ({
  attempt: voting.attempt,
  votes: voting.votes.map(({ hash, by }) => ({ hash, by: by.slice() })),
  ...(voting.lock ? { lock: voting.lock, ready: voting.ready.slice() } : {}),
})
export const tell = (from: Bench, to: Bench): boolean => {
  const learned = hearLock(to, said(from))
  return hearVotes(to, said(from)) || learned
}
export const settle = (each: Bench): void => {
  while (castVote(each) || settleVotes(each)) {
    if (each.voting.final) return
  }
}

/** The answer that a device votes for which has nothing of those who are gone. */
export function madeBy(device: number, gone: readonly number[], attempt = 0): Final {
  const held = everybody.filter((i) => !gone.includes(i))
  const source = bench(device, held, gone)
  castVote(source)
  return { attempt, ...(source.voting.mine as NonNullable<typeof source.voting.mine>) }
}
/** A device that holds all and has the proof that others buried these. */
export function informed(
  self: number,
  certified: readonly number[],
  gone: readonly number[] = [],
): Bench {
  const each = bench(self, everybody, gone)
  for (const j of certified) add(each.membership.certified, j)
  return each
}
