import t from 'tap'
import { refusalOf } from '../../../agent/core/permission.ts'
import { sensorId } from '../../../agent/wire/ids.ts'
import { order, settingsOf } from './fleet.ts'

const wants = (id: string, unit: string) => order({ sensors: [{ id: sensorId(id), unit }] })
const device = settingsOf(0, {
  sensors: [
    { id: 'temp', unit: 'Cel' },
    { id: 'hum', unit: '%RH' },
  ],
  allowedSensors: ['temp'],
})

t.test('a job that reads what is granted is taken', async (t) => {
  t.equal(refusalOf(device, wants('temp', 'Cel')), undefined)
  t.equal(refusalOf(device, wants('temp', '')), undefined, 'any unit')
  t.equal(refusalOf(device, order({ sensors: [] })), undefined)
})

t.test('what is not granted is refused with the key to change', async (t) => {
  t.equal(
    refusalOf(device, wants('hum', '%RH')),
    'job mean-temp refused: reads sensor "hum"; permissions.sensors allows temp',
  )
  t.equal(
    refusalOf({ ...device, allowedSensors: [] }, wants('temp', 'Cel')),
    'job mean-temp refused: reads sensor "temp"; permissions.sensors allows none',
  )
})

t.test('a sensor that is not there is refused, and says what is', async (t) => {
  t.equal(
    refusalOf({ ...device, allowedSensors: 'all' }, wants('co2', 'ppm')),
    'job mean-temp refused: reads sensor "co2"; this device has temp, hum',
  )
})

t.test('units are never converted in silence', async (t) => {
  t.equal(
    refusalOf(device, wants('temp', 'K')),
    'job mean-temp refused: wants sensor "temp" in K; this device gives Cel',
  )
})
