import { HypernetError } from '../../agent/wire/errors.ts'
import { ID_PATTERN, quote } from '../../agent/wire/ids.ts'
import type { Order } from '../../agent/wire/messages.ts'
import { readsPosition } from '../core/compile.ts'
import { checkDevices, mostDevices } from './mostDevices.ts'
import type { RehearsalOptions } from './options.ts'
import type { SimDevice } from './scenario.ts'

/** A file of readings, split into cells (agent/io/sensors/table.ts). */
export interface RowTable {
  readonly file: string
  readonly names: readonly string[]
  readonly rows: readonly {
    readonly line: number
    readonly cells: readonly { readonly text: string; readonly column: number }[]
  }[]
}
/** How a file of readings is read; the simulator itself opens nothing. */
export interface RowReader {
  /** @throws HypernetError `BAD_ROWS` with located mistakes */
  read(file: string, text: string): RowTable
  /** Numbers of the named columns, `null` where one is missing. @throws HypernetError `BAD_ROWS` */
  numbers(table: RowTable, columns: readonly string[]): (number | null)[][]
}

/** Rows dealt to devices, and the sensors that they are readings of. */
export interface Dealt {
  readonly devices: SimDevice[]
  readonly columns: readonly { readonly id: string; readonly unit: string }[]
}

/**
 * Deals the rows of a file to devices. A sensor is the column of its name.
 * @throws HypernetError `BAD_ROWS` for a missing column or a wrong value, `BAD_USAGE` for a dealing that does not work out
 */
export function dealRows(
  order: Order,
  table: RowTable,
  reader: RowReader,
  options: Pick<RehearsalOptions, 'devices' | 'assign'>,
): Dealt {
  const columns = order.sensors.map(({ id, unit }) => ({ id, unit }))
  const rows = reader.numbers(
    table,
    columns.map(({ id }) => id),
  )
  const places = placesOf(order, table, reader)
  const hands = handsOf(table, rows.length, order.method, options)
  const devices = hands.map(({ name, rows: dealt }) => {
    const position = placeOf(name, dealt, places)
    const own = dealt.map((i) => rows[i] ?? [])
    return position ? { name, rows: own, position } : { name, rows: own }
  })
  return { devices, columns }
}

interface Hand {
  readonly name: string
  /** Indices of rows. */
  readonly rows: number[]
}

function handsOf(
  table: RowTable,
  count: number,
  method: Order['method'],
  { devices, assign }: Pick<RehearsalOptions, 'devices' | 'assign'>,
): Hand[] {
  if (assign.kind === 'column') {
    if (devices !== undefined)
      throw new HypernetError(
        'BAD_USAGE',
        '--devices and --assign column:NAME both say how many devices there are; give one of them.',
      )
    return handsByColumn(table, assign.name, method)
  }
  const size = devices ?? Math.min(count, mostDevices(method))
  checkDevices(`--devices: found "${size}"`, size, method)
  const digits = String(size - 1).length
  const hands = Array.from({ length: size }, (_, i) => ({
    name: `device-${String(i).padStart(digits, '0')}`,
    rows: [] as number[],
  }))
  for (let row = 0; row < count; row++) hands[row % size]?.rows.push(row)
  return hands
}

/** One device for each value of a column, in the order in which they appear. */
function handsByColumn(table: RowTable, column: string, method: Order['method']): Hand[] {
  const at = table.names.indexOf(column)
  if (at < 0)
    throw new HypernetError(
      'BAD_ROWS',
      `${table.file}:1:1 no column ${quote(column)} for --assign; there are ${table.names.join(', ')}`,
    )
  const hands = new Map<string, Hand & { value: string }>()
  table.rows.forEach(({ line, cells }, row) => {
    const value = cells[at]?.text.trim() ?? ''
    const name = nameFor(value)
    if (!ID_PATTERN.test(name))
      throw new HypernetError(
        'BAD_ROWS',
        `${table.file}:${line}:${cells[at]?.column ?? 1} ${column}: found ${quote(value)}, wanted the name of a device: 1-32 letters, digits and -`,
      )
    const hand = hands.get(name) ?? { name, value, rows: [] }
    if (hand.value !== value)
      throw new HypernetError(
        'BAD_ROWS',
        `${table.file}:${line}:${cells[at]?.column ?? 1} ${column}: ${quote(value)} and ${quote(hand.value)} both give the device name ${name}; rename one`,
      )
    hands.set(name, hand)
    hand.rows.push(row)
  })
  checkDevices(`--assign column:${column} makes ${hands.size} devices`, hands.size, method)
  return [...hands.values()]
}

const nameFor = (value: string): string => value.toLowerCase().replace(/[^a-z0-9-]+/g, '-')

/** Positions by row, where the job reads them and the file has columns x and y (and z). */
function placesOf(
  order: Order,
  table: RowTable,
  reader: RowReader,
): (readonly (number | null)[])[] | undefined {
  if (!readsPosition(order)) return undefined
  const has = (name: string) => table.names.includes(name)
  if (!has('x') || !has('y')) return undefined
  const numbers = reader.numbers(table, has('z') ? ['x', 'y', 'z'] : ['x', 'y'])
  return numbers.map((row) => (has('z') ? row : [...row, 0]))
}

function placeOf(
  device: string,
  rows: readonly number[],
  places: readonly (readonly (number | null)[])[] | undefined,
): SimDevice['position'] {
  const [first, ...others] = rows.flatMap((row) => places?.[row]?.join() ?? [])
  if (first === undefined) return undefined
  if (others.some((other) => other !== first))
    throw new HypernetError(
      'BAD_USAGE',
      `the job reads position.x, but the rows of ${device} lie at different places; deal one row to each device, or one place by --assign column:NAME.`,
    )
  const [x, y, z] = places?.[rows[0] as number] ?? [] // there is a first place, so there is a first row
  return x == null || y == null ? undefined : { x, y, z: z ?? 0 }
}
