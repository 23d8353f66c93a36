import t, { type Test } from 'tap'
import { type Driver, type DriverOptions, startDriver } from '../../agent/driver.ts'
import { parseInfo } from '../../agent/io/birth.ts'
import { systemClock } from '../../agent/io/clock.ts'
import { deriveKey } from '../../agent/io/keys.ts'
import { type Entry, silentLog } from '../../agent/io/log.ts'
import { sensorsOf } from '../../agent/io/sensors/sensors.ts'
import { memoryStore, type Store } from '../../agent/io/store.ts'
import { decodeRecord } from '../../agent/wire/codec.ts'
import { digest } from '../../agent/wire/hash.ts'
import { fleetId, nodeId, sensorId } from '../../agent/wire/ids.ts'
import { packTerms } from '../../agent/wire/market.ts'
import { Deal } from '../../agent/wire/marketMessages.ts'
import { Seal, SealReport } from '../../agent/wire/messages.ts'
import { payloadOf } from '../../agent/wire/signature.ts'
import { sampleTerms } from '../../docs/generator/marketSamples.ts'
import { type PlainBroker, plainBroker, watcher } from './io/plainBroker.ts'
import { until } from './io/until.ts'
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

async function fleetOf(
  t: Test,
  broker: PlainBroker,
  values: Record<string, number>,
): Promise<Driver[]> {
  const drivers = await Promise.all(
    Object.entries(values).map(([id, value]) => startDriver(optionsOf(broker, id, value))),
  )
  for (const driver of drivers) t.teardown(() => driver.stop())
  await Promise.all(drivers.map(({ online }) => online))
  return drivers
}

t.test('devices on a real broker agree on the mean and sign the same answer', async (t) => {
  const broker = await plainBroker(t)
  const values = { a: 20, b: 21.5, c: 25 }
  await fleetOf(t, broker, values)
  const watch = await watcher(t, broker.port)
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

t.test('a device that sells by the hour is told the time', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const place = {
    vault: new Uint8Array(20),
    factory: new Uint8Array(20),
    escrow: new Uint8Array(20),
  }
  // 01:30 on a Thursday in London.
  const clock = { ...systemClock, unix: () => 1_800_000_000_000 - 24 * 3_600_000 - 23_400_000 }
  const options = optionsOf(broker, 'a', 1, { clock })
  const hours = { from: 60, to: 120, days: ['thu'], zone: 'Europe/London' } as const
  const market = { ...place, chainId: 1n, minPrice: 1n, maxCollateral: 10n ** 26n, hours }
  const driver = await startDriver({ ...options, settings: { ...options.settings, market } })
  t.teardown(() => driver.stop())
  await driver.online
  const offerOf = (job: string, period: bigint) => {
    const bare = jobMessages({ fleet, job, members: [memberOf('a')] })
    const spec = digest(bare.orderBytes)
    const times = { joinBy: 1_800_000_000n, checkpoints: 1n, payEvery: 1n, period, window: 60n }
    const terms = packTerms({ ...sampleTerms, replicas: 1n, ...times, spec })
    const order = { offer: { chainId: 1, ...place, terms } }
    return jobMessages({ fleet, job, members: [memberOf('a')], order }).order
  }
  const short = offerOf('short', 1200n)
  await watch.publish(short.topic, short.payload, true)
  const { payload } = await watch.until(({ topic }) => topic === 'hn/1/lab/net/short/deal/a')
  t.ok(decodeRecord(Deal, payload).bid, 'it is over within the half hour that is left')
  const long = offerOf('long', 1800n)
  await watch.publish(long.topic, long.payload, true)
  const told = await watch.until(({ topic }) => topic === 'hn/1/lab/job/long/node/a/status')
  t.match(JSON.parse(`${told.payload}`), {
    phase: 'refused',
    error:
      'job long refused: it may run for 31 minutes, and market.hours (01:00 to 02:00 on thu (Europe/London)) end in 30',
  })
})

t.test('an order that no pinned operator signed is reported and not obeyed', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const driver = await startDriver(optionsOf(broker, 'a', 1, { operators: [new Uint8Array(20)] }))
  t.teardown(() => driver.stop())
  await driver.online
  const { order } = jobMessages({ fleet, job: 'mean', members: [memberOf('a')] })
  await watch.publish(order.topic, order.payload, true)
  const log = await watch.until(({ topic }) => topic === 'hn/1/lab/node/a/log')
  t.match(JSON.parse(`${log.payload}`), { level: 'warn', message: /job mean is signed by 0x/ })
  t.equal(driver.status.link.dropped.unknownOperator, 1)
  t.strictSame(driver.status.jobs, {})
})

