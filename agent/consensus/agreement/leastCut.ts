import { type Bitset, has } from '../../wire/bitset.ts'
import type { EpochContext } from '../context.ts'

type Graph = Pick<EpochContext, 'hears' | 'heardBy'>

/**
 * The number of links that all ways from one device to another have in their narrowest place: as many
 * as there are ways without a common link (Menger; found by augmenting paths, Ford and Fulkerson 1956).
 * @param gone devices that pass on nothing
 * @param most the count stops here
 * Cost: `most` searches of the graph.
 */
export function leastCut(
  graph: Graph,
  from: number,
  to: number,
  gone: Bitset,
  most: number,
): number {
  /** Links that a way uses, as from · size + to. */
  const used = new Set<number>()
  for (let ways = 0; ways < most; ways++) if (!augment(graph, from, to, gone, used)) return ways
  return most
}

/** Looks for one more way, which may take back links of earlier ones. @returns whether there is one */
function augment(
  { hears, heardBy }: Graph,
  from: number,
  to: number,
  gone: Bitset,
  used: Set<number>,
): boolean {
  const size = hears.length
  const cameFrom = new Map<number, number>([[from, from]])
  const open = [from]
  for (const at of open) {
    const forward = (heardBy[at] ?? []).filter((next) => !used.has(at * size + next))
    const back = (hears[at] ?? []).filter((next) => used.has(next * size + at))
    for (const next of [...forward, ...back]) {
      if (cameFrom.has(next) || (next !== to && has(gone, next))) continue
      cameFrom.set(next, at)
      if (next === to) {
        take(cameFrom, from, to, size, used)
        return true
      }
      open.push(next)
    }
  }
  return false
}

function take(
  cameFrom: ReadonlyMap<number, number>,
  from: number,
  to: number,
  size: number,
  used: Set<number>,
): void {
  for (let at = to; at !== from; ) {
    const before = cameFrom.get(at) ?? from
    // Going back along a link that a way uses takes it out of that way.
    if (!used.delete(at * size + before)) used.add(before * size + at)
    at = before
  }
}
