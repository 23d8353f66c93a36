import { WORST_LOSS } from '../../agent/consensus/agreement/silence.ts'
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

/** Whether agents provide for a link that loses so much; a worse one they take for dead sooner or later. */
export const isAudible = (delivery: number, loss: number): boolean =>
  delivery > 0 && 1 - delivery * (1 - loss) <= WORST_LOSS + 1e-9

/** @param loss of the whole network, on top of what a link loses */
export function newTies(graph: Graph, loss = 0): Ties {
  const gone = new Set<number>()
  const partitions: (readonly number[])[] = []
  const links = graph.links.filter(({ delivery }) => isAudible(delivery, loss))
  /** What was worked out is forgotten when something breaks. */
  let groups: Int32Array | undefined
  let known = new Map<number, boolean[]>()
  const forget = (): void => {
    groups = undefined
    known = new Map()
  }

  const isCut = (from: number, to: number): boolean =>
    partitions.some((sides) => sides[from] !== sides[to])
  /** Out-links where those who are gone pass on nothing, but for one that begins. */
  const waysFrom = (start: number | undefined): number[][] => {
    const out: number[][] = Array.from({ length: graph.size }, () => [])
    for (const { from, to } of links)
      if ((from === start || !gone.has(from)) && !isCut(from, to)) out[from]?.push(to)
    return out
  }
  const from = (start: number): boolean[] => {
    const found = known.get(start)
    if (found !== undefined) return found
    const made = reached(waysFrom(start), start)
    known.set(start, made)
    return made
  }

  return {
    away(index) {
      if (gone.has(index)) return
      gone.add(index)
      forget()
    },
    parted(sides) {
      partitions.push(sides)
      forget()
    },
    wasAway: (index) => gone.has(index),
    areTied(a, b) {
      if (gone.has(a) || gone.has(b)) return from(a)[b] === true && from(b)[a] === true
      groups ??= groupsOf(waysFrom(undefined))
      return groups[a] === groups[b]
    },
  }
}

/** Numbers the sets of devices that can all reach each other, by a search forward and one back from each set. */
function groupsOf(out: readonly (readonly number[])[]): Int32Array {
  const back: number[][] = out.map(() => [])
  out.forEach((list, at) => {
    for (const to of list) back[to]?.push(at)
  })
  const groups = new Int32Array(out.length).fill(-1)
  for (let start = 0; start < out.length; start++) {
    if (groups[start] !== -1) continue
    const [there, here] = [reached(out, start), reached(back, start)]
    for (let i = 0; i < out.length; i++) if (there[i] && here[i]) groups[i] = start
  }
  return groups
}
