import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import mqtt from 'mqtt'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { digest } from '../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId, sensorId } from '../../agent/wire/ids.ts'
import { Exchange, Order, Roster } from '../../agent/wire/messages.ts'
import { addressOf, checksumAddress, publicKeyOf, signCose } from '../../agent/wire/signature.ts'
import { topicFilter, topicName } from '../../agent/wire/topics.ts'
import { announcement } from '../../controller/io/announcement.ts'
import type { BrokerReady, BrokerWanted } from '../brokerProcess.ts'
import { median, round } from './figures.ts'

/**
 * What one agent costs on this machine beside an empty Node of the same run: memory when idle, processor
 * time until it is online, processor share at ten messages a second in and out, size of its bundle. Linux only.
 */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } })
const RUNS = Number(values.runs)
const FLEET = fleetId('bench')
const JOB = jobId('talk')
/** Kernel clock ticks a second, as /proc counts (proc(5)); 100 on every Linux of the last 20 years. */
const TICKS = 100
const SECONDS = 10
const PERIOD = 100
const operator = digest(new Uint8Array([7]))
const peerKey = digest(new Uint8Array([8]))
const dir = mkdtempSync(join(tmpdir(), 'hn-bench-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))

const bundleBytes = await bundle()
const broker = fork(new URL('../brokerProcess.ts', import.meta.url))
const wanted: BrokerWanted = {
  fleet: FLEET,
  port: 0,
  devices: ['edge', 'peer'],
  controllers: ['observer'],
}
broker.send(wanted)
const [{ url, passwords }] = (await once(broker, 'message')) as [BrokerReady]
const password = new Map(passwords)
const observer = await connect('observer')
const peer = await connect('peer')
await observer.subscribeAsync(topicFilter('info', { fleet: FLEET }))
writeConfig()

const rss: number[] = []
const cpu: number[] = []
const share: number[] = []
for (let run = 0; run < RUNS; run++) {
  const empty = await emptyNode()
  const agent = await startAgent()
  cpu.push(agent.startupTicks / empty.ticks)
  await pause(2000)
  rss.push(residentKilobytes(agent.child) / empty.kilobytes)
  share.push(await talk(agent, run))
  agent.child.kill('SIGTERM')
  await once(agent.child, 'exit')
}
console.log(
  JSON.stringify({
    bench: 'agent',
    rssRatio: round(median(rss), 2),
    startupCpuRatio: round(median(cpu), 2),
    cpuPercent: round(median(share), 2),
    bundleGzipKB: round(bundleBytes / 1000, 1),
    runs: RUNS,
  }),
)
process.exit(0)

/** Bundles the agent and the parser that it starts apart. @returns their gzipped size together */
async function bundle(): Promise<number> {
  const { metafile } = await build({
    entryPoints: {
      main: new URL('../../agent/main.ts', import.meta.url).pathname,
      child: new URL('../../agent/io/yaml/child.mjs', import.meta.url).pathname,
    },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    outdir: dir,
    outExtension: { '.js': '.mjs' },
    // CommonJS inside of an ES module bundle asks for these.
    banner: {
      js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);",
    },
    metafile: true,
    logLevel: 'error',
  })
  return Object.keys(metafile.outputs)
    .map((path) => gzipSync(readFileSync(path), { level: 9 }).length)
    .reduce((sum, each) => sum + each, 0)
}

function writeConfig(): void {
  writeFileSync(join(dir, 'password'), password.get('edge') ?? '', { mode: 0o600 })
  const yaml = `node: edge
fleet: ${FLEET}
broker: { url: "${url}", password: { file: password } }
operators: ["${checksumAddress(addressOf(publicKeyOf(operator)))}"]
sensors: [{ id: load, source: load, channel: 1m, unit: /, every: 1s }]
permissions: { sensors: [load] }
`
  writeFileSync(join(dir, 'agent.yaml'), yaml)
}

async function emptyNode(): Promise<{ ticks: number; kilobytes: number }> {
  const script = "process.stdout.write('x');setInterval(()=>{},1e6)"
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const ticks = ticksOf(child)
  await pause(1000)
  const kilobytes = residentKilobytes(child)
  child.kill('SIGKILL')
  return { ticks, kilobytes }
}

interface Running {
  readonly child: ChildProcess
  readonly startupTicks: number
  readonly key: Uint8Array
  readonly incarnation: number
}

async function startAgent(): Promise<Running> {
  const info = topicName({ kind: 'info', fleet: FLEET, node: nodeId('edge') })
  const born = new Promise<{ key: string; incarnation: number }>((resolve) => {
    const listen = (topic: string, payload: Buffer, packet: { retain: boolean }): void => {
      if (topic !== info || packet.retain) return
      observer.off('message', listen)
      resolve(JSON.parse(payload.toString()))
    }
    observer.on('message', listen)
  })
  const words = [join(dir, 'main.mjs'), 'run', '-c', join(dir, 'agent.yaml'), '--level', 'error']
  const child = spawn(process.execPath, words, { stdio: 'inherit' })
  const { key, incarnation } = await born
  return {
    child,
    startupTicks: ticksOf(child),
    key: Uint8Array.from(Buffer.from(key.replace(/^0x/, ''), 'hex')),
    incarnation,
  }
}

/** Ten messages a second each way: an epoch that cannot end, since the peer never contributes. */
async function talk(agent: Running, run: number): Promise<number> {
  const order: Order = {
    version: 1,
    job: JOB,
    fleet: jobId(FLEET),
    generation: run + 1,
    model: { type: 'average', response: ['load'] },
    sensors: [{ id: sensorId('load'), unit: '' }],
    window: { late: 100 },
    method: 'flood',
    period: PERIOD,
    timeout: 600_000,
  }
  const orderBytes = encodeRecord(Order, order)
  const roster: Roster = {
    version: 1,
    job: JOB,
    order: digest(orderBytes),
    generation: run + 1,
    firstEpoch: 0,
    members: [
      { id: nodeId('edge'), key: agent.key, incarnation: agent.incarnation },
      { id: nodeId('peer'), key: publicKeyOf(peerKey), incarnation: 1 },
    ],
  }
  await announce('order', orderBytes)
  await announce('roster', encodeRecord(Roster, roster))
  const hash = digest(encodeRecord(Roster, roster))
  const topic = topicName({ kind: 'exchange', fleet: FLEET, job: JOB, node: nodeId('peer') })
  let seq = 0
  const timer = setInterval(() => {
    seq++
    const exchange: Exchange = {
      version: 1,
      job: JOB,
      from: nodeId('peer'),
      incarnation: run + 1,
      seq,
      epoch: 0,
      round: seq,
      roster: hash.slice(0, 8),
      agreement: { attempt: 0 },
      flood: { have: Uint8Array.of(0) },
    }
    peer.publish(topic, Buffer.from(encodeRecord(Exchange, exchange)))
  }, PERIOD)
  await pause(1000)
  const before = ticksOf(agent.child)
  const start = performance.now()
  await pause(SECONDS * 1000)
  const used = (ticksOf(agent.child) - before) / TICKS
  clearInterval(timer)
  return (100 * used) / ((performance.now() - start) / 1000)
}

async function announce(what: 'order' | 'roster', payload: Uint8Array): Promise<void> {
  const signed = signCose(what, payload, operator)
  const key = addressOf(publicKeyOf(operator))
  for (const [topic, message] of announcement(what, FLEET, JOB, signed, key)) {
    await observer.publishAsync(topic, Buffer.from(message), { qos: 1, retain: true })
  }
}

function connect(id: string): Promise<mqtt.MqttClient> {
  const secret = password.get(id) ?? ''
  return mqtt.connectAsync(url, {
    clientId: id,
    username: id,
    password: secret,
    protocolVersion: 4,
    writeCache: false,
  })
}

/** User and system time of a process in clock ticks: fields 14 and 15 of its stat (proc(5)). */
function ticksOf(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

function residentKilobytes(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}
