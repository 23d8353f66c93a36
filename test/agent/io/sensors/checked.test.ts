import t from 'tap'
import {
  type Calibration,
  checkedRows,
  checkedSensor,
} from '../../../../agent/io/sensors/checked.ts'
import { sensorOf } from '../../../../agent/io/sensors/sensor.ts'
import { sensorId } from '../../../../agent/wire/ids.ts'

const PLAIN: Calibration = { scale: 1, offset: 0 }

/** A sensor that shows these readings one after another, a minute apart. */
function showing(readings: readonly number[], calibration: Partial<Calibration>) {
  let k = -1
  const sensor = sensorOf(sensorId('temp'), 'Cel', async () => readings[k] ?? NaN)
  const checked = checkedSensor(sensor, { ...PLAIN, ...calibration }, () => k * 60_000)
  return {
    checked,
    read: async () => {
      k++
      return checked.read()
    },
  }
}

t.test('a reading is scaled, then moved', async (t) => {
  const { read } = showing([10, -4], { scale: 1.5, offset: -0.5 })
  t.equal(await read(), 14.5)
  t.equal(await read(), -6.5)
})

t.test('values beyond the limits are missing, with the reason', async (t) => {
  const limits = { least: 0, most: 50 }
  const { checked, read } = showing([0, 50, 50.5, -0.1, 25], { limits, scale: 1 })
  t.equal(await read(), 0, 'the limits are plausible themselves')
  t.equal(await read(), 50)
  t.equal(await read(), null)
  t.equal(checked.fault, '50.5 lies beyond its limits (least 0, most 50)')
  t.equal(await read(), null)
  t.equal(await read(), 25)
  t.equal(checked.fault, undefined)
  const upper = showing([3], { limits: { most: 2 } })
  t.equal(await upper.read(), null)
  t.equal(upper.checked.fault, '3 lies beyond its limits (most 2)')
})

t.test('limits are of the calibrated value', async (t) => {
  const { read } = showing([100], { limits: { most: 50 }, scale: 0.1 })
  t.equal(await read(), 10)
})

t.test('a reading that stands still too long is missing until it moves', async (t) => {
  const { checked, read } = showing([5, 5, 5, 5, 5.1, 5.1], { stuck: 180_000 })
  t.equal(await read(), 5)
  t.equal(await read(), 5)
  t.equal(await read(), 5)
  t.equal(await read(), null, 'three minutes')
  t.match(checked.fault, /has shown 5 for 3m and more/)
  t.equal(await read(), 5.1)
  t.equal(await read(), 5.1)
})

t.test('after a pause nobody calls it stuck', async (t) => {
  let at = 0
  const sensor = sensorOf(sensorId('temp'), 'Cel', async () => 5)
  const checked = checkedSensor(sensor, { ...PLAIN, stuck: 180_000 }, () => at)
  for (at of [0, 60_000, 600_000, 660_000]) t.equal(await checked.read(), 5, `at ${at}`)
  for (at of [720_000, 780_000]) await checked.read()
  t.equal(await checked.read(), null)
})

t.test('what the sensor itself misses stays missing', async (t) => {
  const { checked, read } = showing([NaN], {})
  t.equal(await read(), null)
  t.match(checked.fault, /NaN is not a finite number/)
})

t.test('past readings are calibrated column by column', async (t) => {
  const sensors = ['a', 'b'].map((id) => ({ id: sensorId(id), unit: 'Cel' }))
  const rows = [
    [1, 10],
    [null, 99],
    [3, 98],
  ]
  const source = checkedRows({ sensors, rows }, [
    { scale: 2, offset: 1 },
    { ...PLAIN, limits: { most: 50 } },
  ])
  t.strictSame(source.rows, [
    [3, 10],
    [null, null],
    [7, null],
  ])
  t.equal(source.fault, 'b: 99 lies beyond its limits (most 50), and 1 more such: they are missing')
  const whole = checkedRows({ sensors, rows: [[1, 2]], fault: 'a short row' }, [PLAIN, PLAIN])
  t.equal(whole.fault, 'a short row')
})
