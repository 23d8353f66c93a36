import t from 'tap'
import { type Driver, type DriverOptions, startDriver } from '../../agent/driver.ts'
import { systemClock } from '../../agent/io/clock.ts'
import { deriveKey } from '../../agent/io/keys.ts'
import { type Entry, silentLog } from '../../agent/io/log.ts'
import { sensorsOf } from '../../agent/io/sensors/sensors.ts'
import { memoryStore } from '../../agent/io/store.ts'
import { decodeRecord } from '../../agent/wire/codec.ts'
import { fleetId, nodeId, sensorId } from '../../agent/wire/ids.ts'
import { Seal, SealReport } from '../../agent/wire/messages.ts'
import { payloadOf } from '../../agent/wire/signature.ts'
import { type PlainBroker, plainBroker, watcher } from './io/plainBroker.ts'
import { jobMessages, operatorAddress } from './operator.ts'

const fleet = fleetId('lab')
const keyOf = (id: string) => deriveKey('driver test', id)
const memberOf = (id: string) => ({ id, key: keyOf(id).publicKey, incarnation: 1 })

function optionsOf(
  broker: PlainBroker,
  id: string,
  value: number | null,
  more: Partial<DriverOptions> = {},
): DriverOptions {
  const key = keyOf(id)
  const sensors = [{ id: sensorId('t'), unit: 'Cel' }]
  return {
    settings: {
      node: nodeId(id),
      fleet,
      publicKey: key.publicKey,
      sensors,
      allowedSensors: 'all',
      gather: 5,
      progressEvery: 100,
    },
    key,
    broker: { url: broker.url },
    operators: [operatorAddress],
    store: memoryStore(),
    sensors: sensorsOf([], [{ sensors, rows: [[value]] }], 'all'),
    log: process.env.LOUD
      ? (entry: Entry) => console.error(id, entry.level, entry.message)
      : silentLog,
    clock: systemClock,
    labels: {},
    onInvariant: 'end',
    ...more,
  }
}

async function fleetOf(broker: PlainBroker, values: Record<string, number>): Promise<Driver[]> {
  const drivers = await Promise.all(
    Object.entries(values).map(([id, value]) => startDriver(optionsOf(broker, id, value))),
  )
  await Promise.all(drivers.map(({ online }) => online))
  return drivers
}

t.test('devices on a real broker agree on the mean and sign the same answer', async (t) => {
  const broker = await plainBroker(t)
  const values = { a: 20, b: 21.5, c: 25 }
  const drivers = await fleetOf(broker, values)
  const watch = await watcher(t, broker.port)
  t.teardown(async () => {
    await Promise.all(drivers.map((driver) => driver.stop()))
  })
  const { order, roster } = jobMessages({
    fleet,
    job: 'mean',
    members: Object.keys(values).map(memberOf),
  })
  await watch.publish(order.topic, order.payload, true)
  await watch.publish(roster.topic, roster.payload, true)
  const reports = await Promise.all(
    Object.keys(values).map(async (id) => {
      const { payload } = await watch.until(({ topic }) => topic === `hn/1/lab/net/mean/seal/${id}`)
      return decodeRecord(SealReport, payload)
    }),
  )
  const seals = reports.map(({ seal }) => decodeRecord(Seal, payloadOf(seal as Uint8Array)))
  t.equal(new Set(seals.map(({ mantissas, exponents }) => `${mantissas}/${exponents}`)).size, 1)
  t.strictSame(
    seals.map(({ rows }) => rows),
    [3, 3, 3],
  )
  const final = await watch.until(
    ({ topic, payload }) =>
      topic === 'hn/1/lab/job/mean/node/a/status' && JSON.parse(`${payload}`).phase === 'final',
  )
  t.equal(JSON.parse(`${final.payload}`).estimate[0], (20 + 21.5 + 25) / 3)
})
