import { join } from 'node:path'
import type { Progress } from './core/effect.ts'
import type { Capacity, SellerTerms } from './core/settings.ts'
import { type Driver, startDriver } from './driver.ts'
import type { BrokerOptions } from './io/broker.ts'
import { type Clock, systemClock } from './io/clock.ts'
import { type DeviceKey, deriveKey, keyOf } from './io/keys.ts'
import type { Log } from './io/log.ts'
import { machineOf } from './io/machine.ts'
import { sensorsOf } from './io/sensors/sensors.ts'
import { fileStore, memoryStore, type Store } from './io/store.ts'
import { HypernetError } from './wire/errors.ts'
import { fleetId, type Millis, nodeId, sensorId } from './wire/ids.ts'

/** A device without a machine of its own. Plain data: it travels to the process that hosts it. */
export interface VirtualDevice {
  readonly id: string
  /** Either a seed that the key is derived from together with the id, or the private key. */
  readonly seed?: string
  readonly privateKey?: Uint8Array
  /** For the broker; the user name is the id. */
  readonly password?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly sensors: readonly { readonly id: string; readonly unit: string }[]
  /** Readings, values in the order of `sensors`; `null` is missing. All of them are one batch. */
  readonly rows: readonly (readonly (number | null)[])[]
  /** Window k of a job that repeats takes row k; absent: all rows stand in every window. */
  readonly perWindow?: boolean
  readonly position?: { readonly x: number; readonly y: number; readonly z: number }
  /** Sensors that jobs may read. Default: all, since they are not anybody's. */
  readonly allowedSensors?: readonly string[] | 'all'
  /** SHA-256 of programs that may run. Default: all, likewise. */
  readonly allowedPrograms?: readonly string[] | 'all'
}

/** What all devices of a virtual fleet have in common. Plain data. */
export interface VirtualFleet {
  readonly fleet: string
  readonly broker: Omit<BrokerOptions, 'username' | 'password'>
  /** Addresses, 20 bytes each, whose orders the devices obey. */
  readonly operators: readonly Uint8Array[]
  /** What the devices sell, and on which market. */
  readonly market?: SellerTerms | undefined
  /** Folder that keeps the devices' state over a restart, one folder a device; absent: it lives in memory. */
  readonly stateFolder?: string
  /** As in `Settings`. Defaults 10 and 1000. */
  readonly gather?: Millis
  readonly progressEvery?: Millis
  /** As in the driver. Default one minute. */
  readonly healthEvery?: Millis
}

export interface HostOptions extends VirtualFleet {
  readonly devices: readonly VirtualDevice[]
  readonly log: Log
  readonly clock?: Clock
  /** A device has ended by itself; the others go on. */
  onFailure?(node: string, reason: HypernetError): void
  /** Told whatever a device tells people of a job. */
  onProgress?(node: string, job: string, progress: Progress): void
}

/** Devices at work in this process. */
export interface Host {
  readonly drivers: ReadonlyMap<string, Driver>
  /** Resolves when every device has reached the broker. */
  readonly online: Promise<void>
  stop(): Promise<void>
}

/** Milliseconds since 1970 to the seconds that counters of a device begin at whose state is lost. */
const MILLIS_PER_SECOND = 1000

/**
 * Runs many devices in this process. Each has its own key, connection, state and agent, and is run by
 * the same driver as a device on a machine of its own.
 * @throws HypernetError `BAD_ID`, `KEY_UNSAFE` or `BAD_CONFIG` for a device that cannot be, `STORE_FAILED`
 */
export async function hostDevices(options: HostOptions): Promise<Host> {
  const drivers = new Map<string, Driver>()
  const stop = async () => {
    await Promise.all([...drivers.values()].map((driver) => driver.stop()))
  }
  const machine = await machineOf()
  const ids = new Set(options.devices.map(({ id }) => id))
  if (ids.size < options.devices.length) {
    throw new HypernetError('BAD_CONFIG', 'two virtual devices have the same id')
  }
  const starts = await Promise.allSettled(
    options.devices.map(async (device) => {
      const driver = await startDevice(options, device, machine)
      drivers.set(device.id, driver)
      void driver.ended.then((reason) => reason && options.onFailure?.(device.id, reason))
    }),
  )
  // Only when all have begun or failed is it known which have to be stopped.
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  const online = Promise.all([...drivers.values()].map((driver) => driver.online)).then(() => {})
  return { drivers, online, stop }
}

async function startDevice(
  options: HostOptions,
  device: VirtualDevice,
  machine: Capacity,
): Promise<Driver> {
  const { clock = systemClock, log, broker, operators } = options
  const key = keyFor(device)
  const sensors = device.sensors.map(({ id, unit }) => ({ id: sensorId(id), unit }))
  const allowed = device.allowedSensors ?? 'all'
  const programs = device.allowedPrograms ?? 'all'
  return await startDriver({
    settings: {
      node: nodeId(device.id),
      fleet: fleetId(options.fleet),
      publicKey: key.publicKey,
      sensors,
      allowedSensors: allowed,
      allowedPrograms: programs,
      machine,
      position: device.position,
      market: options.market,
      gather: options.gather ?? 10,
      progressEvery: options.progressEvery ?? 1000,
    },
    key,
    broker: { ...broker, password: device.password },
    operators,
    store: storeFor(options, device, clock),
    sensors: sensorsOf([], [{ sensors, rows: device.rows, perWindow: device.perWindow }], allowed),
    log,
    clock,
    labels: device.labels ?? {},
    permissions: { sensors: allowed, functions: programs === 'all' ? 'sandboxed' : programs },
    ...(options.healthEvery !== undefined && { healthEvery: options.healthEvery }),
    onInvariant: 'rebuild',
    onProgress: (job, progress) => options.onProgress?.(device.id, job, progress),
  })
}

function storeFor(options: HostOptions, device: VirtualDevice, clock: Clock): Store {
  // A derived key is never new, so a device without state may have lived before.
  const base = Math.floor(clock.unix() / MILLIS_PER_SECOND)
  if (options.stateFolder === undefined) return memoryStore(base)
  return fileStore({ folder: join(options.stateFolder, device.id), base })
}

function keyFor({ id, seed, privateKey }: VirtualDevice): DeviceKey {
  if (privateKey) return keyOf(privateKey)
  if (seed !== undefined) return deriveKey(seed, id)
  throw new HypernetError('BAD_CONFIG', `virtual device ${id} has neither a seed nor a private key`)
}
