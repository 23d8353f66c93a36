import t from 'tap'
import {
  deriveTombstone,
  learnStatement,
  learnTombstone,
  newMembership,
} from '../../../../agent/consensus/agreement/membership.ts'
import {
  adoptFinal,
  type Bench,
  type Bound,
  boundBy,
  castVote,
  finalAnswer,
  hearVotes,
  newVoting,
  settleVotes,
} from '../../../../agent/consensus/agreement/voting.ts'
import { type Entries, learnEntry, newEntries } from '../../../../agent/consensus/flood/entries.ts'
import { sumsOf } from '../../../../agent/consensus/flood/flood.ts'
import { regular } from '../../../../agent/consensus/overlay.ts'
import { toDoubles } from '../../../../agent/math/exactVector.ts'
import { add, emptySet, members } from '../../../../agent/wire/bitset.ts'
import { LIMITS } from '../../../../agent/wire/limits.ts'
import type { AgreementBody } from '../../../../agent/wire/messages.ts'
import { contextFor, signedContribution, signedStatement } from '../fleet.ts'

const SIZE = 5
const hears = regular(SIZE, 8, 0)
const everybody = [0, 1, 2, 3, 4]

/** A device that holds these entries and has seen these devices leave. */
function bench(
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
  const tombstone = deriveTombstone(membership, context)
  if (tombstone) learnTombstone(membership, context, tombstone)
  const sums = sumsOf(context, entries, new Map())
  return { context, entries, sums, membership, voting: newVoting(SIZE, self, bound) }
}

/** What a device would tell of its votes. */
const said = ({ voting }: Bench): AgreementBody => ({
  attempt: voting.attempt,
  votes: voting.votes.map(({ hash, by }) => ({ hash, by: by.slice() })),
  ...(voting.lock ? { lock: voting.lock, ready: voting.ready.slice() } : {}),
})
const tell = (from: Bench, to: Bench): boolean => hearVotes(to, said(from))
const settle = (each: Bench): void => {
  while (castVote(each) || settleVotes(each)) {
    if (each.voting.final) return
  }
}

t.test('nobody votes before entries and tombstones cover the roster', async (t) => {
  t.notOk(castVote(bench(0, [0, 1, 2, 3])))
  t.ok(castVote(bench(0, everybody)))
  t.ok(castVote(bench(0, [0, 1, 2, 3], [4])))
})

t.test('when the whole roster voted the same the answer is final at once', async (t) => {
  const all = everybody.map((i) => bench(i, everybody))
  for (const each of all) settle(each)
  const [first] = all
  if (!first) throw new Error('nobody')
  for (const each of all.slice(1)) tell(each, first)
  settle(first)
  t.strictSame(toDoubles(finalAnswer(first)?.sum as never), [15], '1 + 2 + 3 + 4 + 5')
  t.equal(first.voting.lock, undefined, 'no extra phase')
})

t.test('one vote an attempt: what is learned later does not change it', async (t) => {
  const each = bench(0, [0, 1, 2, 3], [4])
  settle(each)
  const hash = each.voting.mine?.hash
  learnEntry(each.entries, each.context, 4, signedContribution(4, 5))
  t.notOk(castVote(each))
  t.strictSame(each.voting.mine?.hash, hash)
})

t.test(
  'two live devices that voted differently end the attempt; the next has the union',
  async (t) => {
    const less = bench(0, [0, 1, 2, 3], [4])
    const more = bench(1, everybody, [4])
    settle(less)
    settle(more)
    learnEntry(less.entries, less.context, 4, signedContribution(4, 5))
    tell(more, less)
    settle(less)
    t.equal(less.voting.attempt, 1)
    t.strictSame(members(less.voting.mine?.contributors ?? emptySet(SIZE)), everybody)
    tell(less, more)
    settle(more)
    t.equal(more.voting.attempt, 1)
    t.strictSame(more.voting.mine?.hash, less.voting.mine?.hash)
  },
)

t.test('where a device is gone, all live ones must first be ready', async (t) => {
  const all = [0, 1, 2, 3].map((i) => bench(i, [0, 1, 2, 3], [4]))
  for (const each of all) settle(each)
  const [first, second] = all
  if (!first || !second) throw new Error('nobody')
  for (const each of all.slice(1)) tell(each, first)
  settle(first)
  t.equal(first.voting.final, undefined)
  t.strictSame(members(first.voting.ready), [0])
  for (const each of all) if (each !== first) tell(first, each)
  for (const each of all.slice(1)) settle(each)
  for (const each of all.slice(1)) tell(each, first)
  settle(first)
  t.strictSame(toDoubles(finalAnswer(first)?.sum as never), [10], '1 + 2 + 3 + 4')
})

t.test('whoever is ready votes for the same answer in every later attempt', async (t) => {
  const each = bench(0, [0, 1, 2, 3], [4])
  const others = [1, 2, 3].map((i) => bench(i, [0, 1, 2, 3], [4]))
  settle(each)
  for (const other of others) {
    settle(other)
    tell(other, each)
  }
  settle(each)
  const locked = each.voting.lock
  t.ok(locked)
  learnEntry(each.entries, each.context, 4, signedContribution(4, 5))
  hearVotes(each, { ...said(each), attempt: 7, votes: [] })
  settle(each)
  t.equal(each.voting.attempt, 7)
  t.strictSame(each.voting.mine?.hash, locked?.hash, 'although it knows more now')
})

