import { HypernetError } from '../../wire/errors.ts'
import type { SensorId } from '../../wire/ids.ts'
import { readRegularFile } from '../regularFile.ts'
import type { RowSource } from './sensor.ts'
import { numbersOf, readTable } from './table.ts'

export interface ReplayOptions {
  /** Path of a CSV file whose first line holds names. */
  readonly file: string
  readonly columns: readonly {
    readonly id: SensorId
    readonly unit: string
    /** Name in the file's first line. Default: the id. */
    readonly column?: string | undefined
  }[]
  /** Only this row, counted from 0; default all of them. */
  readonly row?: number | undefined
  /** Whether each window takes a row of its own. */
  readonly perWindow?: boolean | undefined
  /** Texts that stand for a missing value; default empty and `NA`. */
  readonly missing?: readonly string[] | undefined
}

/** A file of readings is read whole; a board with 512 MB can hold this much. */
export const REPLAY_BYTES = 16 * 1024 * 1024

/**
 * Past readings of a file: all rows are one batch. A row with too few cells is one without values, so that jobs count it
 * among those that they leave out.
 * @throws HypernetError `BAD_ROWS`, `NOT_FOUND` or `TOO_LARGE`
 */
export async function replaySource(options: ReplayOptions): Promise<RowSource> {
  const { file, columns, row } = options
  const names = columns.map(({ id, column }) => column ?? id)
  const short: string[] = []
  const table = readTable(file, await textOf(file), (each) => short.push(each))
  const rows = numbersOf(table, names, options.missing)
  const sensors = columns.map(({ id, unit }) => ({ id, unit }))
  const fault = faultOf(short)
  if (row === undefined) return { sensors, rows, fault, perWindow: options.perWindow }
  const only = rows[row]
  if (only) return { sensors, rows: [only], fault, perWindow: options.perWindow }
  throw new HypernetError(
    'BAD_ROWS',
    `${file}: found row ${row}, wanted 0 to ${rows.length - 1}: the first row under the names is row 0`,
  )
}

function faultOf([first, ...others]: readonly string[]): string | undefined {
  if (first === undefined) return undefined
  const more = others.length === 0 ? '' : `, and ${others.length} more such`
  return `${first}${more}: a row with too few cells is left out; write nothing between commas for a missing value`
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readRegularFile(file, REPLAY_BYTES)).toString('utf8')
  } catch (error) {
    if (!(error instanceof HypernetError)) throw error
    const { code, message } = error
    throw new HypernetError(code, `cannot read the readings in ${file}: ${message}`, error)
  }
}
