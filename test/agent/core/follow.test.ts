import t from 'tap'
import { toDoubles } from '../../../agent/math/exactVector.ts'
import { decodeVector } from '../../../agent/math/wireForm.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { Seal } from '../../../agent/wire/messages.ts'
import { payloadOf } from '../../../agent/wire/signature.ts'
import { Fleet, order, roster } from './fleet.ts'

/** Readings are followed for 20 s by the method ratio. */
const followed = order({ method: 'ratio', window: { late: 200, follow: 20_000 } })
const all = [0, 1, 2, 3]

function scene() {
  const fleet = new Fleet(4)
  for (const i of all) fleet.observe(i, 20 + i)
  fleet.announce(followed)
  fleet.announce(roster(4, followed))
  return fleet
}
const estimate = (fleet: Fleet, i: number) => fleet.progress(i).at(-1)?.estimate?.[0] ?? Number.NaN
const areFinal = (fleet: Fleet) => () => all.every((i) => fleet.phase(i) === 'final')
const sealOf = (fleet: Fleet, i: number): Seal =>
  decodeRecord(Seal, payloadOf(fleet.seals(i).at(-1)?.seal ?? new Uint8Array()))

t.test('every device holds the running mean of readings that change', async (t) => {
  const fleet = scene()
  let mean = 21.5
  for (const [at, value] of [
    [5000, 100],
    [10_000, -40],
    [15_000, 7.25],
  ] as const) {
    fleet.run(at)
    for (const i of all) t.ok(Math.abs(estimate(fleet, i) - mean) < 1e-3, `${estimate(fleet, i)}`)
    fleet.observe(2, value)
    mean = (20 + 21 + value + 23) / 4
  }
  t.ok(all.every((i) => fleet.phase(i) === 'exchanging'))
})

t.test('at the end the sum of the newest readings is agreed on, exactly', async (t) => {
  const fleet = scene()
  fleet.run(19_000)
  fleet.observe(1, 0.1)
  fleet.run(19_900)
  t.ok(all.every((i) => fleet.seals(i).length === 0))
  fleet.run(60_000, areFinal(fleet))
  fleet.observe(1, 1e6)
  fleet.run(fleet.now + 1000)
  for (const i of all) {
    const seal = sealOf(fleet, i)
    const [total = Number.NaN] = toDoubles(decodeVector(seal, 3))
    t.ok(Math.abs(total - 65.1) < 1e-13, `${total}`)
    t.strictSame(seal.mantissas, sealOf(fleet, 0).mantissas)
    t.equal(seal.rows, 4)
    t.equal(fleet.phase(i), 'final')
  }
})

t.test('nothing is signed while readings are followed, and each share once', async (t) => {
  const fleet = scene()
  const signed = (i: number) =>
    fleet.effects[i]?.filter((each) => each.kind === 'sign' && each.purpose === 'contribution')
  fleet.run(19_900)
  t.ok(all.every((i) => signed(i)?.length === 0))
  fleet.run(60_000, areFinal(fleet))
  t.ok(all.every((i) => signed(i)?.length === 1))
})

t.test('a device that starts again while readings are followed takes part again', async (t) => {
  const fleet = scene()
  fleet.run(6000)
  fleet.restart(3)
  fleet.observe(3, 27)
  fleet.run(12_000)
  for (const i of all) t.ok(Math.abs(estimate(fleet, i) - 22.5) < 1e-3, `${estimate(fleet, i)}`)
  fleet.run(60_000, areFinal(fleet))
  for (const i of all) t.strictSame(fleet.progress(i).at(-1)?.estimate, [22.5])
})