t.test('a device that hears of a lock votes for it, once it can check it', async (t) => {
  const ready = bench(0, [0, 1, 2, 3], [4])
  for (const i of [1, 2, 3]) {
    const other = bench(i, [0, 1, 2, 3], [4])
    settle(other)
    settle(ready)
    tell(other, ready)
  }
  settle(ready)
  const late = bench(3, everybody, [])
  tell(ready, late)
  hearVotes(late, { ...said(late), attempt: 1, votes: [] })
  t.notOk(castVote(late), 'it has no proof yet that device 4 is gone')
  learnStatement(late.membership, late.context, 4, signedStatement(4, [], { leave: 'gone' }))
  const tombstone = deriveTombstone(late.membership, late.context)
  if (tombstone) learnTombstone(late.membership, late.context, tombstone)
  t.ok(castVote(late))
  t.strictSame(late.voting.mine?.hash, ready.voting.lock?.hash)
})

t.test('a vote, a lock and readiness survive a restart', async (t) => {
  const each = bench(0, [0, 1, 2, 3], [4])
  settle(each)
  for (const i of [1, 2, 3]) {
    const other = bench(i, [0, 1, 2, 3], [4])
    settle(other)
    tell(other, each)
  }
  settle(each)
  const again = bench(0, [0, 1, 2, 3], [4], boundBy(each.voting, 0))
  t.notOk(castVote(again), 'it has voted')
  t.strictSame(members(again.voting.votes[0]?.by ?? emptySet(SIZE)), [0], 'and says so')
  t.strictSame(again.voting.lock, each.voting.lock)
  t.strictSame(members(again.voting.ready), [0])
})

t.test(
  'an answer is adopted only when all of it is held, proven and hashed the same',
  async (t) => {
    const source = bench(0, [0, 1, 2, 3], [4])
    settle(source)
    const final = { attempt: 0, ...(source.voting.mine as NonNullable<typeof source.voting.mine>) }
    t.notOk(adoptFinal(bench(1, [0, 1, 2], [4]), 0, final, false), 'an entry lacks')
    t.notOk(adoptFinal(bench(1, [0, 1, 2, 3]), 0, final, false), 'no proof that 4 is gone')
    t.notOk(adoptFinal(bench(1, [0, 1, 2, 3], [4]), 4, final, false), 'from one that is gone')
    const other = { ...final, hash: new Uint8Array(16) }
    t.notOk(adoptFinal(bench(1, [0, 1, 2, 3], [4]), 0, other, false), 'another hash')
    const part = { ...final, contributors: emptySet(SIZE) }
    t.notOk(
      adoptFinal(bench(1, [0, 1, 2, 3], [4]), 0, part, false),
      'a set that does not cover the roster',
    )
    const taker = bench(1, everybody, [4])
    t.ok(adoptFinal(taker, 0, final, false))
    t.strictSame(
      toDoubles(finalAnswer(taker)?.sum as never),
      [10],
      'the sum of what it names, not of what is held',
    )
    t.notOk(adoptFinal(taker, 0, final, false), 'once')
  },
)

t.test('an answer that buries us is followed by whoever came late and has no side', async (t) => {
  // Two of five are final without the others, who are less than half of the roster.
  const source = bench(0, [0, 1], [2, 3, 4])
  castVote(source)
  const final = { attempt: 0, ...(source.voting.mine as NonNullable<typeof source.voting.mine>) }
  const late = (gone: readonly number[] = []) => {
    const each = bench(2, everybody, gone)
    for (const j of members(final.tombstones)) add(each.membership.certified, j)
    return each
  }
  t.notOk(adoptFinal(late(), 0, final, false), 'another side of a partition')
  t.ok(adoptFinal(late(), 0, final, true))
  t.ok(adoptFinal(late([3]), 0, final, true), 'who is gone for both')
  t.notOk(adoptFinal(late([1]), 0, final, true), 'one that they count on is gone for us')
  const voted = late()
  castVote(voted)
  t.notOk(adoptFinal(voted, 0, final, true), 'others may count on our vote')
})

t.test(
  'votes of an attempt beyond the limit, or for sets of another size, are not taken',
  async (t) => {
    const each = bench(0, everybody)
    t.notOk(hearVotes(each, { ...said(each), attempt: LIMITS.attempts + 1 }))
    t.equal(each.voting.attempt, 0)
    const wrong = [{ hash: new Uint8Array(16), by: new Uint8Array(2) }]
    t.throws(() => hearVotes(each, { ...said(each), votes: wrong }), { code: 'BAD_MESSAGE' })
  },
)

t.test('votes that only the dead cast make room for those of the living', async (t) => {
  const each = bench(0, [0, 1, 2, 3], [4])
  const dead = Array.from({ length: LIMITS.votes }, (_, k) => ({
    hash: new Uint8Array(16).fill(k + 1),
    by: Uint8Array.of(16),
  }))
  hearVotes(each, { ...said(each), votes: dead })
  t.equal(each.voting.votes.length, LIMITS.votes)
  const living = [{ hash: new Uint8Array(16).fill(99), by: Uint8Array.of(2) }]
  t.ok(hearVotes(each, { ...said(each), votes: living }))
  t.ok(each.voting.votes.some(({ hash }) => hash[0] === 99))
  settle(each)
  t.ok(
    each.voting.votes.some(({ by }) => by[0] === 1),
    'our own vote always has a place',
  )
})
