import t from 'tap'
import {
  conclude,
  learnStatement,
  learnTombstone,
} from '../../../../agent/consensus/agreement/membership.ts'
import {
  adoptFinal,
  boundBy,
  castVote,
  finalAnswer,
  follow,
  hearLock,
  hearVotes,
  isApart,
  isLost,
} from '../../../../agent/consensus/agreement/voting.ts'
import { learnEntry } from '../../../../agent/consensus/flood/entries.ts'
import { toDoubles } from '../../../../agent/math/exactVector.ts'
import { emptySet, members } from '../../../../agent/wire/bitset.ts'
import { LIMITS } from '../../../../agent/wire/limits.ts'
import { signedContribution, signedStatement } from '../fleet.ts'
import { bench, everybody, informed, madeBy, SIZE, said, settle, tell } from './bench.ts'

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
  const late = bench(3, [0, 1, 2, 3], [])
  tell(ready, late)
  hearVotes(late, { ...said(late), attempt: 1, votes: [] })
  t.notOk(castVote(late), 'it has no proof yet that device 4 is gone')
  learnStatement(late.membership, late.context, 4, signedStatement(4, [], { leave: 'gone' }))
  learnEntry(late.entries, late.context, 4, signedContribution(4, 5))
  const { tombstone } = conclude(late.membership, late.context)
  if (tombstone) learnTombstone(late.membership, late.context, tombstone)
  t.ok(castVote(late))
  t.strictSame(late.voting.mine?.hash, ready.voting.lock?.hash, 'although it knows more now')
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
    t.notOk(adoptFinal(bench(1, [0, 1, 2], [4]), final), 'an entry lacks')
    t.notOk(adoptFinal(bench(1, [0, 1, 2, 3]), final), 'no proof that 4 is gone')
    const other = { ...final, hash: new Uint8Array(16) }
    t.notOk(adoptFinal(bench(1, [0, 1, 2, 3], [4]), other), 'another hash')
    const part = { ...final, contributors: emptySet(SIZE) }
    t.notOk(adoptFinal(bench(1, [0, 1, 2, 3], [4]), part), 'a set that does not cover the roster')
    const taker = bench(1, everybody, [4])
    t.ok(adoptFinal(taker, final))
    t.strictSame(
      toDoubles(finalAnswer(taker)?.sum as never),
      [10],
      'the sum of what it names, not of what is held',
    )
    t.notOk(adoptFinal(taker, final), 'once')
  },
)

t.test(
  'an answer that stands without us is not adopted, but voted for by whoever is free',
  async (t) => {
    const final = madeBy(0, [3, 4])
    const late = informed(3, [3, 4], [0, 1, 2, 4])
    t.notOk(adoptFinal(late, final))
    t.ok(follow(late, final))
    settle(late)
    t.strictSame(late.voting.final?.hash, final.hash)
    t.strictSame(members(late.voting.final?.without ?? emptySet(SIZE)), [0, 1, 2, 4])
  },
)

t.test('two who follow do so together, so that they cannot follow two answers', async (t) => {
  const [one, other] = [madeBy(0, [3, 4]), madeBy(1, [0, 3, 4])]
  const [a, b] = [informed(3, [0, 3, 4], [0, 1, 2]), informed(4, [0, 3, 4], [0, 1, 2])]
  t.ok(follow(a, one))
  t.ok(follow(b, other))
  settle(a)
  settle(b)
  t.notOk(a.voting.final || b.voting.final)
  // Of answers that stand without it, a device prefers the one with more devices: each hears of both.
  follow(a, other)
  follow(b, one)
  for (let k = 0; k < 4; k++) {
    tell(a, b)
    settle(b)
    tell(b, a)
    settle(a)
  }
  t.ok(a.voting.final && b.voting.final)
  t.strictSame(a.voting.final?.hash, b.voting.final?.hash)
})

t.test('whoever is bound to a lock of its own follows no answer of others', async (t) => {
  const lock = madeBy(2, [0, 1])
  const each = informed(2, everybody, [0, 1])
  t.ok(hearLock(each, { attempt: 0, lock, ready: emptySet(SIZE) }))
  const foreign = madeBy(0, [2, 3, 4], 9)
  t.notOk(follow(each, foreign))
  t.notOk(hearLock(each, { attempt: 9, lock: foreign, ready: emptySet(SIZE) }))
  const later = madeBy(0, [4], 1)
  t.ok(
    hearLock(each, { attempt: 1, lock: later, ready: emptySet(SIZE) }),
    'a later one that stands with it',
  )
  t.notOk(hearLock(each, { attempt: 0, lock, ready: emptySet(SIZE) }), 'no earlier one')
})

t.test('neighbors whose answers exclude each other part, and both see it alike', async (t) => {
  const [mine, theirs] = [madeBy(2, [0, 1], 3), madeBy(0, [2, 3, 4], 5)]
  const each = informed(2, everybody)
  const other = informed(0, everybody)
  hearLock(each, { attempt: 3, lock: mine, ready: emptySet(SIZE) })
  hearLock(other, { attempt: 5, lock: theirs, ready: emptySet(SIZE) })
  t.ok(isApart(each, 0, theirs, false))
  t.ok(isApart(other, 2, mine, false))
  const free = informed(3, everybody)
  t.notOk(isApart(free, 0, theirs, false), 'a free device will vote for it')
  t.ok(isApart(free, 0, theirs, true), 'but not together with one that is final')
  const later = madeBy(0, [4], 7)
  t.notOk(isApart(each, 0, later, false), 'it takes a later answer that stands with it')
  t.notOk(
    isApart(informed(1, everybody), 0, later, true),
    'a final answer that stands with us is adopted',
  )
})

t.test(
  'an attempt ends when one of its quorum is gone; the answer stays, the quorum shrinks',
  async (t) => {
    const each = bench(0, everybody)
    settle(each)
    t.strictSame(members(each.voting.mine?.without ?? emptySet(SIZE)), [])
    const { hash } = each.voting.mine ?? {}
    learnStatement(each.membership, each.context, 4, signedStatement(4, [], { leave: 'gone' }))
    conclude(each.membership, each.context)
    settle(each)
    t.equal(each.voting.attempt, 1)
    t.strictSame(each.voting.mine?.hash, hash, 'all contributed: others may be final with it')
    t.strictSame(members(each.voting.mine?.without ?? emptySet(SIZE)), [4])
  },
)

t.test('a device that restarts after a vote of the whole roster is bound to it', async (t) => {
  const each = bench(0, everybody)
  settle(each)
  const again = bench(0, [0, 1, 2, 3], [4], boundBy(each.voting, 0))
  t.ok(isLost(again), 'its parts are to be had from others')
  settle(again)
  t.notOk(castVote(again), 'it votes for nothing else')
  learnEntry(again.entries, again.context, 4, signedContribution(4, 5))
  t.notOk(isLost(again))
  settle(again)
  t.strictSame(again.voting.mine?.hash, each.voting.mine?.hash)
})

t.test('whoever left passes on the latest lock, and adopts any final answer', async (t) => {
  const each = informed(4, [3, 4])
  each.membership.excluded = true
  const [one, two] = [madeBy(0, [3, 4], 1), madeBy(0, [3, 4], 2)]
  t.ok(hearLock(each, { attempt: 2, lock: two, ready: emptySet(SIZE) }))
  t.notOk(hearLock(each, { attempt: 2, lock: one, ready: emptySet(SIZE) }))
  t.ok(adoptFinal(each, two))
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
