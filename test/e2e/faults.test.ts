import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import type { ResultDocument } from '../../controller/core/resultDocument.ts'
import {
  broker,
  controller,
  credentials,
  devices,
  embeddedConfig,
  ended,
  externalConfig,
  FLEET,
  folder,
  hosts,
  levelOf,
  MINUTE,
  nameOf,
  pause,
  resume,
  sumJob,
  until,
} from './site.ts'

/**
 * Real faults on real sockets: processes killed with -9 in the middle of a job. A paused process keeps
 * the job from ending before the fault; what the job then says is compared with sums worked out here.
 */
t.setTimeout(4 * MINUTE)

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => nameOf(i))

/** The answer sums exactly the devices that it does not name as missing, and all devices hold it. */
function check(t: Tap, document: ResultDocument, count: number): string[] {
  const { contributors, agreement, result } = document
  const missing: readonly string[] = contributors?.missing ?? []
  const there = Array.from({ length: count }, (_, i) => i).filter(
    (i) => !missing.includes(nameOf(i)),
  )
  t.equal(document.status, 'succeeded')
  t.equal(contributors?.count, there.length)
  t.equal(
    (result as { sum?: number })?.sum,
    there.reduce((sum, i) => sum + levelOf(i), 0),
  )
  t.equal(agreement?.exact, true)
  t.equal(agreement?.identical, true)
  return [...missing]
}
type Tap = Pick<typeof t, 'equal' | 'ok' | 'strictSame'>

t.test(
  'kill -9 of a process with 20 devices in mid-job: the job ends and names the missing',
  async (t) => {
    const dir = folder(t)
    const site = await controller(t, dir, embeddedConfig())
    const passwords = site.credentials?.issueAll(names(50), 'device') ?? new Map()
    const at = { url: site.brokerUrl, operator: site.operatorAddress }
    const safe = await hosts(t, at, devices(20, 50, passwords), 1)
    const doomed = await hosts(t, at, devices(0, 20, passwords), 1)
    t.equal(safe.pids.length, 1)
    await until(site, () => site.nodes().filter((node) => node.online).length === 50, '50 devices')
    const [pid = 0] = doomed.pids
    pause(pid)
    await site.submit('sum.yaml', sumJob('doomed'))
    await until(site, () => (site.job('doomed' as never).progress?.heard ?? 0) >= 30, 'exchange')
    process.kill(pid, 'SIGKILL')
    const missing = check(t, await ended(site, 'doomed', 2 * MINUTE), 50)
    t.strictSame(missing, names(20), 'those that could not speak are named')
  },
)

t.test(
  'kill -9 of a process while its devices talk: exact over those whose word got out',
  async (t) => {
    const dir = folder(t)
    const site = await controller(t, dir, embeddedConfig())
    const passwords = site.credentials?.issueAll(names(40), 'device') ?? new Map()
    const at = { url: site.brokerUrl, operator: site.operatorAddress }
    await hosts(t, at, devices(20, 40, passwords), 1)
    const doomed = await hosts(t, at, devices(0, 20, passwords), 1)
    await until(site, () => site.nodes().filter((node) => node.online).length === 40, '40 devices')
    await site.submit('sum.yaml', sumJob('talking'))
    await until(site, () => (site.job('talking' as never).progress?.heard ?? 0) > 0, 'first word')
    process.kill(doomed.pids[0] ?? 0, 'SIGKILL')
    const missing = check(t, await ended(site, 'talking', 2 * MINUTE), 40)
    t.ok(missing.every((name) => names(20).includes(name)))
  },
)

t.test('the broker is killed and started again in mid-job: nobody is lost', async (t) => {
  const dir = folder(t)
  const file = join(dir, 'passwords.json')
  const passwords = credentials(file, names(24))
  const wanted = { fleet: FLEET, credentials: file, devices: [], controllers: [] }
  const first = await broker(t, { ...wanted, port: 0 })
  const config = externalConfig(dir, first.url, passwords.get('controller') ?? '')
  const site = await controller(t, dir, config)
  const at = { url: first.url, operator: site.operatorAddress }
  await hosts(t, at, devices(0, 18, passwords), 1)
  const held = await hosts(t, at, devices(18, 24, passwords), 1)
  await until(site, () => site.nodes().filter((node) => node.online).length === 24, '24 devices')
  pause(held.pids[0] ?? 0)
  await site.submit('sum.yaml', sumJob('broker'))
  await until(site, () => (site.job('broker' as never).progress?.heard ?? 0) >= 18, 'exchange')
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  await broker(t, { ...wanted, port: first.port })
  resume(held.pids[0] ?? 0)
  t.strictSame(check(t, await ended(site, 'broker'), 24), [])
})

t.test('a job handed in while the broker is away waits until the fleet is back', async (t) => {
  const dir = folder(t)
  const file = join(dir, 'passwords.json')
  const passwords = credentials(file, names(12))
  const wanted = { fleet: FLEET, credentials: file, devices: [], controllers: [] }
  const first = await broker(t, { ...wanted, port: 0 })
  const config = externalConfig(dir, first.url, passwords.get('controller') ?? '')
  const site = await controller(t, dir, config)
  const at = { url: first.url, operator: site.operatorAddress }
  await hosts(t, at, devices(0, 6, passwords), 1)
  const held = await hosts(t, at, devices(6, 12, passwords), 1)
  await until(site, () => site.nodes().filter((node) => node.online).length === 12, '12 devices')
  pause(held.pids[0] ?? 0)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  await site.submit('sum.yaml', sumJob('early'))
  await broker(t, { ...wanted, port: first.port })
  const early = () => site.job('early' as never)
  const wait = /waits up to \d+ s for 6 devices that were here before: /
  await until(site, () => wait.test(early().message), 'half of the fleet')
  t.equal(early().phase, 'pending')
  resume(held.pids[0] ?? 0)
  t.strictSame(check(t, await ended(site, 'early'), 12), [], 'nobody is left out')
})

