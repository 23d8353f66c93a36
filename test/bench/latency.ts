import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import mqtt from 'mqtt'
import { type Host, hostDevices, type VirtualDevice } from '../../agent/host.ts'
import { systemClock } from '../../agent/io/clock.ts'
import { deriveKey } from '../../agent/io/keys.ts'
import { createLog } from '../../agent/io/log.ts'
import { verifier } from '../../agent/io/verify.ts'
import { addVectors, type ExactVector, vectorOf, zeroVector } from '../../agent/math/exactVector.ts'
import { decodeVector, encodeVector } from '../../agent/math/wireForm.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { digest } from '../../agent/wire/hash.ts'
import { fleetId, type JobId, jobId, nodeId, sensorId } from '../../agent/wire/ids.ts'
import { Contribution, Order, Roster } from '../../agent/wire/messages.ts'
import { addressOf, payloadOf, publicKeyOf, signCose } from '../../agent/wire/signature.ts'
import { topicFilter, topicName } from '../../agent/wire/topics.ts'
import { announcement } from '../../controller/io/announcement.ts'
import type { BrokerReady, BrokerWanted } from '../brokerProcess.ts'
import { median, round } from './figures.ts'

/**
 * Time from the start trigger until each of N devices holds the exact answer, beside central fusion on the
 * same broker in the same run: each device signs and publishes once to one subscriber that verifies,
 * sums exactly and publishes the sum. The two sides take turns; medians. One JSON line.
 *
 * Ours is timed until the last device has *told* an observer that it is final, which is a hop more
 * than central fusion is charged; central fusion does not know of crashed devices, ours votes.
 */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '64' },
    answers: { type: 'string', default: '15' },
  },
})
const COUNT = Number(values.devices)
const ANSWERS = Number(values.answers)
const FLEET = fleetId('bench')
const JOB = jobId('latency')
const CENTRAL = jobId('central')
/** Six terms: 29 numbers a device. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'y']
const UNITLESS = NAMES.map((id) => ({ id, unit: '/' }))
const operator = randomBytes(32)
const DIMENSION = 29
let epoch = 0

const deviceIds = Array.from({ length: COUNT }, (_, i) => `d${i}`)
const centralIds = Array.from({ length: COUNT }, (_, i) => `c${i}`)

const broker = fork(new URL('../brokerProcess.ts', import.meta.url))
const { url, passwords } = await readyBroker(broker)
const password = new Map(passwords)
const host = await startFleet()
const observer = await connect('observer')
const ours = await flooding(host)
const theirs = await central()
const seconds: { flood: number[]; central: number[] } = { flood: [], central: [] }
for (let k = 0; k <= ANSWERS; k++) {
  const flood = await ours(k)
  const fused = await theirs(k)
  if (k === 0) continue // the first of each warms up
  seconds.flood.push(flood)
  seconds.central.push(fused)
}
console.log(
  JSON.stringify({
    bench: 'latency',
    broker: 'aedes',
    devices: COUNT,
    method: 'flood',
    ratio: round(median(seconds.flood.map((each, i) => each / (seconds.central[i] ?? 1))), 3),
    seconds: round(median(seconds.flood), 4),
    centralSeconds: round(median(seconds.central), 4),
    answers: ANSWERS,
  }),
)
process.exit(0)

async function readyBroker(child: ChildProcess): Promise<BrokerReady> {
  child.send({
    fleet: 'bench',
    port: 0,
    devices: [...deviceIds, ...centralIds],
    controllers: ['observer', 'fuser'],
  } satisfies BrokerWanted)
  const [ready] = (await once(child, 'message')) as [BrokerReady]
  return ready
}

async function startFleet(): Promise<Host> {
  const devices = deviceIds.map((id, i): VirtualDevice => {
    const values = NAMES.map((_, k) => Math.sin(i * (7 + k * k)) * 10 ** (k - 2))
    const secret = password.get(id) ?? ''
    return { id, seed: 'bench', password: secret, sensors: UNITLESS, rows: [values] }
  })
  const started = await hostDevices({
    fleet: FLEET,
    broker: { url },
    operators: [addressOf(publicKeyOf(operator))],
    devices,
    gather: 2,
    healthEvery: 0,
    log: createLog({ level: 'error', form: 'text', clock: systemClock }),
  })
  await started.online
  return started
}

async function connect(id: string): Promise<mqtt.MqttClient> {
  const secret = password.get(id) ?? ''
  const client = await mqtt.connectAsync(url, {
    clientId: id,
    username: id,
    password: secret,
    protocolVersion: 4,
    writeCache: false,
  })
  ;(client.stream as unknown as { setNoDelay?(on: boolean): void }).setNoDelay?.(true)
  return client
}

/** Runs the production agents: each call is a new roster, hence a new epoch of the same order. */
async function flooding(fleet: Host): Promise<(k: number) => Promise<number>> {
  const order: Order = {
    version: 1,
    job: JOB,
    fleet: jobId(FLEET),
    generation: 1,
    model: {
      type: 'leastSquares',
      response: ['y'],
      terms: [[1], ['a'], ['b'], ['c'], ['d'], ['e']],
      names: ['1', 'a', 'b', 'c', 'd', 'e'],
    },
    sensors: NAMES.map((id) => ({ id: sensorId(id), unit: '' })),
    window: { late: 100 },
    method: 'flood',
    period: 500,
    timeout: 60_000,
  }
  const orderBytes = encodeRecord(Order, order)
  const key = addressOf(publicKeyOf(operator))
  const announce = async (what: 'order' | 'roster', payload: Uint8Array): Promise<void> => {
    const signed = signCose(what, payload, operator)
    for (const [topic, message] of announcement(what, FLEET, JOB, signed, key)) {
      await observer.publishAsync(topic, Buffer.from(message), { qos: 1, retain: true })
    }
  }
  await announce('order', orderBytes)
  await observer.subscribeAsync(topicFilter('progress', { fleet: FLEET, job: JOB }))
  const incarnations = [...fleet.drivers].map(([id, driver]) => ({
    id: nodeId(id),
    key: deriveKey('bench', id).publicKey,
    incarnation: driver.status.incarnation,
  }))
  const members = incarnations.sort((a, b) => (a.id < b.id ? -1 : 1))
  return async (k) => {
    const roster: Roster = {
      version: 1,
      job: JOB,
      order: digest(orderBytes),
      generation: k + 1,
      firstEpoch: k,
      members,
      degree: 8,
      seed: 1,
    }
    const final = new Set<string>()
    const all = new Promise<void>((resolve) => {
      const listen = (topic: string, payload: Buffer): void => {
        const said = JSON.parse(payload.toString()) as { phase: string; epoch: number }
        if (said.phase === 'final' && said.epoch === k) final.add(topic)
        if (final.size < COUNT) return
        observer.off('message', listen)
        resolve()
      }
      observer.on('message', listen)
    })
    const start = performance.now()
    await announce('roster', encodeRecord(Roster, roster))
    await all
    return (performance.now() - start) / 1000
  }
}

