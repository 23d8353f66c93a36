import { hexOf, hexToBytes } from '../agent/wire/hash.ts'
import type { NodeId } from '../agent/wire/ids.ts'
import { addressOf } from '../agent/wire/signature.ts'
import type { Fleet } from './core/fleet.ts'

/** Which device has which key: what the chain says is by the addresses of keys. */
export interface PinnedNames {
  /** The key that a device's name is pinned to, 33 bytes. */
  readonly keyOf: (node: NodeId) => Uint8Array | undefined
  /** By address, 0x and lower-case hexadecimal; those that no name is pinned to are left out. */
  readonly nodesOf: (addresses: readonly string[]) => Map<string, NodeId>
}

/** Addresses that are kept in mind: a fleet has fewer keys, also where some were replaced. */
const MOST_KEPT = 16_384

export function pinnedNames({ devices }: Fleet): PinnedNames {
  // To work out one takes a quarter of a millisecond.
  const known = new Map<string, string | undefined>()
  const addressFor = (key: string): string | undefined => {
    if (known.has(key)) return known.get(key)
    if (known.size >= MOST_KEPT) known.clear()
    const address = readAddress(key)
    known.set(key, address)
    return address
  }
  return {
    keyOf(node) {
      const key = devices.get(node)?.key
      return key === undefined ? undefined : hexToBytes(key)
    },
    nodesOf(addresses) {
      const wanted = new Set(addresses)
      const found = new Map<string, NodeId>()
      for (const { id, key } of devices.values()) {
        const address = key === undefined ? undefined : addressFor(key)
        if (address !== undefined && wanted.has(address)) found.set(address, id)
      }
      return found
    },
  }
}

/** A key may be anything that looks like one: who is pinned to such a thing never signs. */
function readAddress(key: string): string | undefined {
  try {
    return hexOf(addressOf(hexToBytes(key)))
  } catch {
    return undefined
  }
}