t.test(
  'the controller is killed and started again in mid-job: it goes on and nobody is lost',
  async (t) => {
    const dir = folder(t)
    const file = join(dir, 'passwords.json')
    const passwords = credentials(file, names(24))
    const wanted = { fleet: FLEET, credentials: file, port: 0, devices: [], controllers: [] }
    const { url } = await broker(t, wanted)
    const config = externalConfig(dir, url, passwords.get('controller') ?? '')
    const begin = async () => {
      const child = fork(new URL('./controllerProcess.ts', import.meta.url))
      t.teardown(() => child.kill('SIGKILL'))
      child.send({ config, folder: dir })
      const [ready] = (await once(child, 'message')) as [{ operator: string }]
      return { child, ...ready }
    }
    const first = await begin()
    const at = { url, operator: first.operator }
    await hosts(t, at, devices(0, 18, passwords), 1)
    const held = await hosts(t, at, devices(18, 24, passwords), 1)
    first.child.send({ wait: 24 })
    await once(first.child, 'message')
    pause(held.pids[0] ?? 0)
    first.child.send({ submit: sumJob('control'), heard: 18 })
    await once(first.child, 'message')
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    resume(held.pids[0] ?? 0)
    const site = await controller(t, dir, config)
    t.strictSame(check(t, await ended(site, 'control'), 24), [])
  },
)

t.test(
  'controller and embedded broker are killed together: the fleet comes back and the job ends',
  async (t) => {
    const dir = folder(t)
    const file = join(dir, 'state', 'broker.json')
    const free = await broker(t, { fleet: FLEET, port: 0, devices: [], controllers: [] })
    free.child.kill('SIGKILL')
    await once(free.child, 'exit')
    const config = embeddedConfig(free.port)
    const child = fork(new URL('./controllerProcess.ts', import.meta.url))
    t.teardown(() => child.kill('SIGKILL'))
    child.send({ config, folder: dir, issue: names(24) })
    const [ready] = (await once(child, 'message')) as [
      { operator: string; url: string; passwords: [string, string][] },
    ]
    const passwords = new Map(ready.passwords)
    t.equal(passwords.size, 24, file)
    const at = { url: ready.url, operator: ready.operator }
    await hosts(t, at, devices(0, 18, passwords), 1)
    const held = await hosts(t, at, devices(18, 24, passwords), 1)
    child.send({ wait: 24 })
    await once(child, 'message')
    pause(held.pids[0] ?? 0)
    child.send({ submit: sumJob('both'), heard: 18 })
    await once(child, 'message')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const site = await controller(t, dir, config)
    resume(held.pids[0] ?? 0)
    t.strictSame(check(t, await ended(site, 'both', 2 * MINUTE), 24), [])
  },
)

t.test('a device that joins late completes a job that waits for it', async (t) => {
  const dir = folder(t)
  const site = await controller(t, dir, embeddedConfig())
  const passwords = site.credentials?.issueAll(names(10), 'device') ?? new Map()
  const at = { url: site.brokerUrl, operator: site.operatorAddress }
  await hosts(t, at, devices(0, 9, passwords), 1)
  await until(site, () => site.nodes().filter((node) => node.online).length === 9, '9 devices')
  const job = sumJob('waiting').replace('{ rig: a } }', '{ rig: a }, minNodes: 10 }')
  await site.submit('sum.yaml', job)
  t.equal(site.job('waiting' as never).phase, 'pending')
  t.match(site.job('waiting' as never).message, /matches 9 of 9 devices.*wanted minNodes 10/)
  await hosts(t, at, devices(9, 10, passwords), 1)
  t.strictSame(check(t, await ended(site, 'waiting'), 10), [])
})

t.test('a device that joins a repeating job late is in a later window', async (t) => {
  const dir = folder(t)
  const site = await controller(t, dir, embeddedConfig())
  const passwords = site.credentials?.issueAll(names(10), 'device') ?? new Map()
  const at = { url: site.brokerUrl, operator: site.operatorAddress }
  await hosts(t, at, devices(0, 9, passwords), 1)
  await until(site, () => site.nodes().filter((node) => node.online).length === 9, '9 devices')
  const window = '  window: { size: 10m, every: 2s, late: 500ms }\n'
  await site.submit('sum.yaml', sumJob('windows', window))
  const job = 'windows' as never
  const counted = (): number => site.job(job).result?.contributors?.count ?? 0
  await until(site, () => counted() === 9, 'first windows')
  await hosts(t, at, devices(9, 10, passwords), 1)
  await until(site, () => counted() === 10, 'a window with the late device')
  const { result } = site.job(job)
  if (!result) throw new Error('no result')
  t.strictSame(check(t, result, 10), [])
  site.cancel(job)
})
