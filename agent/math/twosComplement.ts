import { bitLength } from './dyadic.ts'

/** Bytes that hold a number of so many bits beside its sign: at least 1. */
export const bytesFor = (bits: number): number => Math.ceil((1 + bits) / 8)

/** Writes the two's complement of `value`, little endian, `width` bytes from `offset`, sign-extended. */
export function writeInteger(
  bytes: Uint8Array,
  offset: number,
  width: number,
  value: bigint,
): void {
  let rest = value
  let at = offset
  for (let left = width; left > 0; left -= 4) {
    let word = Number(BigInt.asUintN(32, rest))
    rest >>= 32n
    for (let k = Math.min(4, left); k > 0; k--) {
      bytes[at++] = word & 0xff
      word >>>= 8
    }
  }
}

/** Reads what `writeInteger` wrote. */
export function readInteger(bytes: Uint8Array, offset: number, width: number): bigint {
  let value = 0n
  for (let end = offset + width; end > offset; end -= 4) {
    const start = Math.max(offset, end - 4)
    let word = 0
    for (let k = end - 1; k >= start; k--) word = word * 256 + (bytes[k] ?? 0)
    value = (value << BigInt(8 * (end - start))) | BigInt(word)
  }
  return BigInt.asIntN(8 * width, value)
}

/** Integers one after the other, each in as many bytes as the longest of them needs. */
export function packIntegers(integers: readonly bigint[]): Uint8Array {
  const width = integers.reduce((most, m) => Math.max(most, bytesFor(bitLength(m))), 1)
  const bytes = new Uint8Array(width * integers.length)
  integers.forEach((integer, k) => {
    writeInteger(bytes, width * k, width, integer)
  })
  return bytes
}

/** Reads `count` integers as `packIntegers` wrote them; `undefined` where the bytes do not divide so. */
export function unpackIntegers(bytes: Uint8Array, count: number): bigint[] | undefined {
  const width = bytes.length / count
  if (width < 1 || !Number.isInteger(width)) return undefined
  return Array.from({ length: count }, (_, k) => readInteger(bytes, width * k, width))
}
