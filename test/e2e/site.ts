import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { VirtualDevice } from '../../agent/host.ts'
import { type Hosts, startHosts } from '../../agent/hosts.ts'
import { bytesOf } from '../../agent/wire/hash.ts'
import type { ControllerConfig } from '../../controller/config.ts'
import { ControllerConfig as Schema } from '../../controller/config.ts'
import type { ResultDocument } from '../../controller/core/resultDocument.ts'
import { type Controller, startController } from '../../controller/driver.ts'
import { openCredentials } from '../../controller/io/broker/credentials.ts'
import type { BrokerReady, BrokerWanted } from '../brokerProcess.ts'

/** Real brokers, controllers and devices for tests that kill them. Everything ends with the test. */
export const FLEET = 'site'
export const MINUTE = 60_000

/** Devices whose reading of `level` is a power of two, so that a sum names who is in it. */
export const levelOf = (i: number): number => 2 ** i
export const nameOf = (i: number): string => `d${String(i).padStart(2, '0')}`

export function devices(
  from: number,
  to: number,
  passwords: ReadonlyMap<string, string>,
  values: (i: number) => number = levelOf,
): VirtualDevice[] {
  return Array.from({ length: to - from }, (_, k) => {
    const id = nameOf(from + k)
    const password = passwords.get(id)
    return {
      id,
      seed: 'site',
      labels: { rig: 'a' },
      sensors: [{ id: 'level', unit: 'm' }],
      rows: [[values(from + k)]],
      ...(password === undefined ? {} : { password }),
    }
  })
}

export const sumJob = (name: string, spec = ''): string => `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { rig: a } }
  model: { type: sum, response: level }
${spec}`

export function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'hn-site-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export interface Broker extends BrokerReady {
  readonly child: ChildProcess
}

/** The embedded broker in a process of its own. */
export async function broker(t: Test, wanted: BrokerWanted): Promise<Broker> {
  const child = fork(new URL('../brokerProcess.ts', import.meta.url))
  t.teardown(() => child.kill('SIGKILL'))
  child.send(wanted)
  const [ready] = (await once(child, 'message', { signal: AbortSignal.timeout(MINUTE) })) as [
    BrokerReady,
  ]
  return { child, ...ready }
}

/** Passwords of devices and the controller in a file that outlives any broker. */
export function credentials(path: string, ids: readonly string[]): Map<string, string> {
  const made = openCredentials(path)
  return new Map([...made.issueAll(ids, 'device'), ...made.issueAll(['controller'], 'controller')])
}

/** A configuration for a broker that is not the controller's own. */
export function externalConfig(dir: string, url: string, password: string): ControllerConfig {
  writeFileSync(join(dir, 'controller.password'), password, { mode: 0o600 })
  return Schema.parse({
    fleet: FLEET,
    broker: {
      external: { url, username: 'controller', password: { file: 'controller.password' } },
    },
  })
}

export const embeddedConfig = (port = 0): ControllerConfig =>
  Schema.parse({ fleet: FLEET, broker: { embedded: { listen: `127.0.0.1:${port}` } } })

export async function controller(
  t: Test,
  dir: string,
  config: ControllerConfig,
): Promise<Controller> {
  const started = await startController(config, { log: () => {}, folder: dir })
  t.teardown(() => started.close())
  return started
}

export async function hosts(
  t: Test,
  of: { url: string; operator: string },
  list: readonly VirtualDevice[],
  processes: number,
): Promise<Hosts> {
  const started = await startHosts({
    fleet: FLEET,
    broker: { url: of.url },
    operators: [bytesOf(of.operator)],
    devices: list,
    processes,
    logLevel: 'error',
    readyWithin: MINUTE,
  })
  t.teardown(async () => {
    for (const pid of started.pids) resume(pid)
    await started.stop()
  })
  return started
}

/** Stops a process in its tracks, so that a job cannot end while it is to be disturbed. */
export const pause = (pid: number): void => void process.kill(pid, 'SIGSTOP')
export function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It has been killed.
  }
}

/** Waits until the controller's view of a job is as wanted. */
export async function until(
  of: Controller,
  isThere: () => boolean,
  what: string,
  within = MINUTE,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`no ${what} within ${within / 1000} s`)), within)
  const check = (): void => {
    if (isThere()) resolve()
  }
  const off = of.on('event', check)
  check()
  try {
    await promise
  } finally {
    clearTimeout(timer)
    off()
  }
}

/** The result of a job, when it has ended. */
export async function ended(
  of: Controller,
  name: string,
  within = MINUTE,
): Promise<ResultDocument> {
  const job = name as Parameters<Controller['job']>[0] // a job of this test
  const hasEnded = (): boolean => ['succeeded', 'failed'].includes(of.job(job).phase)
  await until(of, hasEnded, `end of job ${name}`, within)
  return of.result(job)
}
