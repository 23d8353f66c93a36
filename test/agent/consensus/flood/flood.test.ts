import type { Test } from 'tap'
import t from 'tap'
import { contentsOf, learnEntry, newEntries } from '../../../../agent/consensus/flood/entries.ts'
import { flood } from '../../../../agent/consensus/flood/flood.ts'
import { toDoubles } from '../../../../agent/math/exactVector.ts'
import { randomStream } from '../../../../agent/math/random.ts'
import { count, emptySet, members } from '../../../../agent/wire/bitset.ts'
import { bytesToHex } from '../../../../agent/wire/hash.ts'
import { contextFor, overlay, PERIOD, Rounds, ring, signedContribution } from '../fleet.ts'

/** Everyone contributes its index plus a half: the sum of a set is known without our arithmetic. */
const expected = (set: readonly number[]): number => set.reduce((sum, i) => sum + i + 0.5, 0)

function check(t: Test, fleet: Rounds): void {
  const answers = fleet.live.map((state) => flood.answer(state))
  const hashes = new Set(
    fleet.live.map((state) => bytesToHex(state.agreement.voting.final?.hash ?? new Uint8Array())),
  )
  t.equal(hashes.size, 1, 'one answer')
  const contents = fleet.live.map((state) =>
    bytesToHex(flood.contents?.(state) ?? new Uint8Array()),
  )
  t.equal(new Set(contents).size, 1, 'of the same contributions')
  t.equal(contents[0]?.length, 64)
  for (const answer of answers) {
    t.ok(answer, 'final')
    if (answer)
      t.strictSame(toDoubles(answer.sum), [expected(members(answer.contributors))], 'exact')
  }
}

t.test(
  'without faults all have the sum after the diameter and are final a few rounds later',
  async (t) => {
    const fleet = new Rounds(ring(16), 1)
    while (!fleet.live.every((state) => count(state.entries.have) === 16)) fleet.step()
    t.equal(fleet.round, 9, 'the diameter of a ring of 16 is 8; the first round only sends')
    fleet.run(100)
    check(t, fleet)
    t.ok(fleet.round <= 18)
  },
)

t.test(
  'what stands for contributions changes with each of them, whatever they add up to',
  async (t) => {
    const context = contextFor([[1], [0]], 0)
    const contentsBy = (values: readonly number[], order: readonly number[]) => {
      const entries = newEntries(2)
      for (const i of order) learnEntry(entries, context, i, signedContribution(i, values[i] ?? 0))
      return bytesToHex(contentsOf(entries, context.everyone))
    }
    t.equal(contentsBy([1, 2], [0, 1]), contentsBy([1, 2], [1, 0]))
    t.not(contentsBy([1, 2], [0, 1]), contentsBy([2, 1], [0, 1]))
    const fleet = new Rounds([[1], [0]], 1)
    t.equal(flood.contents?.(fleet.states[0] as never), undefined, 'not before it is final')
  },
)

t.test('a fleet of one is final by itself', async (t) => {
  const fleet = new Rounds([[]], 1)
  fleet.run(5)
  check(t, fleet)
})

t.test('loss, delay, reordering and duplicates change nothing but the time', async (t) => {
  for (const seed of [1, 2, 3]) {
    const fleet = new Rounds(overlay(40, seed), seed, { loss: 0.4, delay: 3, duplicate: 0.2 })
    fleet.run(400)
    check(t, fleet)
    t.equal(count(flood.answer(fleet.states[0] as never)?.contributors ?? emptySet(40)), 40)
  }
})

t.test('a crash in any round ends with one exact answer that names whom it sums', async (t) => {
  for (let round = 0; round < 14; round++) {
    const crashes = new Map([
      [3, round],
      [11, round],
      [17, Math.max(0, round - 1)],
    ])
    const fleet = new Rounds(overlay(24, round), round, { loss: 0.2, delay: 1, crashes })
    fleet.run(300)
    check(t, fleet)
  }
})

t.test('a third of the fleet may crash at once', async (t) => {
  const random = randomStream(5)
  const crashes = new Map(
    Array.from({ length: 32 }, (_, i): [number, number] => [i, random.below(3) ? 999 : 2]),
  )
  const fleet = new Rounds(overlay(32, 5), 5, { loss: 0.3, delay: 3, crashes })
  fleet.run(600)
  check(t, fleet)
})

t.test('a device that restarts with its memory takes part again', async (t) => {
  const fleet = new Rounds(overlay(20, 2), 2, { loss: 0.2, crashes: new Map([[4, 3]]) })
  while (!fleet.crashed.has(4)) fleet.step()
  const remembered = flood.remember(fleet.states[4] as never)
  for (let k = 0; k < 5; k++) fleet.step()
  fleet.restart(4, 2, remembered)
  fleet.run(300)
  check(t, fleet)
  t.equal(fleet.states[4]?.agreement.membership.excluded, false)
})

t.test(
  'a device that restarts without its memory leaves and learns the answer of the others',
  async (t) => {
    const fleet = new Rounds(overlay(20, 3), 3, { loss: 0.2, crashes: new Map([[4, 2]]) })
    while (!fleet.crashed.has(4)) fleet.step()
    for (let k = 0; k < 3; k++) fleet.step()
    fleet.restart(4, 2)
    fleet.run(300)
    check(t, fleet)
    t.equal(fleet.states[4]?.agreement.membership.excluded, true)
  },
)

