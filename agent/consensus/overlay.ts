import { type RandomStream, randomStream } from '../math/random.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Roster } from '../wire/messages.ts'

/** For each index of a roster the indices, ascending. */
export type Adjacency = readonly (readonly number[])[]

/** Degree of the random overlay where the graph is free; at most this many others: everyone hears everyone. */
export const DEGREE = 8

/** Overlays are pure functions of what a roster says, asked for again with each epoch. */
const remembered = new Map<string, Adjacency>()
const REMEMBERED = 16

/**
 * Whom each device of a roster hears (its in-neighbors): the declared links with the long ones beside
 * them, or the random regular graph that degree and seed determine.
 * @throws HypernetError `BAD_GRAPH` when declared links name a device that is not in the roster
 */
export function neighborsOf(roster: Roster): Adjacency {
  const size = roster.members.length
  if (roster.links) {
    const { longLinks = 0, seed = 0 } = roster
    return withLongLinks(declared(size, roster.links), longLinks, seed)
  }
  const degree = roster.degree ?? DEGREE
  const name = `${size}/${degree}/${roster.seed ?? 0}`
  const known = remembered.get(name)
  if (known) return known
  const made = regular(size, degree, roster.seed ?? 0)
  if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value ?? '')
  remembered.set(name, made)
  return made
}

/** Turns "whom each hears" into "by whom each is heard". */
export function reversed(hears: Adjacency): Adjacency {
  const out: number[][] = hears.map(() => [])
  hears.forEach((from, to) => {
    for (const i of from) out[i]?.push(to)
  })
  return out
}

/**
 * A random `degree`-regular connected simple graph: a ring lattice whose links are swapped in pairs at random,
 * which keeps every degree (Viger & Latapy 2005 use the same Markov chain). Complete where size <= degree + 1.
 * @param degree even, at least 2
 */
export function regular(size: number, degree: number, seed: number): Adjacency {
  if (size <= degree + 1) {
    return Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => j).filter((j) => j !== i),
    )
  }
  const half = degree >> 1
  if (half < 1) {
    throw new HypernetError('BAD_GRAPH', `the overlay's degree is ${degree}, wanted 2 or more`)
  }
  const random = randomStream(seed)
  const ends: [number, number][] = []
  const linked = Array.from({ length: size }, () => new Set<number>())
  for (let i = 0; i < size; i++) {
    for (let k = 1; k <= half; k++) {
      const j = (i + k) % size
      ends.push([i, j])
      linked[i]?.add(j)
      linked[j]?.add(i)
    }
  }
  do {
    for (let swaps = 10 * ends.length; swaps > 0; swaps--) swap(ends, linked, random)
  } while (!isConnected(linked))
  return linked.map((set) => [...set].sort((a, b) => a - b))
}

/** Replaces links a-b and c-d by a-d and c-b, unless that would make a loop or a double link. */
function swap(ends: [number, number][], linked: Set<number>[], random: RandomStream): void {
  const one = ends[random.below(ends.length)]
  const two = ends[random.below(ends.length)]
  if (!one || !two || one === two) return
  const [a, b] = one
  const [c, d] = random.below(2) ? two : [two[1], two[0]]
  const ofA = linked[a]
  const ofB = linked[b]
  const ofC = linked[c]
  const ofD = linked[d]
  if (!ofA || !ofB || !ofC || !ofD) return
  if (a === d || c === b || ofA.has(d) || ofC.has(b)) return
  ofA.delete(b)
  ofB.delete(a)
  ofC.delete(d)
  ofD.delete(c)
  ofA.add(d)
  ofD.add(a)
  ofC.add(b)
  ofB.add(c)
  one[1] = d
  two[0] = c
  two[1] = b
}

function isConnected(linked: readonly ReadonlySet<number>[]): boolean {
  const seen = new Set([0])
  const open = [0]
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    for (const j of linked[i] ?? []) {
      if (!seen.has(j)) {
        seen.add(j)
        open.push(j)
      }
    }
  }
  return seen.size === linked.length
}

function declared(size: number, links: readonly number[]): Adjacency {
  const hears: Set<number>[] = Array.from({ length: size }, () => new Set())
  for (let k = 0; k + 1 < links.length; k += 2) {
    const [from, to] = [links[k] ?? 0, links[k + 1] ?? 0]
    if (from >= size || to >= size) {
      throw new HypernetError(
        'BAD_GRAPH',
        `link ${from} to ${to} names a device beyond the roster of ${size}`,
      )
    }
    if (from !== to) hears[to]?.add(from)
  }
  return hears.map((set) => [...set].sort((a, b) => a - b))
}

/**
 * Adds to each device of a graph `count` links to random others that it has none to yet, both ways, or to
 * all others where there are no more. One or two a device turn a graph of any diameter into one of
 * about log N (Newman & Watts, Phys. Rev. E 60, 1999; Bollobás & Chung, SIAM J. Discrete Math. 1, 1988).
 */
export function withLongLinks(hears: Adjacency, count: number, seed: number): Adjacency {
  if (count === 0) return hears
  const size = hears.length
  const random = randomStream(seed)
  const sets = hears.map((list) => new Set(list))
  const isLinked = (i: number, j: number) => !!sets[i]?.has(j) && !!sets[j]?.has(i)
  const fullyLinked = (i: number): boolean => {
    const set = sets[i]
    return set?.size === size - 1 && [...set].every((j) => sets[j]?.has(i))
  }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < count && !fullyLinked(i); k++) {
      let j = random.below(size)
      while (j === i || isLinked(i, j)) j = random.below(size)
      sets[i]?.add(j)
      sets[j]?.add(i)
    }
  }
  return sets.map((set) => [...set].sort((a, b) => a - b))
}
