import { bytesToHex, hexOf, hexToBytes, keccak } from '../../../../agent/wire/hash.ts'
import type { Address } from './speech.ts'

/** How many blocks back a chain remembers hashes (EIP-2935). */
export const MEMORY = 8191
/** Draws of 32 bits that one hash gives. */
const DRAWS = 8

const word = (hex: string): Uint8Array => hexToBytes(hex.replace(/^0x/, '').padStart(64, '0'))

/** What a job's shuffle starts from. */
export const seedOf = (lot: string, job: Address): Address => hexOf(keccak(word(lot), word(job)))

/**
 * The group of each place: sellers in groups one after the other, then shuffled from the last place down, each place
 * trading with one that is not above it.
 * @param lot hash of the block that decides
 */
export function groupsByLot(lot: string, job: Address, sellers: number, size: number): number[] {
  const seed = word(seedOf(lot, job))
  const groups = Array.from({ length: sellers }, (_, place) => Math.floor(place / size))
  let bits = ''
  for (let drawn = 0; drawn < sellers - 1; drawn++) {
    const left = sellers - drawn
    if (drawn % DRAWS === 0) bits = bytesToHex(keccak(seed, word(left.toString(16))))
    // The lowest 32 bits that were not used yet.
    const used = drawn % DRAWS
    const draw = Number.parseInt(bits.slice(56 - 8 * used, 64 - 8 * used), 16)
    const [last, other] = [left - 1, draw % left]
    const [a = 0, b = 0] = [groups[last], groups[other]]
    groups[last] = b
    groups[other] = a
  }
  return groups
}
