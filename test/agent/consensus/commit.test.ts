import t from 'tap'
import { commit } from '../../../agent/consensus/commit.ts'
import { contributionPayload } from '../../../agent/consensus/contribution.ts'
import { commitmentTo } from '../../../agent/consensus/flood/entries.ts'
import type { Body } from '../../../agent/consensus/method.ts'
import { statementPayload } from '../../../agent/core/signing.ts'
import { toDoubles, vectorOf } from '../../../agent/math/exactVector.ts'
import { members } from '../../../agent/wire/bitset.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { digest, hexOf } from '../../../agent/wire/hash.ts'
import { nodeId } from '../../../agent/wire/ids.ts'
import { Contribution, type Exchange } from '../../../agent/wire/messages.ts'
import { payloadOf, signCose } from '../../../agent/wire/signature.ts'
import { contextFor, JOB, PERIOD, signedContribution } from './fleet.ts'

/** The method does not look at signatures, it gets them verified. */
const KEY = digest(new Uint8Array([1]))
const sign = (payload: Uint8Array) => signCose('contribution', payload, KEY)

interface Cheats {
  /** What a device sends in place of what its method says; undefined: nothing. */
  readonly forge?: (from: number, body: Body, round: number) => Body | undefined
  /** Round from which a device is there; absent: the first. */
  readonly from?: ReadonlyMap<number, number>
}

/** Everyone hears everyone, a message takes a round. */
function run(size: number, rounds: number, { forge, from }: Cheats = {}) {
  const hears = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => j).filter((j) => j !== i),
  )
  const contexts = hears.map((_, i) => contextFor(hears, i))
  const states = contexts.map((context) => commit.open(context, 0))
  const sent: { round: number; from: number; body: Body }[] = []
  const seq = hears.map(() => 0)
  contexts.forEach((context, i) => {
    commit.propose?.(states[i]!, 0, contributionPayload(context, i, vectorOf([i + 0.5]), 1))
  })
  let flights: { from: number; exchange: Exchange }[] = []
  for (let round = 0; round < rounds; round++) {
    const now = round * PERIOD
    const arrived = flights
    flights = []
    states.forEach((state, i) => {
      if (round < (from?.get(i) ?? 0)) return
      for (const { from: sender, exchange } of arrived)
        if (sender !== i) commit.receive(state, now, sender, structuredClone(exchange))
      commit.tick(state, now)
      for (let payload = commit.unsigned?.(state); payload; payload = commit.unsigned?.(state))
        commit.contribute(state, now, sign(payload))
      const draft = commit.draft(state)
      if (draft)
        commit.stated(state, now, signCose('statement', statementPayload(contexts[i]!, draft), KEY))
      for (const { body } of commit.publish(state, now)) {
        const said = forge ? forge(i, body, round) : body
        if (!said) continue
        sent.push({ round, from: i, body: said })
        const label = { version: 1, job: JOB, from: nodeId(`d${i}`), incarnation: 1 } as const
        seq[i]!++
        const place = { seq: seq[i]!, epoch: 0, round, roster: contexts[i]!.roster.slice(0, 8) }
        flights.push({ from: i, exchange: { ...label, ...place, ...said } })
      }
    })
  }
  const answers = states.map((state) => commit.answer(state))
  return { states, sent, answers }
}

const contributionsIn = ({ flood }: Body): Contribution[] =>
  (flood?.entries ?? []).map(({ signed }) => decodeRecord(Contribution, payloadOf(signed)))

t.test(
  'all end with the sum, and nothing is shown before all have committed themselves',
  async (t) => {
    const { answers, sent, states } = run(5, 30)
    const contents = states.map((state) => hexOf(commit.contents?.(state) ?? new Uint8Array()))
    t.strictSame(
      contents,
      contents.map(() => contents[0]),
    )
    t.equal(contents[0]?.length, 66, 'what was shown, not what stood for it')
    for (const answer of answers) {
      t.strictSame(answer && toDoubles(answer.sum), [12.5])
      t.strictSame(answer && members(answer.contributors), [0, 1, 2, 3, 4])
    }
    const all = sent.flatMap(({ round, body }) =>
      contributionsIn(body).map((contribution) => ({ round, ...contribution })),
    )
    const bound = all.filter(({ commitment }) => commitment)
    const shown = all.filter(({ commitment }) => !commitment)
    t.equal(new Set(bound.map(({ index }) => index)).size, 5)
    const lastFirst = Math.max(
      ...[0, 1, 2, 3, 4].map((i) =>
        Math.min(...bound.filter(({ index }) => index === i).map(({ round }) => round)),
      ),
    )
    t.ok(Math.min(...shown.map(({ round }) => round)) > lastFirst)
  },
)

