import { type Graph, reached } from './graph.ts'

/**
 * Who has been in touch with whom without a break since the run began. Devices of one such group
 * must not end with different answers; what was apart for a while may (a partition gives one named
 * result a side).
 */
export interface Ties {
  /** A device stopped or was not there yet: it does not pass anything on. */
  away(index: number): void
  /** From now on nothing crosses between these sides. */
  parted(sides: readonly number[]): void
  wasAway(index: number): boolean
  /** Whether ways lead from each of the two to the other through devices that were never away, over links that were never cut. */
  areTied(a: number, b: number): boolean
}

export function newTies(graph: Graph): Ties {
  const gone = new Set<number>()
  const partitions: (readonly number[])[] = []
  const links = graph.links.filter(({ delivery }) => delivery > 0)
  /** Reachability by start, forgotten when something breaks. */
  let known = new Map<number, boolean[]>()

  const isCut = (from: number, to: number): boolean =>
    partitions.some((sides) => sides[from] !== sides[to])
  const from = (start: number): boolean[] => {
    const found = known.get(start)
    if (found !== undefined) return found
    const out: number[][] = Array.from({ length: graph.size }, () => [])
    for (const link of links) {
      const passes = link.from === start || !gone.has(link.from)
      if (passes && !isCut(link.from, link.to)) out[link.from]?.push(link.to)
    }
    const made = reached(out, start)
    known.set(start, made)
    return made
  }

  return {
    away(index) {
      gone.add(index)
      known = new Map()
    },
    parted(sides) {
      partitions.push(sides)
      known = new Map()
    },
    wasAway: (index) => gone.has(index),
    areTied: (a, b) => from(a)[b] === true && from(b)[a] === true,
  }
}
