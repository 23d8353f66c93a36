import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { deriveKey } from '../../../agent/io/keys.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { jobId, nodeId, sensorId } from '../../../agent/wire/ids.ts'
import { Order, Roster } from '../../../agent/wire/messages.ts'
import { addressOf, publicKeyOf, signCose } from '../../../agent/wire/signature.ts'
import { announcement } from '../../../controller/io/announcement.ts'
import { fleet } from '../../behavior/cases/scene.ts'
import { findMosquitto, startMosquitto } from '../../behavior/mosquittoServer.ts'
import type { BrokerReady, BrokerWanted } from '../../brokerProcess.ts'
import { median, round } from '../figures.ts'
import { connect } from './connect.ts'
import type { FuserWanted } from './fuser.ts'
import {
  CENTRAL,
  type FromHost,
  type HostWanted,
  NAMES,
  type Placed,
  SEED,
  type Stage,
} from './work.ts'

/**
 * Time from the start trigger until each of N devices holds the exact answer, beside central fusion on the
 * same broker in the same run: each device signs and publishes once to one subscriber that verifies
 * every signature, sums exactly and publishes the sum. Devices and clients share four processes, central
 * fusion and the broker have one each; the sides take turns. Medians, one JSON line a method.
 *
 * `tree`: until the total is announced to all; `tree-attested` until each is known to have seen its own
 * part in it, and all agree; `flood` until all agree, on the 8-regular overlay.
 */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '64' },
    answers: { type: 'string', default: '20' },
    broker: { type: 'string', default: 'aedes' },
    methods: { type: 'string', default: 'tree,flood' },
    processes: { type: 'string', default: '4' },
  },
})
const COUNT = Number(values.devices)
const ANSWERS = Number(values.answers)
const METHODS = values.methods.split(',') as Order['method'][] // the schema refuses others
const operator = randomBytes(32)
const address = addressOf(publicKeyOf(operator))

const ids = Array.from({ length: COUNT }, (_, i) => `d${i}`)
const twins = ids.map((_, i) => `c${i}`)
const broker = await startBroker()
const devices = await Promise.all(
  ids.map(async (id, index): Promise<Placed> => {
    const twin = twins[index] ?? ''
    const [password, twinPassword] = [await broker.password(id), await broker.password(twin)]
    return { index, id, password, twin, twinPassword }
  }),
)
const count = Number(values.processes)
const hosts = Array.from({ length: count }, () =>
  fork(new URL('./host.ts', import.meta.url), { serialization: 'advanced' }),
)
const incarnations = new Map<string, number>()
await Promise.all(hosts.map(readyHost))
const fuser = fork(new URL('./fuser.ts', import.meta.url))
fuser.send({
  url: broker.url,
  fleet,
  id: 'spy',
  password: await broker.password('spy'),
  devices: COUNT,
} satisfies FuserWanted)
await once(fuser, 'message')
const controller = await connect(broker.url, 'controller', await broker.password('controller'))

const runs = new Map<string, (k: number) => Promise<Map<Stage, number>>>()
for (const method of METHODS) runs.set(method, await ours(method))
runs.set('central', theirs)
const seconds = new Map<string, number[]>()
for (let k = 0; k <= ANSWERS; k++)
  for (const [name, run] of runs) {
    const times = await run(k)
    if (k === 0) continue // the first of each warms up
    for (const [stage, time] of times) {
      const label = `${name}/${stage}`
      seconds.set(label, [...(seconds.get(label) ?? []), time])
    }
  }
const central = seconds.get('central/known') ?? []
for (const [label, times] of seconds) {
  const [method = '', stage] = label.split('/')
  if (method === 'central' || (method !== 'tree' && stage === 'known')) continue
  console.log(
    JSON.stringify({
      bench: 'latency',
      broker: values.broker,
      devices: COUNT,
      method: method === 'tree' && stage === 'final' ? 'tree-attested' : method,
      ratio: round(median(times.map((each, i) => each / (central[i] ?? 1))), 3),
      seconds: round(median(times), 4),
      centralSeconds: round(median(central), 4),
      answers: ANSWERS,
    }),
  )
}
await broker.close()
process.exit(0)