t.test('whoever shows something else than it committed is left out as a liar', async (t) => {
  const other = signedContribution(4, 100)
  const { answers } = run(5, 60, {
    forge(from, body) {
      if (from !== 4 || !body.flood?.entries || contributionsIn(body).some((c) => c.commitment))
        return body
      const entries = body.flood.entries.map((entry) =>
        entry.index === 4 ? { ...entry, signed: other } : entry,
      )
      return { ...body, flood: { ...body.flood, entries } }
    },
  })
  for (const answer of answers.slice(0, 4)) {
    t.strictSame(answer && members(answer.contributors), [0, 1, 2, 3])
    t.strictSame(answer && toDoubles(answer.sum), [8])
  }
})

t.test('whoever copies what it saw comes too late', async (t) => {
  // Silent while the others wait for it; then it binds itself to a copy of what one of them shows.
  const { answers, sent } = run(4, 220, { from: new Map([[3, 150]]) })
  const copies = sent.filter(({ from }) => from === 3)
  t.ok(copies.length > 0, 'it spoke')
  for (const answer of answers) t.strictSame(answer && members(answer.contributors), [0, 1, 2])
})

t.test(
  'who commits itself to one thing here and to another there gets nobody to wait for ever',
  async (t) => {
    const { answers } = run(5, 120, {
      forge(from, body, round) {
        if (from !== 4 || round % 2 === 0 || !body.flood?.entries) return body
        const entries = body.flood.entries.map((entry) => {
          const contribution = decodeRecord(Contribution, payloadOf(entry.signed))
          if (entry.index !== 4 || !contribution.commitment) return entry
          const commitment = commitmentTo(signedContribution(4, round))
          const context = { job: contribution.job, roster: contribution.roster, epoch: 0 }
          const payload = contributionPayload(
            { ...contextFor([[]], 0), ...context },
            4,
            { mantissas: [], exponents: [] },
            0,
            commitment,
          )
          return { ...entry, signed: sign(payload) }
        })
        return { ...body, flood: { ...body.flood, entries } }
      },
    })
    const honest = answers.slice(0, 4)
    for (const answer of honest) {
      t.ok(answer, 'an answer')
      t.strictSame(answer && toDoubles(answer.sum), honest[0] && toDoubles(honest[0].sum))
    }
  },
)

t.test('a device that starts again goes on from what it had signed', async (t) => {
  const { states } = run(3, 12)
  const kept = commit.remember(states[0]!)
  t.ok(kept.contribution)
  t.ok(kept.commitments?.contribution)
  const hears = [
    [1, 2],
    [0, 2],
    [0, 1],
  ]
  const again = commit.open(contextFor(hears, 0, 2), 0, kept)
  t.equal(commit.unsigned?.(again), undefined, 'nothing is signed again')
  t.strictSame(commit.remember(again).contribution, kept.contribution)
})

t.test(
  'a share that was signed, and its commitment not yet, is committed to after a restart',
  async (t) => {
    const hears = [[1], [0]]
    const state = commit.open(contextFor(hears, 0), 0)
    commit.propose?.(state, 0, payloadOf(signedContribution(0, 1)))
    const payload = commit.unsigned?.(state)
    commit.contribute(state, 0, sign(payload!))
    const again = commit.open(contextFor(hears, 0, 2), 0, commit.remember(state))
    const next = decodeRecord(Contribution, commit.unsigned?.(again) ?? new Uint8Array())
    t.strictSame(next.commitment, commitmentTo(sign(payload!)))
  },
)
