import { canonicalBytes, type ExactVector } from '../math/exactVector.ts'
import { bigEndian, bytesToHex, keccak } from '../wire/hash.ts'
import type { Dealt } from './context.ts'

/** What one device puts into a sum. */
export interface Share {
  readonly vector: ExactVector
  readonly rows: number
}

/**
 * Names a share: keccak256 of its rows (8 bytes, big endian) and the canonical bytes of its vector. Equal on
 * two devices exactly when they put the same in; a checkpoint signs it as `share` (wire/market.ts).
 */
export function shareHash(share: Share): Uint8Array {
  let hash = hashes.get(share)
  if (!hash) {
    hash = keccak(bigEndian(share.rows), canonicalBytes(share.vector))
    hashes.set(share, hash)
  }
  return hash
}
const hashes = new WeakMap<Share, Uint8Array>()

/**
 * The share of each shard that counts: the one on which more than half of the devices agree that were given the
 * shard, silent ones counted. A shard without such a share counts for nothing.
 * @param held by index in the roster
 */
export function winners(
  held: readonly { readonly index: number; readonly share: Share | undefined }[],
  { shards, replicas }: Dealt,
): Share[] {
  const votes = new Map<number, Map<string, Share[]>>()
  for (const { index, share } of held) {
    const shard = shards[index]
    if (!share || shard === undefined) continue
    const of = votes.get(shard) ?? new Map<string, Share[]>()
    votes.set(shard, of)
    const name = bytesToHex(shareHash(share))
    of.set(name, [...(of.get(name) ?? []), share])
  }
  return [...votes.values()].flatMap((of) => {
    const agreed = [...of.values()].find((shares) => shares.length * 2 > replicas)
    return agreed?.slice(0, 1) ?? []
  })
}
