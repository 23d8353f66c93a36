import t from 'tap'
import { members } from '../../../agent/wire/bitset.ts'
import { jobId } from '../../../agent/wire/ids.ts'
import { Fleet, order, roster, sealOf } from './fleet.ts'

t.test('a repeating job sums one window after the other', async (t) => {
  const fleet = new Fleet(3)
  const job = order({ window: { size: 1000, every: 1000, late: 200 }, epochs: 3 })
  for (const i of [0, 1, 2]) fleet.observe(i, 1)
  fleet.announce(job)
  fleet.announce(roster(3, job))
  fleet.run(900)
  for (const i of [0, 1, 2]) fleet.observe(i, 2)
  fleet.run(1900)
  for (const i of [0, 1, 2]) fleet.observe(i, 6)
  fleet.run(10_000)
  const results = new Map(
    fleet
      .progress(1)
      .flatMap((each) => (each.phase === 'final' ? [[each.epoch, each.estimate]] : [])) as [
      number,
      number[],
    ][],
  )
  t.strictSame(
    [...results],
    [
      [0, [1]],
      [1, [2]],
      [2, [6]],
    ],
  )
})

t.test('a device that joins a repeating job falls in with the others', async (t) => {
  const fleet = new Fleet(3)
  const job = order({ window: { size: 5000, every: 1000, late: 200 }, epochs: 8 })
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(job, [0, 1])
  fleet.announce(roster(2, job), [0, 1])
  fleet.run(1500)
  fleet.announce(job, [2])
  fleet.announce(roster(3, job, { generation: 2, firstEpoch: 3 }))
  fleet.run(5500)
  const last = sealOf(fleet, 2)
  t.ok(last.epoch >= 3)
  t.strictSame(members(last.contributors), [0, 1, 2])
})

t.test('wherever a device that joins late is in the tree, it falls in at once', async (t) => {
  for (const name of ['oak', 'elm', 'ash', 'fir', 'yew', 'bay']) {
    const fleet = new Fleet(10)
    const earlier = [0, 1, 2, 3, 4, 5, 6, 7, 8]
    const window = { size: 60_000, every: 1000, late: 200 }
    const job = order({ job: jobId(name), method: 'tree', period: 150, window })
    for (const i of [...earlier, 9]) fleet.observe(i, i)
    fleet.announce(job, earlier)
    fleet.announce(roster(9, job), earlier)
    fleet.run(2500)
    fleet.announce(job, [9])
    fleet.announce(roster(10, job, { generation: 2, firstEpoch: 3 }))
    fleet.run(7900)
    for (const i of [0, 9]) {
      const seals = fleet.seals(i).filter(({ epoch, seal }) => epoch >= 3 && seal)
      t.same([...new Set(seals.map(({ epoch }) => epoch))].sort(), [3, 4, 5, 6, 7], name)
    }
    t.strictSame(members(sealOf(fleet, 9).contributors), [...earlier, 9], name)
  }
})

t.test(
  'a device whose roster came late draws level with the others, a step at a time',
  async (t) => {
    const fleet = new Fleet(3)
    const job = order({ window: { size: 60_000, every: 1000, late: 0 } })
    for (const i of [0, 1, 2]) fleet.observe(i, i)
    fleet.announce(job)
    fleet.announce(roster(3, job), [0, 1])
    fleet.run(700)
    fleet.announce(roster(3, job), [2])
    fleet.run(9900)
    const sealed = fleet.seals(0).filter(({ seal }) => seal)
    const took = [...Array(10).keys()].map(
      (k) => sealed.find(({ epoch }) => epoch === k)?.milliseconds ?? Number.NaN,
    )
    t.ok((took[0] ?? 0) >= 700, `${took}`)
    t.ok((took[4] ?? 0) < (took[0] ?? 0), `${took}`)
    t.ok((took[9] ?? 0) < 150, `${took}`)
  },
)

t.test('one device that runs ahead hurries nobody', async (t) => {
  const fleet = new Fleet(4)
  const job = order({ window: { size: 60_000, every: 1000, late: 0 } })
  for (const i of [0, 1, 2, 3]) fleet.observe(i, i)
  fleet.announce(job)
  fleet.announce(roster(4, job), [3])
  fleet.run(600)
  fleet.announce(roster(4, job), [0, 1, 2])
  fleet.run(9500)
  const epochs = [0, 1, 2].flatMap((i) => fleet.seals(i).map(({ epoch }) => epoch))
  t.equal(Math.max(...epochs), 8, 'they keep their own time')
})

t.test(
  'a device that found no time to be in step takes the time of the others again',
  async (t) => {
    const fleet = new Fleet(3)
    const job = order({ window: { size: 60_000, every: 1000, late: 200 } })
    for (const i of [0, 1, 2]) fleet.observe(i, i)
    fleet.announce(job)
    fleet.announce(roster(3, job), [0, 1])
    fleet.stopped.add(2)
    fleet.run(4500)
    // What it hears belongs to no window that it knows, and by itself it is behind for good.
    fleet.stopped.delete(2)
    fleet.announce(roster(3, job), [2])
    fleet.run(12_500)
    t.ok(fleet.seals(2).some(({ failure }) => failure?.includes('next windows closed')))
    const epochs = [0, 2].map(
      (i) =>
        fleet
          .seals(i)
          .filter(({ seal }) => seal)
          .at(-1)?.epoch,
    )
    t.equal(epochs[1], epochs[0])
    t.strictSame(members(sealOf(fleet, 2).contributors), [0, 1, 2])
  },
)

/** The newest window that a device is in after all were off for 1.8 s, by the wall clock that they have then. */
function afterAllWereOff(zero: number | undefined): number {
  const fleet = new Fleet(3, undefined, 1e12)
  const window = { size: 60_000, every: 1000, late: 200 }
  const job = order({ window, epochs: 30 })
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.announce(job)
  fleet.announce(roster(3, job))
  fleet.run(6500)
  for (const i of [0, 1, 2]) fleet.stopped.add(i)
  fleet.run(8300)
  for (const i of [0, 1, 2]) fleet.restart(i, undefined, undefined, zero)
  for (const i of [0, 1, 2]) fleet.observe(i, i)
  fleet.run(8900)
  return Math.max(...fleet.seals(1).map(({ epoch }) => epoch))
}

t.test(
  'a fleet that was switched off as a whole goes on with the window that is due',
  async (t) => {
    t.equal(afterAllWereOff(1e12), 8)
  },
)

t.test('a wall clock that went back, or is days ahead, is not believed', async (t) => {
  for (const zero of [0, 1e12 + 2 * 86_400_000]) t.equal(afterAllWereOff(zero), 6, `${zero}`)
})
