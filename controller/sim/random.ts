import { randomStream as seededStream } from '../../agent/math/random.ts'
import { domainDigest, utf8ToBytes } from '../../agent/wire/hash.ts'

/** A seeded stream of random numbers. Not for keys of anything that matters. */
export interface Dice {
  /** Uniform integer in 0..2^32-1. */
  word(): number
  /** Uniform in [0, 1), a multiple of 2^-32. */
  fraction(): number
  /** Uniform integer in 0..below-1; `below` at most 2^32. */
  below(below: number): number
  /** True with this probability; draws nothing where it is 0 or at least 1. */
  chance(probability: number): boolean
  /** One of the items. */
  pick<T>(items: readonly T[]): T
  /** Puts the items in random order, in place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[]
}

/** Gives the independent streams of one seed, each by its name: a new stream moves no other. */
export const streams =
  (seed: number) =>
  (name: string): Dice => {
    const hash = domainDigest('hypernet-simulator', utf8ToBytes(`${seed}/${name}`))
    return newDice(new DataView(hash.buffer, hash.byteOffset).getUint32(0))
  }

/** The stream of one 32-bit number. */
export function newDice(seed: number): Dice {
  const { next, fraction, below } = seededStream(seed)
  return {
    word: next,
    fraction,
    below,
    chance: (probability) => probability > 0 && (probability >= 1 || fraction() < probability),
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T, // a caller has items to pick from
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1)
        const held = items[i] as (typeof items)[number] // i and j are inside the array
        items[i] = items[j] as (typeof items)[number]
        items[j] = held
      }
      return items
    },
  }
}
