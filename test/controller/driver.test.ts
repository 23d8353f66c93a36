import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Host, hostDevices, type VirtualDevice } from '../../agent/host.ts'
import { silentLog } from '../../agent/io/log.ts'
import { bytesOf } from '../../agent/wire/hash.ts'
import { jobId, nodeId } from '../../agent/wire/ids.ts'
import { topicName } from '../../agent/wire/topics.ts'
import { clientOf } from '../../controller/cli/shell/client.ts'
import { ControllerConfig } from '../../controller/config.ts'
import type { ControllerEvent } from '../../controller/controllerEvents.ts'
import { type Controller, startController } from '../../controller/driver.ts'
import { connectTo } from './io/people.ts'

/** A socket's path must be short, so it does not stand in tap's own folders. */
const folder = mkdtempSync(join(tmpdir(), 'hn-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
let places = 0

const TEMPERATURES = [18, 19.5, 21, 20.25, 22, 17]
const ids = TEMPERATURES.map((_, i) => `node-${i}`)
const job = (more = '') => `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: mean-temp }
spec:
  selector: { matchLabels: { zone: north }, minNodes: ${TEMPERATURES.length} }
  model: { type: average, response: { sensor: temp, unit: Cel } }
  consensus: { period: 50ms, timeout: 60s }
${more}`

async function controllerIn(store: string, port = 0): Promise<Controller> {
  const config = ControllerConfig.parse({
    fleet: 'lab',
    store,
    broker: { embedded: { listen: `127.0.0.1:${port}` } },
  })
  return startController(config, { log: silentLog, folder })
}

async function devicesOf(
  controller: Controller,
  seed = 'seed',
  nodes = ids,
  more: Partial<VirtualDevice> = {},
): Promise<Host> {
  const passwords = controller.credentials?.issueAll(nodes, 'device')
  const host = await hostDevices({
    fleet: 'lab',
    broker: { url: controller.brokerUrl },
    operators: [bytesOf(controller.operatorAddress)],
    log: silentLog,
    healthEvery: 0,
    progressEvery: 50,
    devices: nodes.map((id) => ({
      id,
      seed,
      password: passwords?.get(id) ?? '',
      labels: { zone: 'north' },
      sensors: [{ id: 'temp', unit: 'Cel' }],
      rows: [[TEMPERATURES[ids.indexOf(id)] ?? null]],
      ...more,
    })),
  })
  await host.online
  return host
}

/** Resolves with the first event for which `wanted` holds, also if it came before. */
function watcher(controller: Controller) {
  const seen: ControllerEvent[] = []
  const waiting = new Set<() => void>()
  controller.on('event', (event) => {
    seen.push(event)
    for (const check of [...waiting]) check()
  })
  const until = (wanted: (event: ControllerEvent) => boolean): Promise<ControllerEvent> => {
    const { promise, resolve } = Promise.withResolvers<ControllerEvent>()
    const check = () => {
      const found = seen.find(wanted)
      if (!found) return
      waiting.delete(check)
      resolve(found)
    }
    waiting.add(check)
    check()
    return promise
  }
  return { seen, until }
}
const ended = (event: ControllerEvent): boolean => event.event === 'job' && 'endedAt' in event.job

t.test('a fleet works out a mean that everybody can read', async (t) => {
  const controller = await controllerIn(`${places++}`)
  const { until } = watcher(controller)
  const waits = await controller.submit('mean.yaml', job())
  t.match(waits, {
    ok: true,
    jobs: [{ job: 'mean-temp', phase: 'pending', reason: 'TooFewDevices' }],
  })
  const host = await devicesOf(controller)
  await until(ended)
  // The mean of six readings, by hand: 117.75 / 6.
  t.match(controller.result(jobId('mean-temp')), {
    status: 'succeeded',
    result: { mean: 19.625, observations: 6 },
    contributors: { count: 6, roster: 6, missing: [] },
    agreement: { exact: true, identical: true, sealed: 6 },
    consensus: { method: 'flood', falseStops: 0 },
  })
  t.match(controller.job(jobId('mean-temp')), {
    phase: 'succeeded',
    progress: { roster: 6, heard: 6 },
    spec: { metadata: { name: 'mean-temp' } },
  })
  await until(({ event }) => event === 'progress')
  // Any one device tells how far all are: the last that it says is that all have the answer.
  const told = (node: string) => controller.progress(jobId('mean-temp'), nodeId(node))
  await until(() => ids.every((id) => told(id).fleet?.least === 'final'))
  t.match(told('node-3'), {
    device: 'node-3',
    phase: 'final',
    fleet: { contributed: 6, voted: 6, final: 6, mean: 1, behind: 0 },
  })
  t.throws(() => told('node-9'), { code: 'NOT_FOUND', message: /node-\d has, for one/ })
  t.same(
    controller.nodes().map(({ node, online }) => [node, online]),
    ids.map((id) => [id, true]),
  )

  const eye = await connectTo(
    controller.brokerUrl,
    'eye',
    controller.credentials?.issue('eye', 'viewer') ?? '',
  )
  const topic = (kind: 'spec' | 'status' | 'result') =>
    topicName({ kind, fleet: controller.fleet, job: jobId('mean-temp') })
  t.same(
    JSON.parse((await eye.retained(topic('result'))) ?? ''),
    controller.result(jobId('mean-temp')),
  )
  t.match(JSON.parse((await eye.retained(topic('status'))) ?? ''), { phase: 'succeeded' })
  t.match(JSON.parse((await eye.retained(topic('spec'))) ?? ''), { kind: 'FusionJob' })
  await eye.close()
  await host.stop()
  await controller.close()
  t.equal(await controller.ended, undefined)
})

t.test(
  'a program runs where it is allowed, and where it fails on all the job ends at once with why',
  async (t) => {
    const controller = await controllerIn(`${places++}`)
    const { until } = watcher(controller)
    const host = await devicesOf(controller, 'seed', ids.slice(1))
    const strict = await devicesOf(controller, 'seed', ids.slice(0, 1), { allowedPrograms: [] })
    const wrong = 'export const share = (rows) => [rows.length + middle]'
    const program = job().replace(
      /model: .*/,
      'model: { type: program, file: wrong.ts, columns: [temp], length: 1 }',
    )
    const began = Date.now()
    const data = new Map([['wrong.ts', wrong]])
    t.match(await controller.submit('wrong.yaml', program, data), {
      jobs: [{ phase: 'pending', message: /matches 5 of 6 .*permission for the program: 5/ }],
    })
    controller.cancel(jobId('mean-temp'))
    const fewer = program.replace(/minNodes: 6/, 'minNodes: 5')
    t.match(await controller.submit('wrong.yaml', fewer, data), { ok: true })
    await until((event) => ended(event) && event.event === 'job' && event.job.phase === 'failed')
    t.ok(Date.now() - began < 30_000, 'long before its timeout')
    t.match(controller.job(jobId('mean-temp')), {
      phase: 'failed',
      message:
        /^no device has an answer: 5 of 5 devices \(node-\d, node-\d, node-\d and 2 more\): its program failed: .*middle/,
    })
    await Promise.all([host.stop(), strict.stop()])
    await controller.close()
  },
)

t.test('the local API is the same controller', async (t) => {
  const controller = await controllerIn(`${places++}`)
  const host = await devicesOf(controller)
  const client = clientOf(controller.socketPath)
  t.equal(statSync(controller.socketPath).mode & 0o777, 0o600)
  t.match(await client.get('/v1/status'), { fleet: 'lab', brokerUrl: controller.brokerUrl })
  await t.rejects(client.post('/v1/jobs', { file: 'mean.yaml', text: job('  modle: 1\n') }), {
    code: 'BAD_JOB',
    message: /mean\.yaml:8:3 spec\.modle: unknown key/,
  })
  await client.post('/v1/jobs', { file: 'mean.yaml', text: job() })
  const events: { event: string }[] = []
  const told = await client.follow(
    '/v1/jobs/mean-temp/events',
    (event) => {
      events.push(event as { event: string })
      return false
    },
    AbortSignal.timeout(60_000),
  )
  t.equal(told, 'ended', 'the stream ends with the job')
  t.match(events.at(-1), { event: 'job', job: { phase: 'succeeded' } })
  t.ok(events.some(({ event }) => event === 'result'))
  t.match(await client.get('/v1/jobs/mean-temp/result'), { result: { mean: 19.625 } })
  const certified = await client.get('/v1/jobs/mean-temp/result?certificate&history=5')
  t.match(certified, {
    history: [{ epoch: 0 }],
    certificate: { operator: controller.operatorAddress },
  })
  t.equal((certified as { certificate: { reports: [] } }).certificate.reports.length, 6)
  await t.rejects(client.get('/v1/jobs/other'), { code: 'NOT_FOUND' })
  await t.rejects(client.remove('/v1/jobs/mean-temp'), { code: 'BAD_USAGE', message: /has ended/ })
  await host.stop()
  await controller.close()
})

t.test('a name is free again when its job has ended, and not before', async (t) => {
  const controller = await controllerIn(`${places++}`)
  const { until } = watcher(controller)
  await controller.submit('a.yaml', job())
  t.match(await controller.submit('b.yaml', job()), {
    ok: false,
    mistakes: [
      { file: 'b.yaml', line: 3, path: 'metadata.name', text: /a job of this name is pending/ },
    ],
  })
  t.match(controller.cancel(jobId('mean-temp')), { phase: 'cancelled', generation: 2 })
  t.throws(() => controller.cancel(jobId('mean-temp')), {
    code: 'BAD_USAGE',
    message: 'job mean-temp has ended already: it was cancelled',
  })
  t.throws(() => controller.result(jobId('mean-temp')), {
    code: 'NOT_FOUND',
    message: 'job mean-temp has no result: it was cancelled by the operator',
  })
  const host = await devicesOf(controller)
  t.match(await controller.submit('b.yaml', job()), { ok: true, jobs: [{ generation: 3 }] })
  await until((event) => ended(event) && event.event === 'job' && event.job.generation === 3)
  t.match(controller.job(jobId('mean-temp')), { phase: 'succeeded', generation: 3 })
  await host.stop()
  await controller.close()
})

t.test('a second run of a job takes no seal of the first', async (t) => {
  const controller = await controllerIn(`${places++}`)
  const { until } = watcher(controller)
  const host = await devicesOf(controller)
  const hashes: (string | undefined)[] = []
  for (const generation of [1, 2]) {
    await controller.submit('a.yaml', job())
    await until(
      (event) => ended(event) && event.event === 'job' && event.job.generation === generation,
    )
    hashes.push(controller.result(jobId('mean-temp')).agreement?.statisticHash)
  }
  t.not(hashes[0], hashes[1], 'the same sum under another roster has another name')
  await host.stop()
  await controller.close()
})

t.test('a controller that ended in mid-job finishes it after its start', async (t) => {
  const store = `${places++}`
  const first = await controllerIn(store)
  const port = Number(new URL(first.brokerUrl).port)
  const host = await devicesOf(first)
  const { until } = watcher(first)
  await first.submit('mean.yaml', job())
  await until((event) => event.event === 'job' && event.job.phase === 'running')
  await first.close()
  const second = await controllerIn(store, port)
  t.equal(second.operatorAddress, first.operatorAddress)
  const watch = watcher(second)
  if (second.job(jobId('mean-temp')).phase === 'running') await watch.until(ended)
  t.match(second.result(jobId('mean-temp')), {
    status: 'succeeded',
    result: { mean: 19.625 },
    contributors: { count: 6, missing: [] },
    agreement: { exact: true, identical: true },
  })
  await host.stop()
  await second.close()
  const third = await controllerIn(store, port)
  t.match(third.job(jobId('mean-temp')), {
    phase: 'succeeded',
    result: { result: { mean: 19.625 } },
  })
  t.same(
    third.nodes().map(({ node, key }) => [node, typeof key]),
    ids.map((id) => [id, 'string']),
    'keys are remembered',
  )
  await third.close()
})

t.test(
  'a device with another key than its first is refused by name, until it is forgotten',
  async (t) => {
    const controller = await controllerIn(`${places++}`)
    const { until } = watcher(controller)
    const one = ids.slice(0, 1)
    await (await devicesOf(controller, 'first', one)).stop()
    await until((event) => event.event === 'fleet' && /offline/.test(event.text))
    const impostor = await devicesOf(controller, 'second', one)
    await until((event) => event.event === 'fleet' && event.text === 'node-0 refused')
    t.match(controller.nodes(), [{ node: 'node-0', refused: /came with the key .* pinned is/ }])
    t.match(controller.forgetNode(nodeId('node-0')), { node: 'node-0' })
    t.throws(() => controller.forgetNode(nodeId('node-0')), { code: 'NOT_FOUND' })
    await impostor.stop()
    const accepted = await devicesOf(controller, 'second', one)
    await until(
      (event) => event.event === 'fleet' && event.text === 'node-0 joined' && !event.node.refused,
    )
    t.equal(controller.nodes()[0]?.refused, undefined)
    await accepted.stop()
    await controller.close()
  },
)

t.test('a device that is revoked while it is online is out of the view for good', async (t) => {
  const controller = await controllerIn(`${places++}`)
  const { until } = watcher(controller)
  const host = await devicesOf(controller, 'first', ids.slice(0, 2))
  await until(() => controller.nodes().filter(({ online }) => online).length === 2)
  controller.forgetNode(nodeId('node-0'))
  t.match(controller.nodes(), [{ node: 'node-1' }])
  // The broker gives out the will of the first before that of the second.
  await host.stop()
  await until((event) => event.event === 'fleet' && event.text === 'node-1 went offline')
  t.match(controller.nodes(), [{ node: 'node-1', online: false }])
  t.equal(controller.nodes().length, 1)
  await controller.close()
})

t.test('a state folder has one controller at a time', async (t) => {
  const store = `${places++}`
  const controller = await controllerIn(store)
  await t.rejects(controllerIn(store), {
    code: 'STORE_FAILED',
    message: /another controller answers/,
  })
  await controller.close()
})

t.test('what cannot be started leaves nothing open', async (t) => {
  const store = `${places++}`
  const controller = await controllerIn(`${places++}`)
  const port = Number(new URL(controller.brokerUrl).port)
  await t.rejects(controllerIn(store, port), { code: 'BROKER_LOST', message: /EADDRINUSE/ })
  await controller.close()
  await (await controllerIn(store, port)).close()
  t.pass('the folder and the port can be used again')
})
