import t from 'tap'
import type { Observation } from '../../../agent/core/input.ts'
import { newReadings, remember, rowsFor } from '../../../agent/core/readings.ts'
import { sensorId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'

const observation = (at: number, sensors: string[], ...rows: (number | null)[][]): Observation => ({
  at,
  sensors: sensors.map(sensorId),
  units: sensors.map(() => '/'),
  rows,
})
const values = (rows: ReturnType<typeof rowsFor>, ...ids: string[]) =>
  rows?.map((row) => ids.map((id) => row.get(id)))

t.test('without a window the latest reading counts, a batch with all its rows', async (t) => {
  const readings = newReadings()
  t.equal(rowsFor(readings, ['x'], 10, {}), undefined, 'nothing was read')
  remember(readings, observation(1, ['x'], [1]))
  remember(readings, observation(2, ['x'], [2], [3]))
  t.strictSame(values(rowsFor(readings, ['x'], 10, {}), 'x'), [[2], [3]])
  t.strictSame(values(rowsFor(readings, ['x'], 1, {}), 'x'), [[1]], 'not what comes later')
})

t.test('a window takes what was read within it, its start left out', async (t) => {
  const readings = newReadings()
  for (const at of [10, 20, 30, 40]) remember(readings, observation(at, ['x'], [at]))
  t.strictSame(values(rowsFor(readings, ['x'], 40, { size: 20 }), 'x'), [[30], [40]])
  t.strictSame(rowsFor(readings, ['x'], 100, { size: 20 }), [], 'known sensor, nothing lately')
})

t.test('rows of a file stand in every window, once however often the file is read', async (t) => {
  const readings = newReadings()
  const file: Observation = { ...observation(1, ['x', 'y'], [1, 2], [3, 4]), timeless: true }
  remember(readings, file)
  remember(readings, { ...file, at: 2 })
  t.equal(readings.rows, 2)
  remember(readings, observation(90, ['x'], [9]))
  t.strictSame(values(rowsFor(readings, ['x', 'y'], 100, { size: 20 }), 'x', 'y'), [
    [1, 2],
    [3, 4],
  ])
  t.strictSame(values(rowsFor(readings, ['x'], 100, { size: 20 }), 'x'), [[1], [3], [9]])
  t.strictSame(values(rowsFor(readings, ['x'], 200, { size: 20 }), 'x'), [[1], [3]])
})

t.test('rows of a file by window: each of a job that repeats takes its own', async (t) => {
  const readings = newReadings()
  const file: Observation = {
    ...observation(1, ['x'], [1], [2], [3]),
    timeless: true,
    perWindow: true,
  }
  remember(readings, file)
  for (const size of [undefined, 20])
    t.strictSame(
      [0, 1, 2, 3].map((window) => values(rowsFor(readings, ['x'], 100, { size }, window), 'x')),
      [[[1]], [[2]], [[3]], []],
      'then none is left',
    )
  t.strictSame(values(rowsFor(readings, ['x'], 100, {}), 'x'), [[1], [2], [3]])
})

t.test('sensors that are read apart are joined, each value used once', async (t) => {
  const readings = newReadings()
  remember(readings, observation(1, ['x'], [1]))
  t.equal(rowsFor(readings, ['x', 'y'], 9, {}), undefined, 'y was never read')
  t.equal(rowsFor(readings, ['x', 'y'], 9, { size: 100 }), undefined)
  remember(readings, observation(2, ['x'], [2]))
  remember(readings, observation(3, ['y'], [30]))
  remember(readings, observation(4, ['y'], [40]))
  remember(readings, observation(5, ['x'], [5]))
  t.strictSame(values(rowsFor(readings, ['x', 'y'], 9, { size: 100 }), 'x', 'y'), [
    [2, 30],
    [5, 40],
  ])
  t.strictSame(values(rowsFor(readings, ['x', 'y'], 9, {}), 'x', 'y'), [[5, 40]])
})

t.test('a missing value stays missing', async (t) => {
  const readings = newReadings()
  remember(readings, observation(1, ['x', 'y'], [null, 2]))
  t.strictSame(values(rowsFor(readings, ['x', 'y'], 9, {}), 'x', 'y'), [[null, 2]])
})

t.test('a job that reads no sensor has one row', async (t) => {
  t.equal(rowsFor(newReadings(), [], 0, {})?.length, 1)
})

t.test(
  'what an agent remembers is bounded in rows and observations, the latest kept',
  async (t) => {
    const many = newReadings()
    for (let at = 0; at < LIMITS.observations + 50; at++)
      remember(many, observation(at, ['x'], [at]))
    t.equal(many.observations.length, LIMITS.observations)
    t.equal(many.observations.at(-1)?.at, LIMITS.observations + 49)
    const large = newReadings()
    const rows = Array.from({ length: LIMITS.rows }, (_, i) => [i])
    remember(large, observation(1, ['x'], ...rows))
    remember(large, observation(2, ['x'], [1]))
    t.equal(large.observations.length, 1)
    t.equal(large.rows, 1)
  },
)