t.test('a device tells what it is and answers requests with their transaction', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const options = optionsOf(broker, 'a', 1, {
    labels: { site: 'x' },
    permissions: { sensors: 'all' },
  })
  const driver = await startDriver(options)
  t.teardown(() => driver.stop())
  await driver.online
  const info = await watch.until(({ topic }) => topic === 'hn/1/lab/node/a/info')
  t.match(parseInfo(info.payload), {
    node: 'a',
    incarnation: 1,
    labels: { site: 'x' },
    sensors: [{ id: 't', unit: 'Cel' }],
    permissions: { sensors: 'all' },
  })
  const health = await watch.until(({ topic }) => topic === 'hn/1/lab/node/a/health')
  t.match(JSON.parse(`${health.payload}`), { mqtt: { connected: true, session: 1 }, jobs: {} })
  await watch.publish('hn/1/lab/node/a/request/ping', '{"transaction":"p1"}')
  const pong = await watch.until(({ topic }) => topic === 'hn/1/lab/node/a/response/ping')
  t.match(JSON.parse(`${pong.payload}`), {
    status: 'ok',
    transaction: 'p1',
    data: { incarnation: 1, session: 1 },
  })
  const infos = () => watch.seen.filter(({ topic }) => topic === 'hn/1/lab/node/a/info').length
  const before = infos()
  await watch.publish('hn/1/lab/node/a/request/rebirth', '{"transaction":"p2"}')
  await watch.until(() => infos() > before)
})

t.test(
  'a device that stops leaves the epoch, and the others are exact over the rest',
  async (t) => {
    const broker = await plainBroker(t)
    const watch = await watcher(t, broker.port)
    const drivers = await fleetOf(t, broker, { a: 1, b: 2, c: 4, d: 8 })
    const { order, roster } = jobMessages({
      fleet,
      job: 'mean',
      members: ['a', 'b', 'c', 'd', 'late'].map(memberOf),
    })
    await watch.publish(order.topic, order.payload, true)
    await watch.publish(roster.topic, roster.payload, true)
    await watch.until(({ topic }) => topic === 'hn/1/lab/net/mean/x/d')
    // The fifth device has not come yet, so the epoch is open when the fourth leaves.
    await drivers[3]?.stop()
    const late = await startDriver(optionsOf(broker, 'late', 16))
    t.teardown(() => late.stop())
    const { payload } = await watch.until(
      ({ topic, payload }) =>
        topic === 'hn/1/lab/job/mean/node/a/status' && JSON.parse(`${payload}`).phase === 'final',
      20_000,
    )
    const { estimate, contributions, gone, roster: size } = JSON.parse(`${payload}`)
    t.equal(size, 5)
    t.equal(contributions + gone >= 5, true)
    // Its contribution may have been passed on before it left; then it counts.
    t.ok([23 / 4, 31 / 5].includes(estimate[0]), `${estimate[0]}`)
  },
)

t.test('a device comes back from its snapshot and seals the same answer', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const store = memoryStore()
  const first = await startDriver(optionsOf(broker, 'a', 1, { store }))
  const other = await startDriver(optionsOf(broker, 'b', 2))
  t.teardown(() => other.stop())
  await Promise.all([first.online, other.online])
  const { order, roster } = jobMessages({ fleet, job: 'mean', members: ['a', 'b'].map(memberOf) })
  await watch.publish(order.topic, order.payload, true)
  await watch.publish(roster.topic, roster.payload, true)
  const isSeal = ({ topic }: { topic: string }) => topic === 'hn/1/lab/net/mean/seal/a'
  const seal = decodeRecord(SealReport, (await watch.until(isSeal)).payload).seal
  await first.stop()
  const seen = watch.seen.length
  const again = await startDriver(optionsOf(broker, 'a', 999, { store }))
  t.teardown(() => again.stop())
  t.equal(again.status.incarnation, 2)
  const repeated = await watch.until((each) => watch.seen.indexOf(each) >= seen && isSeal(each))
  t.strictSame(
    decodeRecord(SealReport, repeated.payload).seal,
    seal,
    'byte for byte, not the new reading',
  )
})

