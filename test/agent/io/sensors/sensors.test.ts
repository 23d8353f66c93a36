import t from 'tap'
import { type Sensor, sensorOf } from '../../../../agent/io/sensors/sensor.ts'
import { sensorsOf } from '../../../../agent/io/sensors/sensors.ts'
import { sensorId } from '../../../../agent/wire/ids.ts'

const live = (id: string, value: number): Sensor => sensorOf(sensorId(id), 'Cel', async () => value)
const batch = {
  sensors: [
    { id: sensorId('zinc'), unit: 'mg/kg' },
    { id: sensorId('dist'), unit: '/' },
  ],
  rows: [
    [1, 2],
    [3, null],
  ],
}
const now = () => 42

t.test('batches and live sensors are observed apart, each once', async (t) => {
  const sensors = sensorsOf([live('a', 1), live('b', 2)], [batch], 'all')
  t.strictSame(await sensors.observe(['dist', 'b', 'zinc', 'a', 'unknown'], now), [
    {
      at: 42,
      sensors: ['zinc', 'dist'],
      units: ['mg/kg', '/'],
      rows: [
        [1, 2],
        [3, null],
      ],
      timeless: true,
    },
    { at: 42, sensors: ['a', 'b'], units: ['Cel', 'Cel'], rows: [[1, 2]] },
  ])
  t.strictSame(await sensors.observe(['dist'], now), [
    {
      at: 42,
      sensors: ['zinc', 'dist'],
      units: ['mg/kg', '/'],
      rows: batch.rows,
      timeless: true,
    },
  ])
  t.strictSame(
    await sensorsOf([], [batch], ['dist']).observe(['zinc', 'dist'], now),
    [{ at: 42, sensors: ['dist'], units: ['/'], rows: [[2], [null]], timeless: true }],
    'a column that is not permitted is left out',
  )
  const [successive] = await sensorsOf([], [{ ...batch, perWindow: true }], 'all').observe(
    ['zinc'],
    now,
  )
  t.equal(successive?.perWindow, true)
  t.strictSame(await sensors.observe(['unknown'], now), [])
  t.strictSame(
    sensors.list.map(({ id }) => id),
    ['zinc', 'dist', 'a', 'b'],
  )
})

t.test('a sensor that is not permitted is never even read', async (t) => {
  const secret = sensorOf(sensorId('secret'), 'Cel', async () => {
    t.fail('read')
    return 0
  })
  const sensors = sensorsOf([secret, live('a', 1)], [batch], ['a'], new Map([['secret', 1000]]))
  t.strictSame(await sensors.observe(['secret', 'a', 'zinc'], now), [
    { at: 42, sensors: ['a'], units: ['Cel'], rows: [[1]] },
  ])
  t.strictSame(sensors.schedule, [])
  t.strictSame(await sensorsOf([secret], [batch], []).observe(['secret', 'zinc'], now), [])
})

t.test('a broken sensor gives a missing value and does not spoil the others', async (t) => {
  const broken = sensorOf(sensorId('broken'), 'Cel', async () => {
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO', path: '/sys/x' })
  })
  const infinite = sensorOf(sensorId('infinite'), 'Cel', async () => Number.POSITIVE_INFINITY)
  const sensors = sensorsOf([broken, live('a', 0), infinite], [], 'all')
  const [observation] = await sensors.observe(['broken', 'a', 'infinite'], now)
  t.strictSame(observation?.rows, [[null, 0, null]])
  t.strictSame(
    [...sensors.faults()],
    [
      ['broken', 'EIO at /sys/x'],
      ['infinite', 'Infinity is not a finite number'],
    ],
  )
})

t.test('sensors that are read by the clock are listed by period', async (t) => {
  const every = new Map([
    ['a', 1000],
    ['b', 1000],
    ['c', 5000],
  ])
  const sensors = sensorsOf(
    [live('a', 1), live('b', 2), live('c', 3), live('d', 4)],
    [],
    'all',
    every,
  )
  t.strictSame(sensors.schedule, [
    { ids: ['a', 'b'], every: 1000 },
    { ids: ['c'], every: 5000 },
  ])
})
