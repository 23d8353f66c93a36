import { dirname, resolve } from 'node:path'
import type { SellerTerms } from '../../agent/core/settings.ts'
import { FleetConfig } from '../../agent/fleetConfig.ts'
import type { VirtualDevice } from '../../agent/host.ts'
import { readSecret } from '../../agent/io/keys.ts'
import { numbersOf, readTable, type Table } from '../../agent/io/sensors/table.ts'
import { loadConfig } from '../../agent/io/yaml/config.ts'
import { LABEL_PATTERN, LABEL_WORDS } from '../../agent/wire/commonFields.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { quote } from '../../agent/wire/ids.ts'
import { DEV_CHAIN } from '../io/chain/anvil.ts'
import { readText, shortPath } from './settings.ts'

/** A virtual fleet as its file describes it. */
export interface VirtualFleetFile {
  readonly fleet: string
  readonly processes: number
  readonly devices: readonly VirtualDevice[]
  /** Nobody else can know the devices' keys: a secret file holds what they are drawn from. */
  readonly hasSecretKeys: boolean
  /** Broker of its own, where the file names one. */
  readonly brokerUrl: string | undefined
  /** What the devices sell; tokens in the smallest unit. */
  readonly market: Pick<SellerTerms, 'minPrice' | 'maxCollateral' | 'hours'> | undefined
  /** Addresses that the devices obey, 0x and hexadecimal, where the file names them. */
  readonly operators: readonly string[] | undefined
}

type Spec = FleetConfig['spec']

/** Makes a secret seed. */
const MAKE_SEED = '(umask 077 && openssl rand -hex 32 > fleet.seed)'

/**
 * Reads a fleet.yaml and the rows that it names.
 * @param count how many devices, in place of the number in the file
 * @throws HypernetError `BAD_CONFIG`, `BAD_ROWS`, `NOT_FOUND`
 */
export async function loadVirtualFleet(path: string, count?: number): Promise<VirtualFleetFile> {
  const { spec } = await loadConfig(shortPath(path), FleetConfig)
  const folder = dirname(resolve(path))
  const [rows, seed] = await Promise.all([rowsOf(spec, folder), seedOf(spec, folder)])
  const size = count ?? (spec.devices === 'rows' ? rows.length : spec.devices)
  const devices = Array.from({ length: size }, (_, i) => deviceOf(spec, { rows, seed, size }, i))
  return {
    fleet: spec.fleet,
    processes: spec.processes,
    devices,
    hasSecretKeys: typeof spec.seed !== 'number',
    brokerUrl: spec.broker?.url,
    operators: spec.operators,
    market: spec.market,
  }
}

/**
 * Devices hold money and collateral by their keys, and everybody can draw those of a number: the tokens of a development
 * chain are worth nothing, all others are anybody's then.
 * @throws HypernetError `KEY_UNSAFE`
 */
export function checkKeys({ hasSecretKeys }: VirtualFleetFile, chainId: number): void {
  if (hasSecretKeys || chainId === DEV_CHAIN) return
  throw new HypernetError(
    'KEY_UNSAFE',
    `the virtual devices sell on chain ${chainId} with keys that anybody can draw from the number seed in the fleet's file, and which may be used on chain ${DEV_CHAIN} alone; make a secret seed: ${MAKE_SEED}, say seed: { file: fleet.seed } in place of the number, and forget the old keys: hypernet fleet revoke DEVICE; or take market out of the file`,
  )
}

/** A row of readings, and where they were taken. */
interface Row {
  readonly values: readonly (number | null)[]
  readonly position: { readonly x: number; readonly y: number; readonly z: number } | undefined
  readonly labels: Readonly<Record<string, string>>
}

/** Deals the rows out in turn: device i gets rows i, i + size, i + 2 size and so on. */
function deviceOf(
  spec: Spec,
  { rows, seed, size }: { rows: readonly Row[]; seed: string; size: number },
  i: number,
): VirtualDevice {
  const own = rows.filter((_, row) => row % size === i)
  const sensors = Object.entries(spec.columns).map(([id, { unit }]) => ({ id, unit }))
  // A device stands in one place; with several rows it is that of the first.
  const position = own[0]?.position
  return {
    id: `${spec.prefix}-${i}`,
    seed,
    labels: { ...spec.labels, ...own[0]?.labels },
    sensors,
    rows: own.map(({ values }) => values),
    ...(spec.perWindow && { perWindow: true }),
    ...(position && { position }),
  }
}

/** @throws HypernetError `NOT_FOUND`, `KEY_UNSAFE` for a file that others may read, or that holds too little */
async function seedOf({ seed }: Spec, folder: string): Promise<string> {
  if (typeof seed === 'number') return String(seed)
  const file = resolve(folder, seed.file)
  const text = (await readSecret(file)).trim().toLowerCase()
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new HypernetError(
    'KEY_UNSAFE',
    `${shortPath(file)} holds no seed, wanted 64 hexadecimal digits; make it with: ${MAKE_SEED}`,
  )
}

async function rowsOf(spec: Spec, folder: string): Promise<Row[]> {
  if (spec.rows === undefined) return []
  const file = shortPath(resolve(folder, spec.rows))
  const table = readTable(file, await readText(file))
  const columns = Object.entries(spec.columns).map(([id, { column }]) => column ?? id)
  const values = numbersOf(table, columns)
  const { position } = spec
  const labels = labelsOf(table, spec.labelColumns)
  const labelled = values.map((row, i) => ({ values: row, labels: labels[i] ?? {} }))
  if (position === undefined) return labelled.map((row) => ({ ...row, position: undefined }))
  const axes = [position.x, position.y, ...(position.z === undefined ? [] : [position.z])]
  const places = numbersOf(table, axes)
  return labelled.map((row, i) => ({ ...row, position: placeOf(places[i] ?? [], file, i) }))
}

/** Labels of each row. @throws HypernetError `BAD_ROWS` */
function labelsOf(
  { file, names, rows }: Table,
  columns: Spec['labelColumns'],
): Readonly<Record<string, string>>[] {
  const wanted = Object.entries(columns).map(([label, column]) => {
    const at = names.indexOf(column)
    if (at < 0)
      throw badRows(`${file}:1:1 no column ${quote(column)}; there are ${names.join(', ')}`)
    return [label, at] as const
  })
  return rows.map(({ line, cells }) =>
    Object.fromEntries(
      wanted.map(([label, at]) => {
        const text = cells[at]?.text.trim() ?? ''
        if (LABEL_PATTERN.test(text)) return [label, text]
        throw badRows(
          `${file}:${line}:${cells[at]?.column ?? 1} found ${quote(text)}, wanted ${LABEL_WORDS}`,
        )
      }),
    ),
  )
}

const badRows = (text: string) => new HypernetError('BAD_ROWS', text)

function placeOf(axes: readonly (number | null)[], file: string, row: number): Row['position'] {
  const [x, y, z = 0] = axes
  if (typeof x === 'number' && typeof y === 'number' && z !== null) return { x, y, z }
  throw new HypernetError(
    'BAD_ROWS',
    `${file}:${row + 2}:1 found no number for the position, wanted one in each row`,
  )
}