interface Broker {
  readonly url: string
  password(id: string): Promise<string>
  close(): Promise<void>
}

async function startBroker(): Promise<Broker> {
  if (values.broker === 'mosquitto') {
    const found = findMosquitto()
    if ('skip' in found) throw new Error(found.skip)
    const clients = [...ids, ...twins].map(nodeId)
    return await startMosquitto(found.program, clients, true, 'start')
  }
  const child = fork(new URL('../../brokerProcess.ts', import.meta.url))
  child.send({
    fleet,
    port: 0,
    devices: [...ids, ...twins],
    controllers: ['controller', 'spy'],
  } satisfies BrokerWanted)
  const [{ url, passwords }] = (await once(child, 'message')) as [BrokerReady]
  const known = new Map(passwords)
  return { url, password: async (id) => known.get(id) ?? '', close: async () => void child.kill() }
}

async function readyHost(host: ChildProcess, which: number): Promise<void> {
  const own = devices.filter(({ index }) => index % count === which)
  host.send({ url: broker.url, fleet, operator: address, devices: own } satisfies HostWanted)
  const [ready] = (await once(host, 'message')) as [FromHost]
  if (ready.kind === 'ready')
    for (const [id, each] of ready.incarnations) incarnations.set(id, each)
}

/** Seconds from now until every process has told of a stage that all its devices reached it. */
function timed(job: string, epoch: number, stages: readonly Stage[]): Promise<Map<Stage, number>> {
  const start = performance.now()
  const left = new Map(stages.map((stage) => [stage, count]))
  const times = new Map<Stage, number>()
  return new Promise((resolve) => {
    const hear = (message: FromHost): void => {
      if (message.kind !== 'reached' || message.job !== job || message.epoch !== epoch) return
      const still = (left.get(message.stage) ?? 0) - 1
      left.set(message.stage, still)
      if (still === 0) times.set(message.stage, (performance.now() - start) / 1000)
      if (times.size < stages.length) return
      for (const host of hosts) host.off('message', hear)
      resolve(times)
    }
    for (const host of hosts) host.on('message', hear)
  })
}

function theirs(k: number): Promise<Map<Stage, number>> {
  const done = timed(CENTRAL, k, ['known'])
  fuser.send(k)
  return done
}

/** Runs the production agents: each call is a new roster, hence a new epoch of the same order. */
async function ours(method: Order['method']): Promise<(k: number) => Promise<Map<Stage, number>>> {
  const job = jobId(method)
  const order: Order = {
    version: 1,
    job,
    fleet: jobId(fleet),
    generation: 1,
    model: {
      type: 'leastSquares',
      response: ['y'],
      terms: [[1], ['a'], ['b'], ['c'], ['d'], ['e']],
      names: ['1', 'a', 'b', 'c', 'd', 'e'],
    },
    sensors: NAMES.map((id) => ({ id: sensorId(id), unit: '' })),
    window: { late: 100 },
    method,
    period: 500,
    timeout: 60_000,
  }
  const orderBytes = encodeRecord(Order, order)
  const announce = async (what: 'order' | 'roster', payload: Uint8Array): Promise<void> => {
    const signed = signCose(what, payload, operator)
    for (const [topic, message] of announcement(what, fleet, job, signed, address))
      await controller.publishAsync(topic, Buffer.from(message), { qos: 1, retain: true })
  }
  await announce('order', orderBytes)
  const members = ids
    .map((id) => ({
      id: nodeId(id),
      key: deriveKey(SEED, id).publicKey,
      incarnation: incarnations.get(id) ?? 0,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  return async (k) => {
    const roster: Roster = {
      version: 1,
      job,
      order: digest(orderBytes),
      generation: k + 1,
      firstEpoch: k,
      members,
      degree: 8,
      seed: 1,
    }
    const bytes = encodeRecord(Roster, roster)
    const done = timed(job, k, ['known', 'final'])
    await announce('roster', bytes)
    return await done
  }
}
