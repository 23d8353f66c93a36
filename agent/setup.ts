import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { AgentConfig, type SensorConfig } from './config.ts'
import type { Capacity, Settings } from './core/settings.ts'
import type { BrokerOptions } from './io/broker.ts'
import { lockFolder } from './io/folderLock.ts'
import { type DeviceKey, loadKey, readSecret } from './io/keys.ts'
import { checkedRows, checkedSensor } from './io/sensors/checked.ts'
import { hwmonSensor } from './io/sensors/hwmon.ts'
import { loadSensor } from './io/sensors/load.ts'
import { replaySource } from './io/sensors/replay.ts'
import type { RowSource, Sensor } from './io/sensors/sensor.ts'
import { type Sensors, sensorsOf } from './io/sensors/sensors.ts'
import { thermalSensor } from './io/sensors/thermal.ts'
import { fileStore, type Store } from './io/store.ts'
import { loadConfig } from './io/yaml/config.ts'
import { HypernetError } from './wire/errors.ts'
import { bytesOf } from './wire/hash.ts'
import type { Millis } from './wire/ids.ts'

/** Time that knowledge is gathered before it is passed on: above a fast broker's round trip, far below a period. */
const GATHER: Millis = 10
const PROGRESS_EVERY: Millis = 1000

/** agent.yaml and the folder that its paths count from. */
export interface AgentFile {
  readonly path: string
  readonly folder: string
  readonly config: AgentConfig
}

/** @throws HypernetError `BAD_CONFIG` with a line for every mistake */
export async function loadAgentFile(path: string): Promise<AgentFile> {
  return { path, folder: dirname(resolve(path)), config: await loadConfig(path, AgentConfig) }
}

/**
 * The device's key, made at its first start, and its state, which this process alone has until `free`.
 * @throws HypernetError `STORE_FAILED` when the folder cannot be written or another process has it
 */
export async function openState(
  { config, folder }: AgentFile,
  unix: Millis,
): Promise<{ key: DeviceKey; made: boolean; store: Store; free: () => Promise<void> }> {
  const state = resolve(folder, config.state)
  try {
    await mkdir(state, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new HypernetError('STORE_FAILED', `cannot make the state folder ${state}`, error)
  }
  const free = await lockFolder(state)
  const { key, made } = await loadKey(join(state, 'device.key')).catch(async (error: unknown) => {
    await free()
    throw error
  })
  // A device with a key has lived before: if its counters are gone, it must exceed them.
  const base = made ? 0 : Math.floor(unix / 1000)
  return { key, made, store: fileStore({ folder: state, base }), free }
}

function programsIn({ functions }: AgentConfig['permissions']): Settings['allowedPrograms'] {
  if (functions === 'sandboxed') return 'all'
  return functions === 'none' ? undefined : functions
}

/** @param machine what it has, where that is known */
export function settingsOf({ config }: AgentFile, key: DeviceKey, machine?: Capacity): Settings {
  const { node, fleet, sensors, permissions, location, market } = config
  return {
    node,
    fleet,
    publicKey: key.publicKey,
    sensors: sensors.map(({ id, unit }) => ({ id, unit })),
    allowedSensors: permissions.sensors,
    allowedPrograms: programsIn(permissions),
    granted: grantedBy(permissions, machine),
    machine,
    position: location && { x: location.x, y: location.y, z: location.z },
    market: market && {
      chainId: BigInt(market.chainId),
      vault: bytesOf(market.vault),
      factory: bytesOf(market.factory),
      escrow: bytesOf(market.escrow),
      minPrice: market.minPrice,
      maxCollateral: market.maxCollateral,
      hours: market.hours,
    },
    gather: GATHER,
    progressEvery: PROGRESS_EVERY,
  }
}

function grantedBy(
  { cpu, memory, disk, bandwidth }: AgentConfig['permissions'],
  machine?: Capacity,
): Capacity {
  return {
    ...(cpu && machine?.cpus !== undefined && { cpus: Math.floor(cpu.share * machine.cpus) }),
    ...(memory?.perJob !== undefined && { memory: memory.perJob }),
    ...(disk?.perJob !== undefined && { storage: disk.perJob }),
    ...(bandwidth !== undefined && { bandwidth }),
  }
}

/** Addresses of the operators, 20 bytes each. */
export const operatorsOf = ({ config }: AgentFile): Uint8Array[] => config.operators.map(bytesOf)

/** @throws HypernetError `KEY_UNSAFE` for a password or key file that others can read, `NOT_FOUND` */
export async function brokerOf({ config, folder }: AgentFile): Promise<BrokerOptions> {
  const { url, ca, cert, key, password } = config.broker
  const at = (path: string) => resolve(folder, path)
  return {
    url,
    ...(ca !== undefined && { ca: await pem(at(ca)) }),
    ...(cert !== undefined && { cert: await pem(at(cert)) }),
    ...(key !== undefined && { key: await readSecret(at(key)) }),
    ...(password && { password: await readSecret(at(password.file)) }),
  }
}

/**
 * The device's sensors.
 * @param allowed sensors that may be read; default what the permissions grant
 * @throws HypernetError `BAD_ROWS` or `NOT_FOUND` for a file of readings, `BAD_CONFIG` for a wrong unit
 */
export async function openSensors(
  { config, folder }: AgentFile,
  allowed: readonly string[] | 'all' = config.permissions.sensors,
  sysfsRoot?: string,
): Promise<Sensors> {
  const live: Sensor[] = []
  const every = new Map<string, Millis>()
  const replays = new Map<string, Replay[]>()
  for (const sensor of config.sensors) {
    if (sensor.source === 'replay') {
      const { file, row, missing, perWindow } = sensor
      const batch = JSON.stringify([resolve(folder, file), row, missing, perWindow])
      replays.set(batch, [...(replays.get(batch) ?? []), sensor])
    } else {
      live.push(checkedSensor(liveSensor(sensor, sysfsRoot), sensor, () => performance.now()))
      every.set(sensor.id, sensor.every)
    }
  }
  const batches = await Promise.all(
    [...replays.values()].map(async (columns): Promise<RowSource> => {
      const [{ file, row, missing, perWindow }] = columns as [Replay] // a group has a member
      const path = resolve(folder, file)
      return checkedRows(
        await replaySource({ file: path, columns, row, missing, perWindow }),
        columns,
      )
    }),
  )
  return sensorsOf(live, batches, allowed, every)
}

type Replay = SensorConfig & { source: 'replay' }

function liveSensor(sensor: Exclude<SensorConfig, Replay>, sysfsRoot?: string): Sensor {
  if (sensor.source === 'thermal') return thermalSensor({ ...sensor, sysfsRoot })
  if (sensor.source === 'hwmon') return hwmonSensor({ ...sensor, sysfsRoot })
  return loadSensor(sensor)
}

async function pem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'error'
    throw new HypernetError('NOT_FOUND', `cannot read the certificate ${path} (${reason})`, error)
  }
}
