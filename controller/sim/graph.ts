import { HypernetError } from '../../agent/wire/errors.ts'

/** Who hears whom: devices are numbered from 0, links are directed. */
export interface Graph {
  readonly size: number
  /** Ascending by `from`, then `to`; no link twice, none to itself. */
  readonly links: readonly Link[]
  /** Where the devices stand, in the unit square, for graphs that place them. */
  readonly positions?: readonly Position[]
}
export interface Link {
  readonly from: number
  readonly to: number
  /** Chance in 0..1 that one message arrives. */
  readonly delivery: number
}
export interface Position {
  readonly x: number
  readonly y: number
}

/** Most links of a graph: what fits in memory with room for the agents. */
export const MOST_LINKS = 2_000_000

/** A graph of two-way links with certain delivery; pairs may repeat. */
export function graphOf(
  size: number,
  pairs: readonly (readonly [number, number])[],
  positions?: readonly Position[],
): Graph {
  const seen = new Set<number>()
  for (const [a, b] of pairs) {
    if (a === b) continue
    seen.add(a * size + b)
    seen.add(b * size + a)
  }
  const keys = Float64Array.from(seen).sort()
  const links = Array.from(keys, (key) => ({
    from: Math.floor(key / size),
    to: key % size,
    delivery: 1,
  }))
  return positions === undefined ? { size, links } : { size, links, positions }
}

/** The devices that each device sends to. */
export function outNeighbors(graph: Graph): number[][] {
  const out: number[][] = Array.from({ length: graph.size }, () => [])
  for (const { from, to } of graph.links) out[from]?.push(to)
  return out
}

/**
 * Checks that a message can get from each device to each other.
 * @throws HypernetError `BAD_GRAPH` naming two devices without a way
 */
export function checkConnected(graph: Graph): Graph {
  const forward = reached(outNeighbors(graph), 0)
  const lost = forward.indexOf(false)
  if (lost >= 0) throw apart(0, lost)
  const back: number[][] = Array.from({ length: graph.size }, () => [])
  for (const { from, to } of graph.links) back[to]?.push(from)
  const mute = reached(back, 0).indexOf(false)
  if (mute >= 0) throw apart(mute, 0)
  return graph
}

const apart = (from: number, to: number) =>
  new HypernetError(
    'BAD_GRAPH',
    `no way leads from device ${from} to device ${to}; every device must reach every other, so add links`,
  )

/** Which devices can be reached from `start`. */
export function reached(out: readonly (readonly number[])[], start: number): boolean[] {
  const seen = new Array<boolean>(out.length).fill(false)
  seen[start] = true
  const open = [start]
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const next of out[at] ?? [])
      if (!seen[next]) {
        seen[next] = true
        open.push(next)
      }
  return seen
}
