import { bytesToHex, hexToBytes } from '../../agent/wire/hash.ts'
import { addressOf, checksumAddress } from '../../agent/wire/signature.ts'
import type { Birth, Device } from './fleet.ts'

/** A device as `fleet ls` and the API show it. */
export interface NodeView {
  readonly node: string
  readonly online: boolean
  /** Unix milliseconds since it is online or offline; 0 where it was not heard since the controller's start. */
  readonly since: number
  /** Why it takes part in nothing, where it does not. */
  readonly refused?: string
  /** Compressed public key, hex, and its address; absent before the first birth. */
  readonly key?: string
  readonly address?: string
  readonly session: number
  readonly incarnation?: number
  readonly labels: Readonly<Record<string, string>>
  readonly sensors: Birth['sensors']
  readonly position?: Birth['position']
  readonly permissions?: Birth['permissions']
  /** Devices that it exchanges with where a job says `neighbors: declared`. */
  readonly neighbors?: Birth['neighbors']
  readonly software?: string
}

export function nodeView(device: Device): NodeView {
  const { birth, key, refused } = device
  return {
    node: device.id,
    online: device.online,
    since: device.since,
    ...(refused === undefined ? {} : { refused }),
    ...(key === undefined ? {} : { key, address: addressText(key) }),
    session: device.session,
    ...(birth ? { incarnation: birth.incarnation } : {}),
    labels: birth?.labels ?? {},
    sensors: birth?.sensors ?? [],
    ...(birth?.position ? { position: birth.position } : {}),
    ...(birth?.permissions ? { permissions: birth.permissions } : {}),
    ...(birth?.neighbors ? { neighbors: birth.neighbors } : {}),
    ...(birth?.software
      ? { software: [birth.software, birth.version].filter(Boolean).join(' ') }
      : {}),
  }
}

/** Addresses by key: a point has to be decompressed for each, which costs a fraction of a millisecond. */
const addresses = new Map<string, string>()

function addressText(key: string): string {
  const known = addresses.get(key)
  if (known !== undefined) return known
  const text = addressIn(key)
  if (addresses.size > 65_536) addresses.clear()
  addresses.set(key, text)
  return text
}

/** A key that is no point of the curve has no address; its bytes are shown. */
function addressIn(key: string): string {
  try {
    return checksumAddress(addressOf(hexToBytes(key)))
  } catch {
    return `0x${bytesToHex(hexToBytes(key)).slice(2, 42)} (no valid key)`
  }
}
