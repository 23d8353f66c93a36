import t from 'tap'
import { refusalOf } from '../../../agent/core/permission.ts'
import type { Settings } from '../../../agent/core/settings.ts'
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

t.test('a job that asks for more than is granted, or than is there, is refused', async (t) => {
  const poor: Settings = {
    ...device,
    granted: { cpus: 500, memory: 32_000_000, storage: 1000, bandwidth: 10 },
  }
  const asks = (resources: object, settings = poor) =>
    refusalOf(settings, order({ sensors: [], resources: { runtime: 'builtin', ...resources } }))
  t.equal(asks({ cpus: 500, memory: 32_000_000, storage: 1000, bandwidth: 10 }), undefined)
  const why = (rest: string) => `job mean-temp refused: needs ${rest}`
  t.equal(asks({ cpus: 501 }), why('0.501 processors; permissions.cpu.share allows 0.5'))
  t.equal(
    asks({ memory: 32_000_001 }),
    why('32000001B of memory; permissions.memory.perJob allows 32MB'),
  )
  t.equal(asks({ storage: 2000 }), why('2kB of disk; permissions.disk.perJob allows 1kB'))
  t.equal(
    asks({ bandwidth: 20 }),
    why('20B a second of bandwidth; permissions.bandwidth allows 10B a second'),
  )
  const small = { ...device, machine: { cpus: 1000, memory: 512_000_000 } }
  t.equal(asks({ cpus: 4000 }, small), why('4 processors; this machine has 1'))
  t.equal(asks({ cpus: 1000, bandwidth: 10 ** 9 }, small), undefined, 'nobody knows the line')
  t.equal(
    asks({ memory: 1e9 }, { ...small, granted: { memory: 2e9 } }),
    why('1GB of memory; this machine has 512MB'),
  )
  t.equal(asks({ runtime: 'wasm' }), why('the runtime "wasm"; this agent has builtin'))
})

t.test('units are never converted in silence', async (t) => {
  t.equal(
    refusalOf(device, wants('temp', 'K')),
    'job mean-temp refused: wants sensor "temp" in K; this device gives Cel',
  )
})
