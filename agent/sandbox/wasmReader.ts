import { invariant } from '../wire/errors.ts'

/** Reads the binary format of WebAssembly (core specification 2.0, chapter 5), and copies what it passed. */
export class WasmReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get isAtEnd(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    const byte = this.bytes[this.at++]
    invariant(
      byte !== undefined && this.at <= this.end,
      'WebAssembly code ends inside of a section',
    )
    return byte
  }

  /** An unsigned integer of at most 32 bits, LEB128. */
  unsigned(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 128) return value
    }
  }

  /** Passes an integer of any kind, LEB128. */
  passInteger(): void {
    while (this.byte() >= 128);
  }

  /** The next n bytes. */
  take(n: number): Uint8Array {
    invariant(this.at + n <= this.end, 'WebAssembly code ends inside of a section')
    this.at += n
    return this.bytes.subarray(this.at - n, this.at)
  }
}

/** An unsigned integer as LEB128. */
export function unsignedBytes(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

/** A signed 32-bit integer as LEB128. */
export function signedBytes(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

/** Bytes that grow: sections of several hundred kilobytes are put together here. */
export class WasmWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  /** @param room bytes to begin with: a writer that knows them leaves less behind for the collector */
  constructor(room = 1 << 12) {
    this.#bytes = new Uint8Array(room)
  }

  add(bytes: ArrayLike<number>): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(2 * length)
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  /** What was added, shared with this writer. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }
}
