import { secp256k1 } from '@noble/curves/secp256k1.js'
import { HypernetError } from './errors.ts'
import { hexToBytes, keccak, utf8ToBytes } from './hash.ts'

/**
 * EIP-712 typed data of flat structs, and compact signatures (EIP-2098), with what a device carries anyway.
 * Values: addresses as 20 bytes, words as 32 bytes, unsigned integers as bigint.
 */

/** A field's type: each takes one word of 32 bytes when it is hashed. */
export type FieldType = 'address' | 'bytes32' | `uint${8 | 16 | 32 | 40 | 64 | 88 | 96 | 256}`
/** The fields of a struct in their order. */
export type StructType = Readonly<Record<string, FieldType>>
export type StructValue<T extends StructType> = {
  readonly [Name in keyof T]: T[Name] extends `uint${string}` ? bigint : Uint8Array
}

/** Length of a compact signature, of a key's address, and of a hash, in bytes. */
export const COMPACT = 64
export const ADDRESS = 20
export const WORD = 32

const text = (value: string): Uint8Array => keccak(utf8ToBytes(value))

/** `Name(type field,...)`, as EIP-712 hashes it. */
export const encodeType = (name: string, type: StructType): string =>
  `${name}(${Object.entries(type)
    .map(([field, of]) => `${of} ${field}`)
    .join(',')})`

/** `hashStruct` of EIP-712, 32 bytes. @throws HypernetError `INVARIANT` for a value that is not of its type */
export function hashStruct<T extends StructType>(
  name: string,
  type: T,
  value: StructValue<T>,
): Uint8Array {
  const words = Object.entries(type).map(([field, of]) =>
    wordOf(of, value[field] as bigint | Uint8Array, `${name}.${field}`),
  )
  return keccak(text(encodeType(name, type)), ...words)
}

/** The digest that is signed: `0x1901`, the domain's separator, the struct's hash. */
export const typedDigest = (separator: Uint8Array, struct: Uint8Array): Uint8Array =>
  keccak(hexToBytes('1901'), separator, struct)

/** `hashStruct` of an EIP-712 domain of name, version, chain id and contract. */
export const domainSeparator = (
  name: string,
  version: string,
  chainId: bigint,
  contract: Uint8Array,
): Uint8Array =>
  keccak(
    text('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
    text(name),
    text(version),
    wordOf('uint256', chainId, 'chainId'),
    wordOf('address', contract, 'verifyingContract'),
  )

/**
 * Signs a digest with low s, nonce by RFC 6979, so that the same digest always gives the same bytes.
 * @returns r and s of 32 bytes each, the parity of y in the top bit of s (EIP-2098)
 */
export function signCompact(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const [parity = 0, ...rs] = secp256k1.sign(digest, privateKey, {
    prehash: false,
    format: 'recovered',
    lowS: true,
  })
  const compact = Uint8Array.from(rs)
  compact[WORD] = (compact[WORD] ?? 0) | (parity << 7)
  return compact
}

/** Address of who signed a digest; nothing where nobody did, or where s is in the upper half (EIP-2). */
export function signerOf(digest: Uint8Array, compact: Uint8Array): Uint8Array | undefined {
  if (compact.length !== COMPACT) return undefined
  const top = compact[WORD] ?? 0
  const rs = Uint8Array.from(compact)
  rs[WORD] = top & 0x7f
  try {
    const signature = secp256k1.Signature.fromBytes(rs, 'compact').addRecoveryBit(top >> 7)
    if (signature.hasHighS()) return undefined
    const point = signature.recoverPublicKey(digest).toBytes(false)
    return keccak(point.subarray(1)).slice(-ADDRESS)
  } catch {
    // No numbers of the curve's order, or no point with this r: no key made it.
    return undefined
  }
}

/** What is shown of a signature before it: keccak256 of its 64 bytes. */
export const commitmentOf = (compact: Uint8Array): Uint8Array => keccak(compact)

/** One word of 32 bytes, big endian. @param what names the value in the error */
export function wordOf(type: FieldType, value: bigint | Uint8Array, what: string): Uint8Array {
  if (typeof value === 'bigint') {
    const bits = Number(type.slice('uint'.length))
    if (type.startsWith('uint') && value >= 0n && value < 1n << BigInt(bits))
      return hexToBytes(value.toString(16).padStart(2 * WORD, '0'))
  } else if (value.length === (type === 'address' ? ADDRESS : WORD) && !type.startsWith('uint')) {
    const word = new Uint8Array(WORD)
    word.set(value, WORD - value.length)
    return word
  }
  throw new HypernetError('INVARIANT', `${what} is no ${type}`)
}
