import t from 'tap'
import type { Progress } from '../../../agent/core/effect.ts'
import { decodeSnapshot, encodeSnapshot } from '../../../agent/io/store.ts'
import { Fleet, order, roster, settingsOf } from './fleet.ts'

const F = 0.5
const EVERY = 1000
const job = order({
  model: {
    type: 'gaussian',
    response: ['temp'],
    prior: Float64Array.of(0, 1, 1, 1),
    forgetting: Float64Array.of(F),
  },
  window: { size: EVERY, every: EVERY, late: 200 },
})

/** Posterior mean after windows of two devices that read the same; `undefined`: the window is missed. */
function meanAfter(values: readonly (number | undefined)[], devices = 2): number {
  const last = values.length - 1
  const weights = values.map((x, k) => (x === undefined ? 0 : devices * F ** (last - k)))
  const total = values.reduce<number>((sum, x, k) => sum + (x ?? 0) * (weights[k] ?? 0), 0)
  return total / (1 + weights.reduce((sum, w) => sum + w, 0))
}

/** What device i last told of each window that was final. */
const finals = (fleet: Fleet, i: number): Map<number, Progress> =>
  new Map(fleet.progress(i).flatMap((each) => (each.phase === 'final' ? [[each.epoch, each]] : [])))

function reading(fleet: Fleet, from: number, values: readonly number[], devices = [0, 1]): void {
  values.forEach((value, k) => {
    const closes = (from + k) * EVERY
    fleet.run(Math.max(fleet.now, closes - 100))
    for (const i of devices) fleet.observe(i, value)
    fleet.run(closes + 700)
  })
}

function begun(devices = 2): Fleet {
  const fleet = new Fleet(devices, (i) => settingsOf(i), 1_700_000_000_000)
  for (let i = 0; i < devices; i++) fleet.observe(i, 8)
  fleet.announce(job)
  fleet.announce(roster(devices, job))
  fleet.run(700)
  return fleet
}

t.test("a device's estimate rests on the windows before", async (t) => {
  const fleet = begun()
  reading(fleet, 1, [4, 6, 1])
  for (const i of [0, 1]) {
    const last = finals(fleet, i).get(3)
    t.equal(last?.estimate?.[0], meanAfter([8, 4, 6, 1]))
    t.strictSame(last?.carried, { since: 0, windows: 4, missed: 0 })
  }
})

t.test('a device that starts again goes on from what it kept, as its file has it', async (t) => {
  const fleet = begun()
  reading(fleet, 1, [4, 6])
  const kept = fleet.snapshots[1]
  t.ok(kept)
  if (!kept) return
  t.equal(kept.jobs[0]?.carry?.recent.length, 2)
  t.equal(kept.jobs[0]?.carry?.settled?.epoch, 0)
  fleet.restart(1, settingsOf(1), decodeSnapshot(encodeSnapshot(kept)))
  reading(fleet, 3, [1, 5])
  t.strictSame(finals(fleet, 1).get(4)?.estimate, finals(fleet, 0).get(4)?.estimate)
  t.equal(finals(fleet, 1).get(4)?.estimate?.[0], meanAfter([8, 4, 6, 1, 5]))
  t.strictSame(finals(fleet, 1).get(4)?.carried, { since: 0, windows: 5, missed: 0 })
})

t.test('a device that missed windows says so, and goes on from before them', async (t) => {
  const fleet = begun(3)
  reading(fleet, 1, [4], [0, 1, 2])
  fleet.stopped.add(2)
  fleet.run(9 * EVERY + 700)
  fleet.restart(2)
  fleet.observe(2, 4)
  fleet.run(16 * EVERY)
  // Windows without a reading bring nothing.
  const last = [...finals(fleet, 2).values()].findLast(({ carried }) => carried)
  const { since, windows, missed } = last?.carried ?? { since: -1, windows: -1, missed: -1 }
  t.equal(since, 0)
  t.ok(missed >= 6, `${missed} missed`)
  t.equal(windows + missed, (last?.epoch ?? 0) + 1)
})

t.test('a job whose windows stand by themselves keeps and tells nothing', async (t) => {
  const fleet = new Fleet(2)
  const plain = order({ window: { size: EVERY, every: EVERY, late: 200 } })
  for (const i of [0, 1]) fleet.observe(i, 1)
  fleet.announce(plain)
  fleet.announce(roster(2, plain))
  fleet.run(700)
  t.equal(finals(fleet, 0).get(0)?.carried, undefined)
  t.notOk('carry' in (fleet.snapshots[0]?.jobs[0] ?? {}))
})

t.test('a device tells what it decides, and goes on from that when it starts again', async (t) => {
  const fleet = new Fleet(2, (i) => settingsOf(i), 1_700_000_000_000)
  const event = order({
    model: {
      type: 'event',
      terms: [['temp']],
      names: ['temp'],
      prior: Float64Array.of(0.5),
      values: Float64Array.of(0.9, 0.5, 2),
    },
    window: { size: EVERY, every: EVERY, late: 200 },
  })
  for (const i of [0, 1]) fleet.observe(i, 0)
  fleet.announce(event)
  fleet.announce(roster(2, event))
  fleet.run(700)
  reading(fleet, 1, [3, 3, 3])
  const told = (epoch: number) => {
    const { decision, since } = finals(fleet, 1).get(epoch) ?? {}
    return [decision, since]
  }
  t.strictSame([0, 1, 2, 3].map(told), [
    [false, 0],
    [false, 0],
    [true, 2],
    [true, 2],
  ])
  reading(fleet, 4, [-3])
  const kept = fleet.snapshots[1]
  t.ok(kept)
  if (!kept) return
  fleet.restart(1, settingsOf(1), decodeSnapshot(encodeSnapshot(kept)))
  reading(fleet, 5, [-3, 0])
  t.strictSame([4, 5, 6].map(told), [
    [true, 2],
    [false, 5],
    [false, 5],
  ])
  t.notOk('decision' in (finals(begun(), 0).get(0) ?? {}))
})
