import { dirname, resolve } from 'node:path'
import type { SellerTerms } from '../../agent/core/settings.ts'
import { FleetConfig } from '../../agent/fleetConfig.ts'
import type { VirtualDevice } from '../../agent/host.ts'
import { numbersOf, readTable } from '../../agent/io/sensors/table.ts'
import { loadConfig } from '../../agent/io/yaml/config.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { readText, shortPath } from './settings.ts'

/** A virtual fleet as its file describes it. */
export interface VirtualFleetFile {
  readonly fleet: string
  readonly processes: number
  readonly devices: readonly VirtualDevice[]
  /** Broker of its own, where the file names one. */
  readonly brokerUrl: string | undefined
  /** What the devices sell; tokens in the smallest unit. */
  readonly market: Pick<SellerTerms, 'minPrice' | 'maxCollateral' | 'hours'> | undefined
  /** Addresses that the devices obey, 0x and hexadecimal, where the file names them. */
  readonly operators: readonly string[] | undefined
}

type Spec = FleetConfig['spec']

/**
 * Reads a fleet.yaml and the rows that it names.
 * @param count how many devices, in place of the number in the file
 * @throws HypernetError `BAD_CONFIG`, `BAD_ROWS`, `NOT_FOUND`
 */
export async function loadVirtualFleet(path: string, count?: number): Promise<VirtualFleetFile> {
  const { spec } = await loadConfig(shortPath(path), FleetConfig)
  const rows = await rowsOf(spec, dirname(resolve(path)))
  const size = count ?? (spec.devices === 'rows' ? rows.length : spec.devices)
  const devices = Array.from({ length: size }, (_, i) => deviceOf(spec, rows, i, size))
  return {
    fleet: spec.fleet,
    processes: spec.processes,
    devices,
    brokerUrl: spec.broker?.url,
    operators: spec.operators,
    market: spec.market,
  }
}

/** A row of readings, and where they were taken. */
interface Row {
  readonly values: readonly (number | null)[]
  readonly position: { readonly x: number; readonly y: number; readonly z: number } | undefined
}

/** Deals the rows out in turn: device i gets rows i, i + size, i + 2 size and so on. */
function deviceOf(spec: Spec, rows: readonly Row[], i: number, size: number): VirtualDevice {
  const own = rows.filter((_, row) => row % size === i)
  const sensors = Object.entries(spec.columns).map(([id, { unit }]) => ({ id, unit }))
  // A device stands in one place; with several rows it is that of the first.
  const position = own[0]?.position
  return {
    id: `${spec.prefix}-${i}`,
    seed: String(spec.seed),
    labels: spec.labels,
    sensors,
    rows: own.map(({ values }) => values),
    ...(position && { position }),
  }
}

async function rowsOf(spec: Spec, folder: string): Promise<Row[]> {
  if (spec.rows === undefined) return []
  const file = shortPath(resolve(folder, spec.rows))
  const table = readTable(file, await readText(file))
  const columns = Object.entries(spec.columns).map(([id, { column }]) => column ?? id)
  const values = numbersOf(table, columns)
  const { position } = spec
  if (position === undefined) return values.map((row) => ({ values: row, position: undefined }))
  const axes = [position.x, position.y, ...(position.z === undefined ? [] : [position.z])]
  const places = numbersOf(table, axes)
  return values.map((row, i) => ({ values: row, position: placeOf(places[i] ?? [], file, i) }))
}

function placeOf(axes: readonly (number | null)[], file: string, row: number): Row['position'] {
  const [x, y, z = 0] = axes
  if (typeof x === 'number' && typeof y === 'number' && z !== null) return { x, y, z }
  throw new HypernetError(
    'BAD_ROWS',
    `${file}:${row + 2}:1 found no number for the position, wanted one in each row`,
  )
}
