import { HypernetError } from './errors.ts'

/** A set of roster indices: bit `i & 7` of byte `i >> 3`, least significant first. */
export type Bitset = Uint8Array

export const emptySet = (size: number): Bitset => new Uint8Array((size + 7) >> 3)

export function fullSet(size: number): Bitset {
  const set = emptySet(size).fill(255)
  if (size & 7) set[set.length - 1] = (1 << (size & 7)) - 1
  return set
}

export const has = (set: Bitset, i: number): boolean => ((set[i >> 3] ?? 0) & (1 << (i & 7))) !== 0
export function add(set: Bitset, i: number): void {
  set[i >> 3] = (set[i >> 3] ?? 0) | (1 << (i & 7))
}
export function remove(set: Bitset, i: number): void {
  set[i >> 3] = (set[i >> 3] ?? 0) & ~(1 << (i & 7))
}

/** Adds all of `other` to `set`. @returns whether that changed it */
export function addAll(set: Bitset, other: Bitset): boolean {
  let changed = false
  for (let k = 0; k < set.length; k++) {
    const before = set[k] ?? 0
    const after = before | (other[k] ?? 0)
    if (after !== before) {
      set[k] = after
      changed = true
    }
  }
  return changed
}

// Plain loops: the callbacks of typed arrays take five to ten times as long, and a message asks for many.

export function union(a: Bitset, b: Bitset): Bitset {
  const set = new Uint8Array(a.length)
  for (let k = 0; k < set.length; k++) set[k] = (a[k] ?? 0) | (b[k] ?? 0)
  return set
}

export function minus(a: Bitset, b: Bitset): Bitset {
  const set = new Uint8Array(a.length)
  for (let k = 0; k < set.length; k++) set[k] = (a[k] ?? 0) & ~(b[k] ?? 0)
  return set
}

export function includesAll(a: Bitset, b: Bitset): boolean {
  for (let k = 0; k < b.length; k++) if ((b[k] ?? 0) & ~(a[k] ?? 0)) return false
  return true
}

export function isEmpty(a: Bitset): boolean {
  for (let k = 0; k < a.length; k++) if (a[k]) return false
  return true
}

/** Members of a set; the bits of each byte are added in parallel (Warren, Hacker's Delight, section 5-1). */
export function count(set: Bitset): number {
  let n = 0
  for (let k = 0; k < set.length; k++) {
    const byte = set[k] ?? 0
    const pairs = byte - ((byte >> 1) & 0x55)
    const fours = (pairs & 0x33) + ((pairs >> 2) & 0x33)
    n += (fours + (fours >> 4)) & 0x0f
  }
  return n
}

/** The indices in the set, ascending. */
export function members(set: Bitset): number[] {
  const out: number[] = []
  for (let k = 0; k < set.length; k++) {
    const byte = set[k] ?? 0
    if (byte) for (let b = 0; b < 8; b++) if (byte & (1 << b)) out.push(k * 8 + b)
  }
  return out
}

export function setOf(size: number, indices: Iterable<number>): Bitset {
  const set = emptySet(size)
  for (const i of indices) add(set, i)
  return set
}

/**
 * Checks a bitset that came from the network.
 * @throws HypernetError `BAD_MESSAGE` when its length is wrong or a bit beyond the roster is set
 */
export function checkedSet(bytes: Uint8Array, size: number): Bitset {
  const tail = size & 7
  if (bytes.length === (size + 7) >> 3 && (!tail || (bytes.at(-1) ?? 0) >> tail === 0)) return bytes
  throw new HypernetError(
    'BAD_MESSAGE',
    `bitset of ${bytes.length} bytes does not fit ${size} devices`,
  )
}
