import t from 'tap'
import type { Observation } from '../../../agent/core/input.ts'
import { newReadings, remember, rowsFor } from '../../../agent/core/readings.ts'
import { resampled } from '../../../agent/core/resample.ts'
import { sensorId } from '../../../agent/wire/ids.ts'
import { Fleet, order, roster, settingsOf } from './fleet.ts'

const read = (at: number, sensor: string, value: number | null): Observation => ({
  at,
  sensors: [sensorId(sensor)],
  units: ['/'],
  rows: [[value]],
})
const values = (rows: ReturnType<typeof rowsFor>) =>
  rows?.map((row) => [row.get('x'), row.get('y')])

t.test('sensors of different rates come to one row a step, each the mean of its own', async (t) => {
  const readings = [
    ...[1, 2, 3, 4, 11, 12, 13, 14].map((at) => read(at, 'x', at)),
    ...[9, 19].map((at) => read(at, 'y', at * 10)),
  ]
  t.strictSame(values(resampled(readings, ['x', 'y'], 19, 20, { step: 10, hold: false })), [
    [2.5, 90],
    [12.5, 190],
  ])
})

t.test('a step holds its end and not its start', async (t) => {
  const readings = [10, 20, 30].map((at) => read(at, 'x', at))
  const rows = resampled(readings, ['x'], 30, 20, { step: 10, hold: false })
  t.strictSame(
    rows.map((row) => row.get('x')),
    [20, 30],
    '10 is the start of the window',
  )
  t.strictSame(
    resampled(readings, ['x'], 29, 20, { step: 10, hold: false }).map((row) => row.get('x')),
    [10, 20],
    'nothing later than the end counts',
  )
})

t.test('what is missing stays missing, and a step without any reading has no row', async (t) => {
  const readings = [read(5, 'x', 1), read(6, 'y', null), read(25, 'y', 7), read(26, 'x', null)]
  t.strictSame(values(resampled(readings, ['x', 'y'], 30, 30, { step: 10, hold: false })), [
    [1, null],
    [null, 7],
  ])
})

t.test('hold fills a step with the last value, at most a window older', async (t) => {
  const readings = [read(5, 'x', 1), read(15, 'y', 2), read(35, 'y', 4)]
  const held = (until: number) =>
    values(resampled(readings, ['x', 'y'], until, 30, { step: 10, hold: true }))
  t.strictSame(held(30), [
    [1, null],
    [1, 2],
    [1, 2],
  ])
  t.strictSame(held(50), [
    [1, 2],
    [null, 4],
    [null, 4],
  ])
})

t.test('rows of a file stand beside what was read, as they are', async (t) => {
  const readings = newReadings()
  remember(readings, { ...read(1, 'x', 100), rows: [[100], [200]], timeless: true })
  for (const at of [81, 82, 91]) remember(readings, read(at, 'x', at))
  const which = { size: 20, base: { step: 10, hold: false } }
  t.strictSame(
    rowsFor(readings, ['x'], 100, which)?.map((row) => row.get('x')),
    [100, 200, 81.5, 91],
  )
  t.equal(rowsFor(readings, ['x', 'y'], 100, which), undefined, 'y was never read')
})

t.test('a fleet sums products of sensors that each device reads at different times', async (t) => {
  const job = order({
    model: { type: 'sum', response: [['*', 2], 'x', 'y'] },
    sensors: [
      { id: sensorId('x'), unit: '' },
      { id: sensorId('y'), unit: '' },
    ],
    window: { late: 0, size: 20, resample: 10 },
  })
  const sensors = ['x', 'y'].map((id) => ({ id, unit: '/' }))
  const fleet = new Fleet(2, (i) => settingsOf(i, { sensors }))
  const give = (i: number, observation: Observation) =>
    fleet.give(i, { kind: 'observed', now: fleet.now, observation })
  fleet.run(100)
  for (const i of [0, 1]) {
    for (const at of [82, 84, 95]) give(i, read(at, 'x', at + i))
    for (const at of [85, 99]) give(i, read(at, 'y', at))
  }
  fleet.announce(job)
  fleet.announce(roster(2, job))
  fleet.run(10_000)
  for (const i of [0, 1])
    t.strictSame(fleet.progress(i).find(({ phase }) => phase === 'final')?.estimate, [
      83 * 85 + 95 * 99 + 84 * 85 + 96 * 99,
    ])
})
