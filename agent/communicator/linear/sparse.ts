import { HypernetError } from '../../wire/errors.ts'

/** A sparse matrix by rows (CSR): row i has the entries `starts[i]` to `starts[i + 1] - 1`. */
export interface Sparse {
  readonly rows: number
  readonly columns: number
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly values: Float64Array
}

export type Triplet = readonly [row: number, column: number, value: number]

/**
 * Builds a matrix from its entries in any order; those at one place are added.
 * @throws HypernetError `BAD_USAGE` for a place outside the matrix
 */
export function sparse(rows: number, columns: number, entries: Iterable<Triplet>): Sparse {
  const byRow: Map<number, number>[] = Array.from({ length: rows }, () => new Map())
  for (const [row, column, value] of entries) {
    const line = byRow[row]
    if (!line || !Number.isInteger(column) || column < 0 || column >= columns) {
      const message = `entry at row ${row}, column ${column} of a ${rows} x ${columns} matrix`
      throw new HypernetError('BAD_USAGE', message)
    }
    line.set(column, (line.get(column) ?? 0) + value)
  }
  const lines = byRow.map((line) => [...line].sort(([a], [b]) => a - b))
  const starts = new Int32Array(rows + 1)
  lines.forEach((line, i) => {
    starts[i + 1] = (starts[i] ?? 0) + line.length
  })
  const flat = lines.flat()
  return {
    rows,
    columns,
    starts,
    indices: Int32Array.from(flat, ([column]) => column),
    values: Float64Array.from(flat, ([, value]) => value),
  }
}

/** `A x`, in doubles, each row from its first column to its last. */
export function multiply(a: Sparse, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(a.rows)
  for (let i = 0; i < a.rows; i++) {
    let sum = 0
    const end = a.starts[i + 1] ?? 0
    for (let k = a.starts[i] ?? 0; k < end; k++) {
      sum += (a.values[k] ?? 0) * (x[a.indices[k] ?? 0] ?? 0)
    }
    y[i] = sum
  }
  return y
}

/** The transposed matrix: the same entries by columns. */
export function transposed(a: Sparse): Sparse {
  const entries: Triplet[] = []
  for (let i = 0; i < a.rows; i++) {
    for (let k = a.starts[i] ?? 0; k < (a.starts[i + 1] ?? 0); k++) {
      entries.push([a.indices[k] ?? 0, i, a.values[k] ?? 0])
    }
  }
  return sparse(a.columns, a.rows, entries)
}
