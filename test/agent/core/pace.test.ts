import t from 'tap'
import { sensorId } from '../../../agent/wire/ids.ts'
import { Fleet, order, roster, sealOf, settingsOf } from './fleet.ts'

const DAYS = 12
const job = order({
  model: { type: 'sum', response: ['temp'] },
  window: { every: 50, late: 0, paced: true },
  epochs: DAYS,
})

/** Gives a device one row a window: the window's number, times ten to the power of the device's. */
function rowsFor(fleet: Fleet, i: number): void {
  fleet.give(i, {
    kind: 'observed',
    now: fleet.now,
    observation: {
      at: fleet.now,
      sensors: [sensorId('temp')],
      units: ['Cel'],
      rows: Array.from({ length: DAYS }, (_, k) => [(k + 1) * 10 ** (2 * i)]),
      timeless: true,
      perWindow: true,
    },
  })
}

function begun(devices: number): Fleet {
  const fleet = new Fleet(devices, (i) => settingsOf(i), 1_700_000_000_000)
  for (let i = 0; i < devices; i++) rowsFor(fleet, i)
  fleet.announce(job)
  fleet.announce(roster(devices, job))
  return fleet
}

/** What device i found in each window. */
const sums = (fleet: Fleet, i: number): Map<number, number | undefined> =>
  new Map(
    fleet
      .progress(i)
      .flatMap((each) => (each.phase === 'final' ? [[each.epoch, each.estimate?.[0]]] : [])),
  )
const whole = (devices: number) =>
  new Map(
    Array.from({ length: DAYS }, (_, k) => [
      k,
      Array.from({ length: devices }, (_, i) => (k + 1) * 10 ** (2 * i)).reduce((a, b) => a + b),
    ]),
  )

t.test('each window takes its own row of every device, one window after the other', async (t) => {
  const fleet = begun(3)
  fleet.run(60_000)
  for (const i of [0, 1, 2]) t.strictSame(sums(fleet, i), whole(3))
})

t.test('windows last as long as they were asked to at least', async (t) => {
  const fleet = begun(2)
  fleet.run(50 * (DAYS - 1) - 1)
  t.ok((sealOf(fleet, 0).epoch ?? 0) < DAYS - 1)
  fleet.run(60_000)
  t.equal(sealOf(fleet, 0).epoch, DAYS - 1)
})

t.test(
  'a device that hangs for a while holds the others up, and no window is left out',
  async (t) => {
    const fleet = begun(3)
    fleet.run(200)
    const before = sealOf(fleet, 0).epoch
    // Its timers and messages come late, by less than what makes it missed.
    const held = fleet.agents[2]
    t.ok(held)
    fleet.stopped.add(2)
    fleet.run(900)
    t.ok(sealOf(fleet, 0).epoch <= before + 1, 'the others wait')
    fleet.stopped.delete(2)
    fleet.give(2, { kind: 'link', now: fleet.now, up: false })
    fleet.give(2, { kind: 'link', now: fleet.now, up: true })
    fleet.run(60_000)
    for (const i of [0, 1, 2]) t.strictSame(sums(fleet, i), whole(3))
  },
)

t.test('a device that starts again goes on with its window, and no row counts twice', async (t) => {
  const fleet = begun(3)
  fleet.run(300)
  fleet.stopped.add(1)
  fleet.run(500)
  fleet.restart(1)
  rowsFor(fleet, 1)
  fleet.run(60_000)
  t.strictSame(sums(fleet, 0), whole(3))
  t.equal(sealOf(fleet, 1).epoch, DAYS - 1)
})

t.test('a device that was gone for long falls in with most of the others', async (t) => {
  const fleet = begun(4)
  const long = order({
    model: { type: 'sum', response: ['temp'] },
    window: { every: 200, late: 0, paced: true },
    generation: 2,
  })
  fleet.announce(long)
  fleet.announce(roster(4, long, { generation: 2 }))
  fleet.run(500)
  const before = sealOf(fleet, 3).epoch
  fleet.stopped.add(3)
  // Each window is held up until the device counts as gone.
  fleet.run(20_000, () => sealOf(fleet, 0).epoch >= before + 6)
  fleet.restart(3)
  rowsFor(fleet, 3)
  fleet.run(40_000, () => sealOf(fleet, 3).epoch > before + 6)
  t.ok(sealOf(fleet, 3).epoch > before + 6, `window ${sealOf(fleet, 3).epoch}`)
})

t.test('readings of a file without end of its own run out', async (t) => {
  const fleet = begun(2)
  const endless = order({
    model: { type: 'sum', response: ['temp'] },
    window: { every: 50, late: 0, paced: true },
    generation: 2,
    epochs: DAYS + 2,
  })
  fleet.announce(endless)
  fleet.announce(roster(2, endless, { generation: 2 }))
  fleet.run(60_000)
  t.match(
    fleet.progress(0).findLast(({ epoch }) => epoch === DAYS + 1)?.error,
    /there is no observation/,
  )
})
