import { type Adjacency, reversed } from './overlay.ts'

/** Rounds that news takes from the worst placed device to the one farthest from it, when nothing is lost. */
export interface Diameter {
  readonly least: number
  /** The same as `least` where the diameter is known. Both are infinite where some device cannot reach some other. */
  readonly most: number
}

/** Up to so many devices the ways from each one are counted; beyond, from a few. */
export const EXACT_DIAMETER = 2000
/** Devices beyond EXACT_DIAMETER whose distances are counted. */
const SOUNDINGS = 16

/**
 * The longest of the shortest ways, over all ordered pairs of devices; links may be one-way.
 * Beyond EXACT_DIAMETER devices these are bounds: a way is as long as its device is far from the
 * others, and none is longer than over some device and on from there. The devices asked are found by going
 * to the far end again and again (Magnien, Latapy, Habib, ACM J. Exp. Algorithmics 13, 2009).
 * Cost: a search of the graph for each device asked.
 */
export function diameterOf(hears: Adjacency): Diameter {
  const size = hears.length
  if (size < 2) return { least: 0, most: 0 }
  const heardBy = reversed(hears)
  const first = [farthest(hears, 0), farthest(heardBy, 0)]
  if (first.some(({ distance }) => distance === Number.POSITIVE_INFINITY))
    return { least: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY }
  if (size > EXACT_DIAMETER) return bounds(hears, heardBy)
  let most = 0
  for (let i = 0; i < size; i++) most = Math.max(most, farthest(hears, i).distance)
  return { least: most, most }
}

function bounds(hears: Adjacency, heardBy: Adjacency): Diameter {
  let least = 0
  let most = Number.POSITIVE_INFINITY
  let at = 0
  for (let sounding = 0; sounding < SOUNDINGS; sounding++) {
    const from = farthest(hears, at)
    const to = farthest(heardBy, at)
    least = Math.max(least, from.distance, to.distance)
    most = Math.min(most, from.distance + to.distance)
    // The ends are far out, which serves the lower bound; half way between them serves the upper one.
    at = sounding % 2 === 0 ? from.last : from.half
  }
  return { least, most }
}

interface Farthest {
  /** Links to the farthest device; infinite where some is not reached. */
  readonly distance: number
  /** The farthest device, and the one half way to it. */
  readonly last: number
  readonly half: number
}

/** Breadth-first search over the lists; ends as soon as all are reached. */
function farthest(lists: Adjacency, start: number): Farthest {
  const cameFrom = new Int32Array(lists.length).fill(-1)
  const order = new Uint32Array(lists.length)
  cameFrom[start] = start
  order[0] = start
  let found = 1
  for (let k = 0; k < found && found < lists.length; k++) {
    const i = order[k] ?? 0
    for (const j of lists[i] ?? []) {
      if (cameFrom[j] !== -1) continue
      cameFrom[j] = i
      order[found++] = j
    }
  }
  const last = order[found - 1] ?? start
  const way = [last]
  for (let at = last; at !== start; way.push(at)) at = cameFrom[at] ?? start
  return {
    distance: found < lists.length ? Number.POSITIVE_INFINITY : way.length - 1,
    last,
    half: way[way.length >> 1] ?? start,
  }
}
