import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { VirtualDevice, VirtualFleet } from './host.ts'
import type { Level } from './io/log.ts'
import { type Code, HypernetError } from './wire/errors.ts'
import type { Millis } from './wire/ids.ts'

export type ToHost =
  | {
      kind: 'host'
      fleet: VirtualFleet
      devices: readonly VirtualDevice[]
      logLevel: Level
    }
  | { kind: 'stop' }
export type FromHost =
  | { kind: 'ready' }
  | { kind: 'refused'; code: Code; message: string }
  | { kind: 'failed'; node: string; code: Code; message: string }

export interface HostsOptions extends VirtualFleet {
  readonly devices: readonly VirtualDevice[]
  /** Processes that share the devices. Default 2. */
  readonly processes?: number
  /** What the hosts write to stderr. Default `warn`. */
  readonly logLevel?: Level
  /** Time until all devices must be connected. Default 30 s. */
  readonly readyWithin?: Millis
  /** A device has ended by itself. */
  onFailure?(node: string, reason: HypernetError): void
  /** A process ended that nobody stopped, with the devices that it held. */
  onExit?(pid: number, devices: readonly string[]): void
}

/** Processes that host a virtual fleet. */
export interface Hosts {
  /** Process ids, and which devices each holds. */
  readonly processes: readonly { readonly pid: number; readonly devices: readonly string[] }[]
  readonly pids: readonly number[]
  /** Lets every device leave and ends the processes. */
  stop(): Promise<void>
}

const READY_WITHIN: Millis = 30_000
/** Devices leave within seconds; a process that does not is killed. */
const STOP_WITHIN: Millis = 10_000

/**
 * Starts a virtual fleet in processes of its own.
 * @returns when every device is connected
 * @throws HypernetError `BROKER_LOST` when they are not in time, or what a process refused
 */
export async function startHosts(options: HostsOptions): Promise<Hosts> {
  const { devices, processes = 2, readyWithin = READY_WITHIN } = options
  const count = Math.max(1, Math.min(processes, devices.length))
  const parts = Array.from({ length: count }, (_, i) => devices.filter((_, k) => k % count === i))
  const hosts = parts.map((part) => new HostProcess(options, part))
  const stop = async () => {
    await Promise.all(hosts.map((host) => host.stop()))
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const text = `not all of ${devices.length} virtual devices reached ${options.broker.url} within ${readyWithin / 1000} s`
    timer = setTimeout(() => reject(new HypernetError('BROKER_LOST', text)), readyWithin)
  })
  try {
    await Promise.race([late, Promise.all(hosts.map((host) => host.ready))])
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
  const running = hosts.map(({ pid, ids }) => ({ pid, devices: ids }))
  return { processes: running, pids: running.map(({ pid }) => pid), stop }
}

class HostProcess {
  readonly ids: readonly string[]
  readonly ready: Promise<void>
  private readonly child: ChildProcess
  private isStopping = false

  constructor(options: HostsOptions, devices: readonly VirtualDevice[]) {
    this.ids = devices.map(({ id }) => id)
    this.child = fork(fileURLToPath(new URL('./hostMain.ts', import.meta.url)), [], {
      serialization: 'advanced', // keys and addresses are bytes
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.ready = new Promise((resolve, reject) => {
      this.child.on('message', (message: FromHost) => {
        if (message.kind === 'ready') resolve()
        const { kind } = message
        if (kind === 'refused') reject(new HypernetError(message.code, message.message))
        if (kind === 'failed') {
          options.onFailure?.(message.node, new HypernetError(message.code, message.message))
        }
      })
      this.child.once('error', (error) =>
        reject(
          new HypernetError('STORE_FAILED', `cannot start a process: ${error.message}`, error),
        ),
      )
      this.child.once('exit', (code, signal) => {
        reject(new HypernetError('BROKER_LOST', `a host of devices ended (${signal ?? code})`))
        if (!this.isStopping) options.onExit?.(this.pid, this.ids)
      })
    })
    // It is awaited at the start only; later its end is told by `onExit`.
    this.ready.catch(() => {})
    const { fleet, broker, operators, market, stateFolder } = options
    const { gather, progressEvery, healthEvery } = options
    this.send({
      kind: 'host',
      devices,
      logLevel: options.logLevel ?? 'warn',
      fleet: {
        fleet,
        broker,
        operators,
        market,
        ...(stateFolder !== undefined && { stateFolder }),
        ...(gather !== undefined && { gather }),
        ...(progressEvery !== undefined && { progressEvery }),
        ...(healthEvery !== undefined && { healthEvery }),
      },
    })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  async stop(): Promise<void> {
    this.isStopping = true
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'exit')
    this.send({ kind: 'stop' })
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN)
    await ended
    clearTimeout(timer)
  }

  private send(message: ToHost): void {
    // A child that is gone is noticed by its exit.
    if (this.child.connected) this.child.send(message, () => {})
  }
}
