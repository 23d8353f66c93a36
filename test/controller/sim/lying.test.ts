import t from 'tap'
import { isLie } from '../../../agent/consensus/flood/entries.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { decodeVector, encodeVector } from '../../../agent/math/wireForm.ts'
import { fullSet, members } from '../../../agent/wire/bitset.ts'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import { Contribution, type Exchange } from '../../../agent/wire/messages.ts'
import { payloadOf, verifyCose } from '../../../agent/wire/signature.ts'
import { PROTOCOL } from '../../../agent/wire/version.ts'
import { falsified, isProvable, Liar, type Lie, liesTo } from '../../../controller/sim/lying.ts'
import { FAIR } from '../../../controller/sim/passage.ts'
import { realSigner } from '../../../controller/sim/signing.ts'
import { simulate } from '../../../controller/sim/simulator.ts'
import { stage, withoutAnswer } from '../../scenarios/stage.ts'

const job = jobId('lies')
const roster = new Uint8Array(32).fill(3)
const signer = realSigner(1, 'liar')
const contribution = (values: number[]) =>
  encodeRecord(Contribution, {
    job,
    roster,
    epoch: 0,
    index: 1,
    rows: 2,
    ...encodeVector(vectorOf(values)),
  })
/** As much of a context as `isLie` looks at. */
const context = {
  job,
  roster,
  epoch: 0,
  size: 4,
  self: 0,
  everyone: fullSet(4),
  isDeclared: false,
  hears: [],
  heardBy: [],
  dimension: 2,
  period: 100,
  incarnation: 1,
}

t.test('every way to lie but false readings is one that the devices can prove', async (t) => {
  for (const values of [
    [3, 0.25],
    [0, 0],
    [-1, 1e300],
    [2 ** -1074, 7],
  ]) {
    const honest = contribution(values)
    const signed = signer.sign('contribution', honest)
    t.notOk(isLie(context, 1, [signed]), 'the truth is none')
    const two = signer.sign('contribution', falsified('equivocation', honest))
    t.notOk(isLie(context, 1, [two]), 'one of the two by itself is none either')
    t.ok(isLie(context, 1, [signed, two]), `${values}: two contents`)
    const none = signer.sign('contribution', falsified('malformed', honest))
    t.ok(isLie(context, 1, [none]), `${values}: no vector`)
    for (const bytes of [two, none]) t.ok(verifyCose('contribution', bytes, signer.publicKey))
  }
  t.strictSame(liesTo({ method: 'flood' }).filter(isProvable), ['equivocation', 'malformed'])
  t.equal(isProvable(undefined), false)
})

t.test('the second contribution is 1 more in its first component', async (t) => {
  const forged = decodeRecord(Contribution, falsified('equivocation', contribution([3, 0.25])))
  t.strictSame(decodeVector(forged, 2), vectorOf([4, 0.25]))
  t.equal(forged.rows, 2)
})

t.test('every second neighbor is told the other contribution, wherever it stands', async (t) => {
  const payload = contribution([3, 0.25])
  const honest = signer.sign('contribution', payload)
  const liar = new Liar('equivocation', signer, new Set(['b']))
  const exchange: Exchange = {
    version: PROTOCOL,
    job,
    from: nodeId('liar'),
    incarnation: 1,
    seq: 1,
    epoch: 0,
    round: 0,
    roster: new Uint8Array(8),
    flood: { have: fullSet(4), entries: [{ index: 1, signed: honest.slice() }] },
  }
  const heardBy = (receiver: string): (Exchange | undefined)[] =>
    liar
      .versionsOf(exchange)
      .flatMap((version) => (version.isFor(receiver) ? [version.exchange] : []))
  t.strictSame(heardBy('b'), [exchange], 'nothing was signed yet')
  liar.signed(payload, honest)
  t.strictSame(heardBy('a'), [exchange])
  const [told, ...others] = heardBy('b')
  t.strictSame(others, [])
  const signed = told?.flood?.entries?.[0]?.signed ?? new Uint8Array()
  t.strictSame(payloadOf(signed), falsified('equivocation', payload))
  const rest = { ...told, flood: { ...told?.flood, entries: exchange.flood?.entries } }
  t.strictSame(rest, exchange, 'nothing else differs')
})

/** Eight devices, each of which hears all: device i reads 2^i, so that a sum tells who is in it. */
const eight = (lie: Lie, change = {}) =>
  simulate(stage(8, { liars: [{ device: 5, lie }], signatures: true, ...change }))
const others = [0, 1, 2, 3, 4, 6, 7]

t.test('a proven liar is missing, and the sum over the others is exact', async (t) => {
  for (const lie of ['equivocation', 'malformed'] as const)
    for (const codec of [false, true]) {
      const outcome = eight(lie, { codec })
      t.strictSame(
        withoutAnswer(outcome).filter((name) => name !== 'd5'),
        [],
      )
      for (const index of others) {
        const answer = outcome.devices[index]?.answer
        t.strictSame(members(answer?.contributors ?? new Uint8Array()), others, `${lie} d${index}`)
        t.equal(answer?.sum.mantissas[0], 255n - 32n)
      }
      t.equal(outcome.maxRelativeError, 0)
      t.equal(outcome.devices[5]?.lie, lie)
    }
})

t.test('false readings are counted as they are told, since nobody can tell', async (t) => {
  const outcome = eight('misreading')
  t.strictSame(withoutAnswer(outcome), [])
  const answer = outcome.devices[0]?.answer
  t.equal(answer?.rows, 8)
  const { mantissas, exponents } = answer?.sum ?? { mantissas: [], exponents: [] }
  // The exact sum, rounded once: 32 * 1.1 as a double is 35.2 to 53 bits, and 223 is whole.
  t.equal(Number(mantissas[0]) * 2 ** (exponents[0] ?? 0), 223 + 32 * 1.1)
})

t.test('one that is heard by a single device has nobody to tell something else', async (t) => {
  const line = [0, 1].flatMap((i) => [
    { from: i, to: i + 1, delivery: 1 },
    { from: i + 1, to: i, delivery: 1 },
  ])
  const liars = [{ device: 2, lie: 'equivocation' as const }]
  const outcome = simulate(stage(3, { graph: { size: 3, links: line }, conditions: FAIR, liars }))
  t.strictSame(withoutAnswer(outcome), [])
  t.equal(outcome.devices[0]?.answer?.rows, 3, 'only one of its contributions was ever told')
})
