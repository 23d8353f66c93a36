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
  const bytes = new Uint8Array(cbor.encode(widened(value)))
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

/** cbor-x writes numbers beyond 32 bits as floats, so those go in as BigInt. Copies only then. */
function widened(value: unknown): unknown {
  if (typeof value === 'number') {
    const fits = value <= 0xffffffff && value >= -0x100000000
    return fits || !Number.isSafeInteger(value) ? value : BigInt(value)
  }
  if (Array.isArray(value)) {
    let wide: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const item = widened(value[i])
      if (item !== value[i]) {
        wide ??= [...value]
        wide[i] = item
      }
    }
    return wide ?? value
  }
  if (!(value instanceof Map)) return value
  let wide: Map<unknown, unknown> | undefined
  for (const [key, inner] of value) {
    const item = widened(inner)
    if (item !== inner) {
      wide ??= new Map(value)
      wide.set(key, item) // an existing key keeps its place
    }
  }
  return wide ?? value
}
