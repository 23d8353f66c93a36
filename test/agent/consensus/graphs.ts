import type { Adjacency } from '../../../agent/consensus/overlay.ts'
import { randomStream } from '../../../agent/math/random.ts'

/** Graphs whose figures are known in closed form. */

const listed = (size: number, list: (i: number) => number[]): Adjacency =>
  Array.from({ length: size }, (_, i) => [...new Set(list(i))].sort((a, b) => a - b))

export const ringOf = (n: number): Adjacency => listed(n, (i) => [(i + 1) % n, (i + n - 1) % n])
export const oneWayRing = (n: number): Adjacency => listed(n, (i) => [(i + n - 1) % n])
export const pathOf = (n: number): Adjacency =>
  listed(n, (i) => [i - 1, i + 1].filter((j) => j >= 0 && j < n))
export const completeOf = (n: number): Adjacency =>
  listed(n, (i) => Array.from({ length: n }, (_, j) => j).filter((j) => j !== i))
export const starOf = (n: number): Adjacency =>
  listed(n, (i) => (i > 0 ? [0] : Array.from({ length: n - 1 }, (_, j) => j + 1)))
export const hypercube = (d: number): Adjacency =>
  listed(1 << d, (i) => Array.from({ length: d }, (_, k) => i ^ (1 << k)))
/** An outer and an inner ring of five, the inner one in steps of two. */
export const PETERSEN: Adjacency = listed(10, (i) =>
  i < 5 ? [(i + 1) % 5, (i + 4) % 5, i + 5] : [5 + ((i - 5 + 2) % 5), 5 + ((i - 5 + 3) % 5), i - 5],
)

/** A directed graph in which each ordered pair is linked with this chance. */
export function randomGraph(n: number, chance: number, seed: number): Adjacency {
  const random = randomStream(seed)
  return listed(n, (i) =>
    Array.from({ length: n }, (_, j) => j).filter((j) => j !== i && random.fraction() < chance),
  )
}

/** All distances, links from each index to those in its list, by Floyd and Warshall. */
export function distances(lists: Adjacency): number[][] {
  const d = lists.map((list, i) =>
    lists.map((_, j) => (i === j ? 0 : list.includes(j) ? 1 : Number.POSITIVE_INFINITY)),
  )
  for (const [k, over] of d.entries())
    for (const row of d)
      for (let j = 0; j < row.length; j++)
        row[j] = Math.min(row[j] ?? 0, (row[k] ?? 0) + (over[j] ?? 0))
  return d
}
