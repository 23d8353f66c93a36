import { HypernetError } from './errors.ts'
import { LIMITS } from './limits.ts'

/** How much CBOR is taken: bytes of the whole, and data items in it (keys and tags count). */
export interface CborBounds {
  readonly bytes: number
  readonly items: number
}
/** Bounds of one message. */
export const MESSAGE: CborBounds = { bytes: LIMITS.message, items: LIMITS.cborItems }
/** Bounds of an object that may have travelled as a blob: an order or a roster. */
export const OBJECT: CborBounds = { bytes: LIMITS.blob, items: LIMITS.blobItems }

/** Tag of a float64 little-endian typed array (RFC 8746 section 2.1), the only one of the profile. */
export const FLOAT64_ARRAY = 86

/**
 * Walks over bytes from a stranger before any decoder sees them and refuses what is outside the
 * CBOR profile (docs/protocol.md): it allocates nothing that the bytes could make large.
 * @throws HypernetError `BAD_MESSAGE` with the offset of the first byte that is wrong
 */
export function checkCbor(bytes: Uint8Array, bounds: CborBounds = MESSAGE): void {
  if (bytes.length > bounds.bytes)
    throw new HypernetError(
      'BAD_MESSAGE',
      `${bytes.length} bytes of CBOR, wanted at most ${bounds.bytes}`,
    )
  const walk = new Walk(bytes, bounds.items)
  walk.item(0)
  if (walk.at !== bytes.length) walk.refuse(walk.at, 'trailing bytes, wanted one data item')
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

class Walk {
  at = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private left: number

  constructor(bytes: Uint8Array, items: number) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.left = items
  }

  /** One data item with all that it holds. `depth` counts the arrays and maps around it. */
  item(depth: number): void {
    const start = this.at
    const first = this.first()
    const major = first >> 5
    if (major === 7) {
      if (first !== 0xf4 && first !== 0xf5)
        this.refuse(start, 'a float or simple value, wanted none but true and false')
      return
    }
    const argument = this.argument(start, first)
    if (major === 1 && argument === Number.MAX_SAFE_INTEGER)
      this.refuse(start, 'an integer below -(2^53-1)')
    if (major === 2) this.skip(start, argument)
    else if (major === 3) this.text(start, argument)
    else if (major === 4) this.array(start, argument, depth + 1)
    else if (major === 5) this.map(start, argument, depth + 1)
    else if (major === 6) this.floats(start, argument)
  }

  refuse(at: number, found: string): never {
    throw new HypernetError('BAD_MESSAGE', `CBOR byte ${at}: ${found}`)
  }

  /** The first byte of the next item. */
  private first(): number {
    if (--this.left < 0) this.refuse(this.at, 'too many data items')
    const byte = this.bytes[this.at]
    if (byte === undefined) this.refuse(this.at, 'the message ends early')
    this.at++
    return byte
  }

  /** The argument of a head, in its shortest form (RFC 8949 section 4.2.1). */
  private argument(start: number, first: number): number {
    const short = first & 31
    if (short < 24) return short
    if (short > 27)
      this.refuse(start, short === 31 ? 'an indefinite length' : 'a reserved length of a head')
    const size = 1 << (short - 24)
    this.skip(start, size)
    const at = start + 1
    if (size === 1) return this.shortest(start, this.bytes[at] as number, 24) // skip() saw it
    if (size === 2) return this.shortest(start, this.view.getUint16(at), 0x100)
    if (size === 4) return this.shortest(start, this.view.getUint32(at), 0x10000)
    const value = this.view.getUint32(at) * 0x100000000 + this.view.getUint32(at + 4)
    if (value > Number.MAX_SAFE_INTEGER) this.refuse(start, 'an integer beyond 2^53-1')
    return this.shortest(start, value, 0x100000000)
  }

  private shortest(start: number, value: number, least: number): number {
    if (value < least) this.refuse(start, `${value} is not in its shortest form`)
    return value
  }

  private skip(start: number, length: number): void {
    if (length > this.bytes.length - this.at)
      this.refuse(start, `${length} bytes announced, ${this.bytes.length - this.at} left`)
    this.at += length
  }

  private text(start: number, length: number): void {
    const from = this.at
    this.skip(start, length)
    for (let i = from; i < this.at; i++) {
      if ((this.bytes[i] as number) < 0x80) continue // i < at, which skip() checked
      const text = this.bytes.subarray(from, this.at)
      // A decoder may drop a byte order mark (cbor-x does above 64 bytes), so none may stand.
      if (text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf)
        this.refuse(from, 'text with a byte order mark')
      try {
        UTF8.decode(text)
      } catch {
        this.refuse(from, 'text that is not UTF-8')
      }
      return
    }
  }

  private open(start: number, count: number, depth: number): void {
    if (depth > LIMITS.cborDepth) this.refuse(start, `deeper than ${LIMITS.cborDepth} levels`)
    // Each item takes a byte, so no length can promise more than what is left.
    const left = this.bytes.length - this.at
    if (count > left) this.refuse(start, `${count} items announced, ${left} bytes left`)
  }

  private array(start: number, count: number, depth: number): void {
    this.open(start, count, depth)
    for (let i = 0; i < count; i++) this.item(depth)
  }

  private map(start: number, count: number, depth: number): void {
    this.open(start, 2 * count, depth)
    let previous = -1
    for (let i = 0; i < count; i++) {
      const at = this.at
      const first = this.first()
      if (first >> 5 !== 0) this.refuse(at, 'a map key that is not an unsigned integer')
      const key = this.argument(at, first)
      if (key <= previous) this.refuse(at, `map key ${key} after ${previous}, wanted ascending`)
      previous = key
      this.item(depth)
    }
  }

  private floats(start: number, tag: number): void {
    if (tag !== FLOAT64_ARRAY) this.refuse(start, `tag ${tag}, wanted none but ${FLOAT64_ARRAY}`)
    const at = this.at
    const first = this.first()
    if (first >> 5 !== 2) this.refuse(at, `tag ${FLOAT64_ARRAY} on what is not a byte string`)
    const length = this.argument(at, first)
    if (length % 8 !== 0) this.refuse(at, `float64 array of ${length} bytes`)
    const from = this.at
    this.skip(at, length)
    for (let i = from; i < this.at; i += 8)
      if (!Number.isFinite(this.view.getFloat64(i, true)))
        this.refuse(i, 'a float that is not finite')
  }
}
