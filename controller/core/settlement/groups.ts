import { hexOf, keccak } from '../../../agent/wire/hash.ts'
import { WORD } from '../../../agent/wire/typedData.ts'

/** Draws from one hash, 32 bits each. */
const DRAWS = 8

/**
 * The replica group of each seller, in the order in which they joined, as the contract deals them
 * (contracts/src/Groups.sol): a shuffle (Fisher & Yates) seeded by the hash of a block after the last join.
 * @param seed 32 bytes
 */
export function dealGroups(seed: Uint8Array, sellers: number, replicas: number): number[] {
  const groups = Array.from({ length: sellers }, (_, i) => Math.floor(i / replicas))
  let bits = 0n
  for (let left = sellers; left > 1; left--) {
    if ((sellers - left) % DRAWS === 0) {
      const count = new Uint8Array(WORD)
      new DataView(count.buffer).setUint32(WORD - 4, left)
      bits = BigInt(hexOf(keccak(seed, count)))
    }
    const other = Number(bits & 0xffffffffn) % left
    bits >>= 32n
    const [a = 0, b = 0] = [groups[left - 1], groups[other]]
    groups[left - 1] = b
    groups[other] = a
  }
  return groups
}
