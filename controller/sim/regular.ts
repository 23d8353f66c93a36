import { HypernetError, invariant } from '../../agent/wire/errors.ts'
import type { Dice } from './random.ts'

/**
 * A random graph in which every device has `degree` neighbors: a union of random Hamiltonian cycles,
 * and one perfect matching where `degree` is odd. Beyond half of all pairs it is the complement of
 * a sparser one, and complete where there are not enough devices.
 * @returns pairs of devices, each once
 * @throws HypernetError `BAD_GRAPH` when devices and degree are both odd
 */
export function regularPairs(size: number, degree: number, random: Dice): [number, number][] {
  if (size <= degree + 1) return complement(size, new Set())
  if (size % 2 === 1 && degree % 2 === 1)
    throw new HypernetError(
      'BAD_GRAPH',
      `${size} devices cannot have ${degree} neighbors each: one of the two numbers must be even`,
    )
  if (degree < 2)
    throw new HypernetError('BAD_GRAPH', `regular wants at least 2 neighbors, found ${degree}`)
  if (2 * degree > size - 1) return complement(size, union(size, size - 1 - degree, random))
  return [...union(size, degree, random)].map((key) => [Math.floor(key / size), key % size])
}

function complement(size: number, keys: ReadonlySet<number>): [number, number][] {
  const pairs: [number, number][] = []
  for (let a = 0; a < size; a++)
    for (let b = a + 1; b < size; b++) if (!keys.has(a * size + b)) pairs.push([a, b])
  return pairs
}

function union(size: number, degree: number, random: Dice): Set<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const keys = new Set<number>()
    let placed = 0
    while (placed < degree >> 1 && addCycle(size, keys, random)) placed++
    if (placed < degree >> 1) continue
    if (degree % 2 === 1 && !addMatching(size, keys, random)) continue
    return keys
  }
  throw new HypernetError('INVARIANT', `no ${degree}-regular graph of ${size} devices was found`)
}

/**
 * Adds one Hamiltonian cycle that shares no pair with `keys`. A cycle with clashes is mended by
 * reversing random stretches, keeping a change that does not add clashes.
 */
function addCycle(size: number, keys: Set<number>, random: Dice): boolean {
  const order = random.shuffle(Array.from({ length: size }, (_, i) => i))
  const at = (i: number): number => order[(i + size) % size] as number
  const clash = (a: number, b: number): number => (keys.has(keyOf(a, b, size)) ? 1 : 0)
  const limit = 200 * size
  let first = 0
  for (let step = 0; step < limit; step++) {
    // A clash that remains; the search goes on from the last one found.
    let scanned = 0
    while (scanned < size && !clash(at(first), at(first + 1))) {
      first = (first + 1) % size
      scanned++
    }
    if (scanned === size) {
      for (let i = 0; i < size; i++) keys.add(keyOf(at(i), at(i + 1), size))
      return true
    }
    const second = random.below(size)
    const [a, b, c, d] = [at(first), at(first + 1), at(second), at(second + 1)]
    if (a === c || b === c || a === d) continue
    if (clash(a, c) + clash(b, d) > clash(a, b) + clash(c, d)) continue
    reverse(order, (first + 1) % size, second)
  }
  return false
}

function addMatching(size: number, keys: Set<number>, random: Dice): boolean {
  const order = random.shuffle(Array.from({ length: size }, (_, i) => i))
  for (let step = 0; step < 200 * size; step++) {
    let first = -1
    for (let i = 0; i < size && first < 0; i += 2)
      if (keys.has(keyOf(order[i] as number, order[i + 1] as number, size))) first = i
    if (first < 0) {
      for (let i = 0; i < size; i += 2)
        keys.add(keyOf(order[i] as number, order[i + 1] as number, size))
      return true
    }
    const other = random.below(size)
    const held = order[first] as number
    order[first] = order[other] as number
    order[other] = held
  }
  return false
}

/** Reverses the stretch from `from` to `to`, both included, around the end of the array. */
function reverse(order: number[], from: number, to: number): void {
  const size = order.length
  const length = ((to - from + size) % size) + 1
  for (let k = 0; k < length >> 1; k++) {
    const i = (from + k) % size
    const j = (to - k + size) % size
    const held = order[i] as number
    order[i] = order[j] as number
    order[j] = held
  }
}

function keyOf(a: number, b: number, size: number): number {
  invariant(a !== b, 'a pair joins two devices')
  return a < b ? a * size + b : b * size + a
}