/** Central fusion with the same work: signatures, verification, exact sum. */
async function central(): Promise<(k: number) => Promise<number>> {
  const fuser = await connect('fuser')
  const devices = await Promise.all(centralIds.map(connect))
  const go = topicName({ kind: 'order', fleet: FLEET, job: CENTRAL })
  const answer = topicName({ kind: 'roster', fleet: FLEET, job: CENTRAL })
  const keys = new Map(centralIds.map((id) => [id, deriveKey('bench', id)]))
  let received = 0
  let done = (): void => {}
  await Promise.all(
    devices.map(async (client, index) => {
      const id = centralIds[index] ?? ''
      const key = keys.get(id)
      const topic = topicName({ kind: 'exchange', fleet: FLEET, job: CENTRAL, node: nodeId(id) })
      client.on('message', (name, payload) => {
        if (name === go) {
          const payload = contributionOf(CENTRAL, index)
          const signed = key ? signCose('contribution', payload, key.privateKey) : payload
          client.publish(topic, Buffer.from(signed), { qos: 0 })
        } else {
          decodeVector(decodeRecord(Contribution, payload), DIMENSION)
          received++
          if (received === COUNT) done()
        }
      })
      await client.subscribeAsync([go, answer])
    }),
  )
  const check = verifier()
  let sum: ExactVector = zeroVector(DIMENSION)
  let heard = 0
  await fuser.subscribeAsync(topicFilter('exchange', { fleet: FLEET, job: CENTRAL }))
  fuser.on('message', (topic, payload) => {
    const id = topic.split('/').at(-1) ?? ''
    const key = keys.get(id)
    if (!key || !check.verify('contribution', payload, key.publicKey)) throw new Error(`bad ${id}`)
    sum = addVectors(sum, decodeVector(decodeRecord(Contribution, payloadOf(payload)), DIMENSION))
    heard++
    if (heard < COUNT) return
    const total = encodeRecord(Contribution, { ...partOf(CENTRAL, 0), ...encodeVector(sum) })
    fuser.publish(answer, Buffer.from(total), { qos: 0 })
  })
  return async (k) => {
    sum = zeroVector(DIMENSION)
    heard = 0
    received = 0
    epoch = k
    const all = new Promise<void>((resolve) => {
      done = resolve
    })
    const start = performance.now()
    fuser.publish(go, Buffer.from('go'), { qos: 0 })
    await all
    return (performance.now() - start) / 1000
  }
}

function partOf(job: JobId, index: number): Contribution {
  const values = Array.from(
    { length: DIMENSION },
    (_, k) => Math.sin(index * 7 + k) * 10 ** (k % 5),
  )
  const vector = encodeVector(vectorOf(values))
  return { job, roster: new Uint8Array(32), epoch, index, rows: 1, ...vector }
}
function contributionOf(job: JobId, index: number): Uint8Array {
  return encodeRecord(Contribution, partOf(job, index))
}
