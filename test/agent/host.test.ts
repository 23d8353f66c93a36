import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { hostDevices, type VirtualDevice } from '../../agent/host.ts'
import { startHosts } from '../../agent/hosts.ts'
import { parseInfo } from '../../agent/io/birth.ts'
import { deriveKey } from '../../agent/io/keys.ts'
import { silentLog } from '../../agent/io/log.ts'
import { bytesToHex } from '../../agent/wire/hash.ts'
import { fleetId } from '../../agent/wire/ids.ts'
import { clientsOf, plainBroker, watcher } from './io/plainBroker.ts'
import { until } from './io/until.ts'
import { jobMessages, operatorAddress } from './operator.ts'

const fleet = fleetId('lab')
const sensors = [{ id: 't', unit: 'Cel' }]
const devicesOf = (count: number): VirtualDevice[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `v-${i}`,
    seed: 'host test',
    sensors,
    rows: [[i], [null]],
    labels: { number: `${i}` },
    position: { x: i, y: 0, z: 0 },
  }))

t.test('devices of one process have their own keys, connections, states and answers', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const stateFolder = t.testdir()
  const devices = devicesOf(12)
  const options = {
    fleet,
    broker,
    operators: [operatorAddress],
    devices,
    stateFolder,
    log: silentLog,
  }
  const host = await hostDevices(options)
  t.teardown(() => host.stop())
  await host.online
  t.strictSame(
    Object.keys(clientsOf(broker))
      .filter((id) => id.startsWith('v-'))
      .sort(),
    devices.map(({ id }) => id).sort(),
  )
  t.strictSame((await readdir(join(stateFolder, 'v-3'))).sort(), ['counters.json'])
  const members = await Promise.all(
    devices.map(async ({ id }) => {
      const info = parseInfo(
        (await watch.until(({ topic }) => topic === `hn/1/lab/node/${id}/info`)).payload,
      )
      const key = deriveKey('host test', id).publicKey
      t.equal(info.key, bytesToHex(key))
      t.match(info, { labels: { number: id.slice(2) }, position: { x: Number(id.slice(2)) } })
      return { id, key, incarnation: info.incarnation }
    }),
  )
  t.equal(new Set(members.map(({ key }) => bytesToHex(key))).size, 12)
  const { order, roster } = jobMessages({ fleet, job: 'mean', members })
  await watch.publish(order.topic, order.payload, true)
  await watch.publish(roster.topic, roster.payload, true)
  for (const { id } of devices) {
    const { payload } = await watch.until(
      ({ topic, payload }) =>
        topic === `hn/1/lab/job/mean/node/${id}/status` &&
        JSON.parse(`${payload}`).phase === 'final',
    )
    t.match(JSON.parse(`${payload}`), { estimate: [5.5], contributions: 12, skippedRows: 1 })
  }
  await host.stop()
  t.strictSame((await readdir(join(stateFolder, 'v-3'))).sort(), ['agent.state', 'counters.json'])
  const again = await hostDevices(options)
  t.teardown(() => again.stop())
  for (const { id, incarnation } of members) {
    t.equal(again.drivers.get(id)?.status.incarnation, incarnation + 1)
  }
})

t.test('a device that cannot be is refused and none of the others stays', async (t) => {
  const broker = await plainBroker(t)
  const [good] = devicesOf(1) as [VirtualDevice]
  const { seed: _, ...keyless } = good
  const cases: [VirtualDevice[], string][] = [
    [[good, good], 'BAD_CONFIG'],
    [[good, { ...keyless, id: 'x' }], 'BAD_CONFIG'],
    [[good, { ...good, id: 'Not An Id' }], 'BAD_ID'],
    [[good, { ...good, id: 'x', sensors: [{ id: 'position', unit: '' }] }], 'BAD_ID'],
    [[good, { ...keyless, id: 'x', privateKey: new Uint8Array(32) }], 'KEY_UNSAFE'],
  ]
  for (const [devices, code] of cases) {
    const started = hostDevices({ fleet, broker, operators: [], devices, log: silentLog })
    await t.rejects(started, { code }, code)
  }
  t.strictSame(Object.keys(clientsOf(broker)), [])
})

t.test('a fleet in processes of its own connects, works, is told apart and ends', async (t) => {
  const broker = await plainBroker(t)
  const watch = await watcher(t, broker.port)
  const exits: (readonly string[])[] = []
  const hosts = await startHosts({
    fleet,
    broker: { url: broker.url },
    operators: [operatorAddress],
    devices: devicesOf(7),
    processes: 3,
    logLevel: 'error',
    onExit: (_pid, devices) => exits.push(devices),
  })
  t.teardown(() => hosts.stop())
  t.strictSame(
    hosts.processes.map(({ devices }) => devices),
    [
      ['v-0', 'v-3', 'v-6'],
      ['v-1', 'v-4'],
      ['v-2', 'v-5'],
    ],
  )
  t.equal(new Set([...hosts.pids, process.pid]).size, 4)
  t.equal(Object.keys(clientsOf(broker)).filter((id) => id.startsWith('v-')).length, 7)
  const wills = ['v-1', 'v-4'].map((id) =>
    watch.until(
      ({ topic, payload }) =>
        topic === `hn/1/lab/node/${id}/state` && `${payload}`.includes('offline'),
    ),
  )
  process.kill(hosts.pids[1] ?? 0, 'SIGKILL')
  await Promise.all(wills)
  await until(() => exits.length === 1)
  t.strictSame(exits, [['v-1', 'v-4']])
  await hosts.stop()
  t.equal(exits.length, 1, 'a process that was stopped is no surprise')
  for (const pid of hosts.pids) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

t.test('a fleet that cannot be says why, one that reaches no broker ends in time', async (t) => {
  const broker = await plainBroker(t)
  const options = { fleet, operators: [operatorAddress], logLevel: 'error' as const, processes: 1 }
  const twins = [...devicesOf(1), ...devicesOf(1)]
  await t.rejects(startHosts({ ...options, broker: { url: broker.url }, devices: twins }), {
    code: 'BAD_CONFIG',
    message: /same id/,
  })
  await broker.close()
  await t.rejects(
    startHosts({
      ...options,
      broker: { url: broker.url },
      devices: devicesOf(1),
      readyWithin: 1500,
    }),
    { code: 'BROKER_LOST', message: /not all of 1 virtual devices reached mqtt:.* within 1\.5 s/ },
  )
})
