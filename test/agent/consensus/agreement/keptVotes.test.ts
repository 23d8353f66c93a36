import t from 'tap'
import { type Bench, hearLock, hearVotes } from '../../../../agent/consensus/agreement/voting.ts'
import { ballotHash } from '../../../../agent/consensus/answer.ts'
import { emptySet, setOf } from '../../../../agent/wire/bitset.ts'
import { bench, everybody, informed, madeBy, SIZE, settle } from './bench.ts'

/** With sums that the method may not offer again. */
const fleeting = <B extends Bench>(each: B): B => ({
  ...each,
  sums: { ...each.sums, isFleeting: () => true },
})

t.test(
  'who voted for what stands with everyone keeps to it until another vote is seen',
  async (t) => {
    const each = fleeting(bench(0, everybody))
    settle(each)
    const { hash } = each.voting.mine ?? {}
    t.ok(hash && hearVotes(each, { attempt: 1 }), 'the others are in the next attempt')
    t.strictSame(each.voting.lock?.hash, hash, 'somebody may have ended with it')
    const same = ballotHash({ hash: hash ?? new Uint8Array(16), without: setOf(SIZE, [4]) })
    hearVotes(each, { attempt: 1, votes: [{ hash: same, by: setOf(SIZE, [1]) }] })
    t.ok(each.voting.lock, 'the same without one that is gone')
    const other = { hash: new Uint8Array(16).fill(7), by: setOf(SIZE, [2]) }
    t.notOk(hearVotes(each, { attempt: 0, votes: [] }))
    t.ok(hearVotes(each, { attempt: 1, votes: [other] }))
    t.equal(each.voting.lock, undefined, 'device 2 cannot have voted for it')
  },
)

t.test('a vote of the same attempt for another answer leaves nothing to keep to', async (t) => {
  const each = fleeting(bench(0, everybody))
  settle(each)
  hearVotes(each, {
    attempt: 0,
    votes: [{ hash: new Uint8Array(16).fill(7), by: setOf(SIZE, [2]) }],
  })
  hearVotes(each, { attempt: 1 })
  t.equal(each.voting.lock, undefined)
})

t.test('whoever holds all parts of a sum need not keep to a vote', async (t) => {
  const each = bench(0, everybody)
  settle(each)
  hearVotes(each, { attempt: 1 })
  t.equal(each.voting.lock, undefined)
})

t.test('what a device keeps to binds no other', async (t) => {
  const each = informed(2, everybody)
  t.notOk(hearLock(each, { attempt: 0, lock: madeBy(2, []), ready: emptySet(SIZE) }))
  t.equal(each.voting.lock, undefined)
})
