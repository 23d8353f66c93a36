import { POSITION_NAMES } from '../../agent/fusion/expression.ts'
import { quote } from '../../agent/wire/ids.ts'
import type { FusionJob } from '../../agent/wire/job.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import type { Problem } from '../../agent/wire/problems.ts'
import { formatSize } from '../../agent/wire/units.ts'
import { counted } from '../../agent/wire/words.ts'

/** Rows of a file that travel with a job. */
export interface JobRows {
  /** Those that the job's formulas read. */
  readonly columns: string[]
  /** Row after row, each in the order of the columns; row k is in shard k mod their number. */
  readonly shards: Float64Array[]
  readonly count: number
  /** Rows that were left out, since a value is missing. */
  readonly skipped: number
}

/** Columns of a file by name. */
export interface Columns {
  readonly names: readonly string[]
  /** One array a row; `null` where a value is missing. @throws HypernetError `BAD_ROWS` */
  numbers(columns: readonly string[]): (number | null)[][]
}

/** Room for the rest of an order. */
const REST = 64 * 1024

/**
 * Deals the rows of a file to the shards of a job.
 * @param names that the job's formulas read
 * @throws HypernetError `BAD_ROWS` for cells that are no numbers
 */
export function dealRows(
  { spec: { data, model } }: FusionJob,
  names: readonly string[],
  file: Columns,
): { readonly rows: JobRows } | { readonly problem: Problem } {
  const shardCount = data?.shards ?? 1
  const problem = (key: string, text: string) => ({
    problem: { path: ['spec', 'data', key], part: 'value' as const, text },
  })
  const place = names.find((name) => POSITION_NAMES.includes(name))
  if (place !== undefined)
    return problem(
      'file',
      `the model reads ${place}, but rows that travel have no place of a device.`,
    )
  const unknown = names.filter((name) => !file.names.includes(name))
  if (unknown.length > 0)
    return problem(
      'file',
      `found no column ${unknown.map(quote).join(', ')}, which the model reads; there are ${file.names.join(', ')}.`,
    )
  const all = file.numbers(names)
  const whole = all.filter((row): row is number[] => row.every((value) => value !== null))
  if (whole.length < shardCount)
    return problem(
      'shards',
      `found ${shardCount}, wanted at most as many as there are whole rows, ${whole.length}.`,
    )
  const few = tooFew(model, whole.length)
  if (few) return { problem: few }
  const bytes = 8 * names.length * whole.length
  if (bytes > LIMITS.blob - REST)
    return problem(
      'file',
      `${counted(whole.length, 'row')} of ${counted(names.length, 'number')} are ${formatSize(bytes)}, wanted at most ${formatSize(LIMITS.blob - REST)}. Take fewer rows.`,
    )
  const shards = Array.from({ length: shardCount }, (_, shard) =>
    Float64Array.from(whole.filter((_row, k) => k % shardCount === shard).flat()),
  )
  const skipped = all.length - whole.length
  return { rows: { columns: [...names], shards, count: whole.length, skipped } }
}

/** A fit of more than there are rows has no one answer, however they are dealt. */
function tooFew(model: FusionJob['spec']['model'], rows: number): Problem | undefined {
  const key = model.type === 'nonlinearLeastSquares' ? 'parameters' : 'terms'
  const isFit = model.type === 'leastSquares' || model.type === 'nonlinearLeastSquares'
  const wanted = !isFit ? 0 : 'terms' in model ? model.terms.length : model.parameters.length
  if (wanted <= rows) return undefined
  return {
    path: ['spec', 'model', key],
    part: 'value',
    text: `found ${wanted}, wanted at most as many as the file has whole rows, ${rows}.`,
  }
}
