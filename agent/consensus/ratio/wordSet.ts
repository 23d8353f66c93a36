import type { Bitset } from '../../wire/bitset.ts'
import { LIMITS } from '../../wire/limits.ts'

/** A bitset whose bytes can also be worked on four at a time: with 10,000 devices a merge takes 300 steps. */
export interface WordSet {
  readonly bytes: Bitset
  readonly words: Uint32Array
}

export function newWordSet(size: number): WordSet {
  const words = new Uint32Array((size + 31) >> 5)
  return { words, bytes: new Uint8Array(words.buffer, 0, (size + 7) >> 3) }
}

/** The same members as a bitset. */
export function wordSetOf(size: number, set: Bitset): WordSet {
  const copy = newWordSet(size)
  copy.bytes.set(set)
  return copy
}

/** What arrives stands at any address within its message, and so is copied to where words are read. */
const arrived = newWordSet(LIMITS.roster)

/** Adds all of a bitset of the same size. @returns whether that changed the set */
export function unite({ bytes, words }: WordSet, other: Bitset): boolean {
  arrived.bytes.set(other)
  const rest = bytes.length & 3
  if (rest) arrived.bytes.fill(0, bytes.length, bytes.length + 4 - rest)
  let fresh = 0
  for (let k = 0; k < words.length; k++) {
    const before = words[k] ?? 0
    const after = before | (arrived.words[k] ?? 0)
    fresh |= before ^ after
    words[k] = after
  }
  return fresh !== 0
}

/** Whether a set holds all of another; the first word that it lacks ends the search. */
export function covers({ words }: WordSet, other: WordSet): boolean {
  for (let k = 0; k < words.length; k++) if ((other.words[k] ?? 0) & ~(words[k] ?? 0)) return false
  return true
}
