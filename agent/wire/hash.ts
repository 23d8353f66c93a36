import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

export { bytesToHex, concatBytes, hexToBytes, utf8ToBytes }

/** Bytes as contracts and RPC nodes write them: 0x and lower-case hexadecimal. */
export const hexOf = (bytes: Uint8Array): `0x${string}` => `0x${bytesToHex(bytes)}`

/** The inverse of `hexOf`; upper case is taken, too. */
export const bytesOf = (hex: string): Uint8Array => hexToBytes(hex.slice(2))

/** SHA-256 (FIPS 180-4) of the parts in order. */
export const digest = (...parts: readonly Uint8Array[]): Uint8Array => sha256(concatBytes(...parts))

/** keccak256 of the parts one after the other, as contracts hash. */
export const keccak = (...parts: readonly Uint8Array[]): Uint8Array =>
  keccak_256(concatBytes(...parts))

/** SHA-256 of a domain-separated byte string: the domain in UTF-8, a zero byte, the parts. */
export const domainDigest = (domain: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  digest(utf8ToBytes(domain), new Uint8Array(1), ...parts)

/** A number as 8 bytes, big endian, to be hashed. @param value a whole number, 0 to 2^53 */
export function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