t.test(
  'a device that was paused until it was buried learns the answer of the others',
  async (t) => {
    const fleet = new Rounds(overlay(20, 6), 6, { crashes: new Map([[7, 1]]) })
    fleet.run(300)
    fleet.crashed.delete(7)
    flood.forgive(fleet.states[7] as never, fleet.round * PERIOD, 0)
    fleet.run(600)
    check(t, fleet)
  },
)

/** Hands device `to`, as if from its neighbor `from`, a second contribution of `liar`. */
function tellLie(fleet: Rounds, liar: number, to: number, from: number): void {
  const state = fleet.states[to]
  if (!state) throw new Error('no such device')
  flood.receive(state, 0, from, {
    version: 1,
    job: state.agreement.context.job,
    from: 'n0' as never,
    incarnation: 1,
    seq: 1,
    epoch: 0,
    round: 0,
    roster: state.agreement.context.roster.slice(0, 8),
    agreement: { attempt: 0 },
    flood: {
      have: emptySet(state.agreement.context.size),
      entries: [{ index: liar, signed: signedContribution(liar, 99) }],
    },
  })
}

t.test('a device that contradicts itself is excluded with the proof', async (t) => {
  const fleet = new Rounds(overlay(12, 1), 1)
  const to = fleet.heardBy[5]?.[0] ?? 0
  tellLie(fleet, 5, to, fleet.hears[to]?.[0] ?? 0)
  fleet.run(200)
  for (const state of fleet.live) {
    if (state.agreement.context.self === 5) continue
    t.ok(state.agreement.voting.final, 'final')
    t.strictSame(members(state.agreement.membership.gone), [5])
  }
})

t.test('when all are final and know it, nobody speaks any more', async (t) => {
  const fleet = new Rounds(overlay(16, 1), 1)
  fleet.run(100)
  for (let k = 0; k < 20; k++) fleet.step()
  t.ok(fleet.live.every((state) => flood.next(state) === Number.POSITIVE_INFINITY))
})

t.test('an answer never changes once it is final', async (t) => {
  const fleet = new Rounds(overlay(16, 4), 4, { loss: 0.3, delay: 2, crashes: new Map([[2, 4]]) })
  const first = new Map<number, string>()
  for (let k = 0; k < 120; k++) {
    fleet.step()
    for (const {
      agreement: { context, voting },
    } of fleet.live) {
      if (!voting.final) continue
      const hash = bytesToHex(voting.final.hash)
      t.equal(first.get(context.self) ?? hash, hash)
      first.set(context.self, hash)
    }
  }
  t.ok(first.size > 0)
})

t.test('what a stranger, another roster or another size sends is ignored', async (t) => {
  const state = flood.open(contextFor(ring(8), 0), 0)
  const exchange = {
    version: 1 as const,
    job: state.agreement.context.job,
    from: 'n3' as never,
    incarnation: 1,
    seq: 1,
    epoch: 0,
    round: 0,
    roster: state.agreement.context.roster.slice(0, 8),
    agreement: { attempt: 0 },
    flood: {
      have: emptySet(8),
      entries: [{ index: 3, signed: signedContribution(3, 1) }],
    },
  }
  t.notOk(flood.receive(state, 0, 3, exchange), 'not a neighbor')
  const short = { ...exchange, flood: { ...exchange.flood, have: emptySet(80) } }
  t.notOk(flood.receive(state, 0, 1, short), 'another size')
  t.ok(flood.receive(state, 0, 1, exchange), 'a neighbor passes it on')
})

t.test(
  'a message names what is signed and new, so that each signature is verified once',
  async (t) => {
    const state = flood.open(contextFor(ring(8), 0), 0)
    flood.contribute(state, 0, signedContribution(0, 0.5))
    const entries = [
      { index: 0, signed: signedContribution(0, 0.5) },
      { index: 1, signed: signedContribution(1, 1.5) },
    ]
    const body = { agreement: { attempt: 0 }, flood: { have: emptySet(8), entries } }
    const claims = flood.claims(state, body, 1)
    t.strictSame(
      claims.map(({ index, purpose }) => [index, purpose]),
      [[1, 'contribution']],
    )
    claims[0]?.drop()
    t.equal(entries.length, 1, 'a part with a bad signature is taken out')
  },
)

t.test('several liars are each excluded with a proof that fits a message', async (t) => {
  const fleet = new Rounds(overlay(12, 1), 1)
  for (const liar of [3, 5, 7]) {
    const to = fleet.heardBy[liar]?.find((j) => ![3, 5, 7].includes(j)) ?? 0
    const from = fleet.hears[to]?.find((j) => j !== liar) ?? 0
    tellLie(fleet, liar, to, from)
  }
  const honest = () =>
    fleet.live.filter(({ agreement: { context } }) => ![3, 5, 7].includes(context.self))
  while (fleet.round < 300 && !honest().every((state) => state.agreement.voting.final)) fleet.step()
  for (const state of honest()) {
    t.strictSame(
      members(flood.answer(state)?.contributors ?? emptySet(12)),
      [0, 1, 2, 4, 6, 8, 9, 10, 11],
    )
    for (const { entries = [] } of state.agreement.membership.tombstones) t.ok(entries.length <= 2)
  }
})
