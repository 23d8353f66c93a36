import { Encoder, type Options } from 'cbor-x/encode' // the build without its native addon: the same on every machine
import { type CborBounds, checkCbor, MESSAGE } from './cborCheck.ts'
import { HypernetError } from './errors.ts'

/** What CBOR of this protocol can hold. Maps have unsigned integer keys. */
export type CborValue =
  | number
  | boolean
  | string
  | Uint8Array
  | Float64Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>

// The options that give portable bytes; cbor-x's own defaults write record tags, 16-bit map
// headers, tag 64 on bytes and tag 259 on maps.
const options = {
  useRecords: false,
  variableMapSize: true,
  tagUint8Array: false,
  useTag259ForMaps: false,
  mapsAsObjects: false,
  int64AsNumber: true,
}
const cbor = new Encoder(options as Options) // its type lacks useTag259ForMaps

/**
 * Deterministic CBOR (RFC 8949 section 4.2.1) of a value. Map keys must stand in ascending order.
 * @returns bytes of their own, not a view of a pool
 * @throws HypernetError `TOO_LARGE` above `bounds.bytes`, `BAD_MESSAGE` for what the profile cannot hold
 */
export function encode(value: CborValue, bounds: CborBounds = MESSAGE): Uint8Array {
  const bytes = new Uint8Array(cbor.encode(isWide(value) ? widened(value) : value))
  if (bytes.length > bounds.bytes)
    throw new HypernetError(
      'TOO_LARGE',
      `${bytes.length} bytes of CBOR, wanted at most ${bounds.bytes}`,
    )
  // The same walk that every receiver takes, so that nothing leaves that nobody would accept.
  checkCbor(bytes, bounds)
  return bytes
}

/**
 * Decodes bytes from a stranger: numbers, booleans, text, byte strings, `Float64Array`, arrays and
 * `Map`s, nothing else. The result shares no memory with `bytes`; its byte strings share one copy
 * of the whole message, so what is kept for long should be copied out with `slice()`.
 * @throws HypernetError `BAD_MESSAGE`
 */
export function decode(bytes: Uint8Array, bounds: CborBounds = MESSAGE): CborValue {
  checkCbor(bytes, bounds)
  try {
    return cbor.decode(new Uint8Array(bytes)) as CborValue // what the walk admits is of this type
  } catch (error) {
    throw new HypernetError('BAD_MESSAGE', 'CBOR that cannot be decoded', error)
  }
}

/** Whether a number beyond 32 bits stands anywhere: cbor-x writes those as floats, BigInt as integers. */
function isWide(value: unknown): boolean {
  if (typeof value === 'number')
    return (value > 0xffffffff || value < -0x100000000) && Number.isSafeInteger(value)
  if (Array.isArray(value)) return value.some(isWide)
  if (value instanceof Map)
    for (const [key, item] of value) if (isWide(key) || isWide(item)) return true
  return false
}

/** A copy with BigInt for every number beyond 32 bits. */
function widened(value: unknown): unknown {
  if (typeof value === 'number') return isWide(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(widened)
  if (value instanceof Map)
    return new Map([...value].map(([key, item]) => [widened(key), widened(item)]))
  return value
}
