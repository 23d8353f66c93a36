/** Which rank holds which places of a distributed vector: each a block of neighboring ones. */
export interface Layout {
  /** Places of the whole vector. */
  readonly length: number
  /** First place of each rank, and the length at the end. */
  readonly starts: readonly number[]
}

/** Blocks that differ by one place at most, in the order of the ranks. */
export function blocks(length: number, ranks: number): Layout {
  const starts = Array.from({ length: ranks + 1 }, (_, rank) => Math.floor((rank * length) / ranks))
  return { length, starts }
}

/** First place of a rank, and the first one after its last. */
export const rangeOf = ({ starts, length }: Layout, rank: number): [from: number, to: number] => [
  starts[rank] ?? length,
  starts[rank + 1] ?? length,
]
