import { domainDigest, utf8ToBytes } from '../../agent/wire/hash.ts'

/**
 * A seeded stream of random numbers: xoshiro128** 1.1 of Blackman and Vigna
 * (https://prng.di.unimi.it/xoshiro128starstar.c). Not for keys of anything that matters.
 */
export interface RandomStream {
  /** Uniform integer in 0..2^32-1. */
  word(): number
  /** Uniform in [0, 1), a multiple of 2^-32. */
  fraction(): number
  /** Uniform integer in 0..below-1; `below` at most 2^32. */
  below(below: number): number
  /** True with this probability; draws nothing where it is 0 or at least 1. */
  chance(probability: number): boolean
  /** Puts the items in random order, in place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[]
}

/** Gives the independent streams of one seed, each by its name: a new stream moves no other. */
export const streams =
  (seed: number) =>
  (name: string): RandomStream =>
    randomStream(domainDigest('hypernet-simulator', utf8ToBytes(`${seed}/${name}`)))

/** A stream from at least 16 bytes, little endian words. All zero is replaced: that state never leaves zero. */
export function randomStream(state: Uint8Array): RandomStream {
  const view = new DataView(state.buffer, state.byteOffset, state.byteLength)
  let a = view.getUint32(0, true)
  let b = view.getUint32(4, true)
  let c = view.getUint32(8, true)
  let d = view.getUint32(12, true)
  if ((a | b | c | d) === 0) d = 1

  const word = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result
  }
  const fraction = (): number => word() / 0x1_0000_0000
  // The bias of multiplying instead of rejecting is below 2^-32 per value: no test here can see it.
  const below = (limit: number): number => Math.floor(fraction() * limit)
  const chance = (probability: number): boolean =>
    probability > 0 && (probability >= 1 || fraction() < probability)
  const shuffle = <T>(items: T[]): T[] => {
    for (let i = items.length - 1; i > 0; i--) {
      const j = below(i + 1)
      const held = items[i] as T // i and j are inside the array
      items[i] = items[j] as T
      items[j] = held
    }
    return items
  }
  return { word, fraction, below, chance, shuffle }
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits))
