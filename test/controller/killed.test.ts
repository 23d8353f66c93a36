import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Host, hostDevices } from '../../agent/host.ts'
import { silentLog } from '../../agent/io/log.ts'
import { bytesOf } from '../../agent/wire/hash.ts'
import { type Client, clientOf } from '../../controller/cli/shell/client.ts'

/** A socket's path must be short, so it does not stand in tap's own folders. */
const root = mkdtempSync(join(tmpdir(), 'hn-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))

const TEMPERATURES = Array.from({ length: 12 }, (_, i) => 15 + i / 4)
const MEAN = 16.375 // 15 + (0 + 1 + ... + 11) / (4 * 12)
const ids = TEMPERATURES.map((_, i) => `node-${String(i).padStart(2, '0')}`)
const job = `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: mean-temp }
spec:
  selector: { minNodes: ${ids.length} }
  model: { type: average, response: temp }
  # A device is waited for 12 periods: as long as it may take to come back to the broker.
  consensus: { period: 1s, timeout: 90s }
`

interface Running {
  readonly child: ChildProcess
  readonly client: Client
  readonly port: number
  readonly operator: Uint8Array
  readonly passwords: ReadonlyMap<string, string>
}

async function controllerIn(folder: string, port: number, devices: readonly string[]) {
  const script = fileURLToPath(new URL('./killable.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, String(port), devices.join()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const told = JSON.parse(line) as {
    brokerUrl: string
    operatorAddress: string
    socketPath: string
    passwords: [string, string][]
  }
  const running: Running = {
    child,
    client: clientOf(told.socketPath),
    port: Number(new URL(told.brokerUrl).port),
    operator: bytesOf(told.operatorAddress),
    passwords: new Map(told.passwords),
  }
  return running
}

async function kill({ child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function devicesOf({ port, operator, passwords }: Running): Promise<Host> {
  const host = await hostDevices({
    fleet: 'lab',
    broker: { url: `mqtt://127.0.0.1:${port}` },
    operators: [operator],
    log: silentLog,
    healthEvery: 0,
    progressEvery: 100,
    devices: ids.map((id, i) => ({
      id,
      seed: 'e2e',
      password: passwords.get(id) ?? '',
      sensors: [{ id: 'temp', unit: 'Cel' }],
      rows: [[TEMPERATURES[i] ?? null]],
    })),
  })
  await host.online
  return host
}

type Event = {
  event: string
  job?: { phase?: string }
  progress?: { heard: number; contributions: { median: number }; phases: { final?: number } }
}
const until = (client: Client, wanted: (event: Event) => boolean) =>
  client.follow(
    '/v1/jobs/mean-temp/events',
    (event) => wanted(event as Event), // what the API tells
    AbortSignal.timeout(100_000),
  )
const phase = (event: Event): string | undefined =>
  event.event === 'job' ? event.job?.phase : undefined

/** Moments of a job's life at which the controller, and the broker within it, are killed. */
const MOMENTS: [string, ((event: Event) => boolean) | undefined][] = [
  ['as soon as the job was accepted', undefined],
  ['as soon as the job runs', (event) => phase(event) === 'running'],
  ['when devices exchange', (event) => (event.progress?.heard ?? 0) > 0],
  ['when devices are final and seal', (event) => (event.progress?.phases.final ?? 0) > 0],
  ['as soon as there is a result', (event) => event.event === 'result'],
]

for (const [name, moment] of MOMENTS)
  t.test(`killed ${name}, a controller finishes the job after its start`, async (t) => {
    const folder = mkdtempSync(join(root, 'f-'))
    const first = await controllerIn(folder, 0, ids)
    const host = await devicesOf(first)
    await first.client.post('/v1/jobs', { file: 'mean.yaml', text: job })
    if (moment) await until(first.client, moment)
    await kill(first)
    const second = await controllerIn(folder, first.port, [])
    t.same(second.operator, first.operator)
    await until(second.client, (event) => phase(event) === 'succeeded' || phase(event) === 'failed')
    t.match(await second.client.get('/v1/jobs/mean-temp/result'), {
      status: 'succeeded',
      result: { mean: MEAN, observations: ids.length },
      contributors: { count: ids.length, roster: ids.length, missing: [] },
      agreement: { exact: true, identical: true, sealed: ids.length },
    })
    await host.stop()
    await kill(second)
  })