/** A store that breaks the agent once: its first loaded snapshot is no snapshot. */
function poisonedStore(): Store {
  const inner = memoryStore()
  let loads = 0
  return {
    ...inner,
    async load() {
      const loaded = await inner.load()
      return ++loads > 1
        ? loaded
        : { ...loaded, snapshot: { incarnation: 1, jobs: [null], ended: [] } as never }
    },
  }
}

t.test('a state that breaks the agent at its start is given up and told', async (t) => {
  const broker = await plainBroker(t)
  const driver = await startDriver(optionsOf(broker, 'a', 1, { store: poisonedStore() }))
  t.teardown(() => driver.stop())
  await driver.online
  const watch = await watcher(t, broker.port)
  const { order } = jobMessages({ fleet, job: 'mean', members: [memberOf('a')] })
  await watch.publish(order.topic, order.payload)
  await watch.publish('hn/1/lab/node/a/request/ping', '')
  await watch.until(({ topic }) => topic === 'hn/1/lab/node/a/response/ping')
  t.equal(driver.status.incarnation, 1)
})

t.test(
  'a hosted device goes on from its snapshot after a broken invariant, a real one ends',
  async (t) => {
    const broker = await plainBroker(t)
    const watch = await watcher(t, broker.port)
    const { order } = jobMessages({ fleet, job: 'mean', members: [memberOf('a')] })
    for (const onInvariant of ['rebuild', 'end'] as const) {
      const id = onInvariant
      let readings = 0
      const options = optionsOf(broker, id, 1, { onInvariant })
      // An observation that no sensor of ours can make stands for a mistake in the core.
      const observe = async () => (readings++ === 0 ? [null as never] : [])
      const driver = await startDriver({ ...options, sensors: { ...options.sensors, observe } })
      t.teardown(() => driver.stop())
      await driver.online
      await watch.publish(order.topic, order.payload)
      if (onInvariant === 'end') {
        t.match(await driver.ended, { code: 'INVARIANT' })
        t.notOk(driver.status.link.connected)
      } else {
        await until(() => driver.status.incarnation === 2)
        t.ok(driver.status.link.connected)
        await watch.until(
          ({ topic, payload }) =>
            topic === `hn/1/lab/node/${id}/info` && parseInfo(payload).incarnation === 2,
        )
      }
      const log = await watch.until(({ topic }) => topic === `hn/1/lab/node/${id}/log`)
      t.match(JSON.parse(`${log.payload}`), {
        level: 'error',
        namespace: 'invariant',
        message: /TypeError/,
      })
    }
  },
)

t.test('nothing that follows a snapshot is published before it is on disk', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const inner = memoryStore()
  let release: (() => void) | undefined
  const store: Store = {
    ...inner,
    save: (snapshot) =>
      new Promise((resolve) => {
        release = () => {
          inner.save(snapshot)
          resolve()
        }
      }),
  }
  let free: NodeJS.Timeout | undefined
  t.teardown(() => clearInterval(free))
  const driver = await startDriver(optionsOf(broker, 'a', 1, { store }))
  t.teardown(() => driver.stop())
  await driver.online
  const { order, roster } = jobMessages({
    fleet,
    job: 'mean',
    members: [memberOf('a'), memberOf('b')],
  })
  await watch.publish(order.topic, order.payload)
  await watch.publish(roster.topic, roster.payload)
  await until(() => release !== undefined)
  await watch.publish('hn/1/lab/node/a/request/ping', '{"transaction":"mark"}')
  await watch.until(({ topic }) => topic === 'hn/1/lab/node/a/response/ping')
  const isExchange = ({ topic }: { topic: string }) => topic === 'hn/1/lab/net/mean/x/a'
  t.notOk(watch.seen.some(isExchange))
  free = setInterval(() => release?.(), 1)
  await watch.until(isExchange)
})

t.test('a device starts without a network and works when there is one', async (t) => {
  const gone = await plainBroker(t)
  await gone.close()
  const driver = await startDriver(optionsOf(gone, 'a', 1))
  t.teardown(() => driver.stop())
  t.notOk(driver.status.link.connected)
  await plainBroker(t, gone.port)
  await driver.online
  t.ok(driver.status.link.connected)
})
