import { Accumulator } from '../../math/accumulator.ts'
import { splitDouble } from '../../math/dyadic.ts'
import { HypernetError } from '../../wire/errors.ts'
import type { Communicator } from '../communicator.ts'
import { halo } from './halo.ts'
import { type Layout, rangeOf } from './layout.ts'
import { multiply, type Sparse, sparse, type Triplet } from './sparse.ts'

/** A linear map of distributed vectors: this rank's part in, this rank's part out. */
export type Operator = (own: Float64Array) => PromiseLike<Float64Array>

/**
 * The product with a square matrix whose rows are distributed. Each rank computes its own rows in doubles
 * from the values that it holds and those that its halo brings, so a product is one call, or none where
 * the blocks are not coupled; to set it up takes two.
 * @param rows this rank's rows, by the layout's columns
 * @throws HypernetError `BAD_USAGE` when the matrix does not fit the layout
 */
export async function rowProduct(
  comm: Communicator,
  layout: Layout,
  rows: Sparse,
): Promise<Operator> {
  const [from, to] = rangeOf(layout, comm.rank)
  checkSize(rows, to - from, layout.length)
  const around = await halo(comm, layout, rows.indices)
  const placeOf = new Map(around.places.map((place, k) => [place, to - from + k]))
  for (let place = from; place < to; place++) placeOf.set(place, place - from)
  const local: Sparse = {
    ...rows,
    columns: placeOf.size,
    indices: rows.indices.map((place) => placeOf.get(place) ?? -1),
  }
  return async (own) => {
    const values = new Float64Array(placeOf.size)
    values.set(own)
    values.set(await around.exchange(own), own.length)
    return multiply(local, values)
  }
}

/**
 * The product with a matrix whose columns are distributed: each rank weights its columns, and the sum over
 * ranks is the product (white paper, 3.4.3, figure 2). Products and sums are exact, so the result is the
 * nearest double to the true one, however the columns are divided. Every rank gets the whole vector.
 * @param columns this rank's columns, each as a row: the transposed block
 * @throws HypernetError `BAD_USAGE` when the vector does not fit the columns
 */
export function columnProduct(
  comm: Communicator,
  columns: Sparse,
): (own: Float64Array) => PromiseLike<Float64Array> {
  return (own) => {
    checkSize(columns, own.length, columns.columns)
    const sum = new Accumulator(columns.columns)
    for (let j = 0; j < columns.rows; j++) {
      const weight = splitDouble(own[j] ?? Number.NaN)
      for (let k = columns.starts[j] ?? 0; k < (columns.starts[j + 1] ?? 0); k++) {
        sum.addProduct(columns.indices[k] ?? 0, splitDouble(columns.values[k] ?? 0), weight)
      }
    }
    return comm.exactSum(sum.total(), { required: 'all' })
  }
}

/** This rank's rows of a matrix that is given entry by entry, each for the whole matrix. */
export function ownRows(layout: Layout, rank: number, entries: Iterable<Triplet>): Sparse {
  const [from, to] = rangeOf(layout, rank)
  const own: Triplet[] = []
  for (const [row, column, value] of entries) {
    if (row >= from && row < to) own.push([row - from, column, value])
  }
  return sparse(to - from, layout.length, own)
}

function checkSize(matrix: Sparse, rows: number, columns: number): void {
  if (matrix.rows === rows && matrix.columns === columns) return
  const message = `a block of ${matrix.rows} x ${matrix.columns}, wanted ${rows} x ${columns}`
  throw new HypernetError('BAD_USAGE', message)
}
