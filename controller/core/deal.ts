import { bytesToHex, digest, utf8ToBytes } from '../../agent/wire/hash.ts'
import type { NodeId } from '../../agent/wire/ids.ts'
import type { Ready } from './roster.ts'

/** Rows of a job in shards, each of which so many devices get. */
export interface DealWish {
  readonly shards: number
  readonly replicas: number
}

/** Devices that work on the shards of a job, and who has which. */
export interface Deal {
  readonly devices: readonly Ready[]
  readonly shardOf: ReadonlyMap<NodeId, number>
}

/**
 * Deals shards to as many devices as they need, by a lot that nobody chose: those with the lowest hashes.
 * @param devices at least `shards * replicas`
 * @param seed of the lot
 */
export function dealOut(
  devices: readonly Ready[],
  { shards, replicas }: DealWish,
  seed: Uint8Array,
): Deal {
  const lots = devices
    .map((device) => ({ device, lot: bytesToHex(digest(seed, utf8ToBytes(device.id))) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, shards * replicas)
  return {
    devices: lots.map(({ device }) => device),
    shardOf: new Map(lots.map(({ device }, i) => [device.id, Math.floor(i / replicas)])),
  }
}
