import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { encode } from './cbor.ts'
import { HypernetError } from './errors.ts'
import { bytesToHex, equalBytes, hexToBytes, utf8ToBytes } from './hash.ts'
import { LIMITS } from './limits.ts'
import { PROTOCOL } from './version.ts'

/** What a signature is for. It is part of the signed bytes, so one kind never passes for another. */
export type Purpose = 'order' | 'roster' | 'contribution' | 'statement' | 'seal'

/** Protected header of COSE: `{1: -47}`, the algorithm ES256K (RFC 8812 section 3.2). */
const PROTECTED = hexToBytes('a101382e')
/** Length of a signature: r and s, 32 bytes each, big endian. */
export const SIGNATURE = 64

/** `external_aad` of a purpose, in UTF-8. */
export const domainOf = (purpose: Purpose): string => `hypernet/${PROTOCOL}/${purpose}`

// The payload may be an object as large as a blob; what COSE puts around it is small.
const BOUNDS = { bytes: LIMITS.blob + 256, items: 16 }
/** `84 44 a101382e a0`: an array of four, the protected header, an empty map. */
const START = hexToBytes('8444a101382ea0')
/** `58 40`: a byte string of 64. */
const END = hexToBytes('5840')

/** The bytes that are signed: the Sig_structure of COSE_Sign1 (RFC 9052 section 4.4). */
export const signedBytes = (purpose: Purpose, payload: Uint8Array): Uint8Array =>
  encode(['Signature1', PROTECTED, utf8ToBytes(domainOf(purpose)), payload], BOUNDS)

/**
 * Signs payload bytes: an untagged COSE_Sign1 array (RFC 9052 section 4.2), ECDSA on secp256k1 over
 * SHA-256, nonce by RFC 6979, low s.
 * @param privateKey 32 bytes
 * @throws HypernetError `KEY_UNSAFE` for bytes that are no private key
 */
export function signCose(
  purpose: Purpose,
  payload: Uint8Array,
  privateKey: Uint8Array,
): Uint8Array {
  checkPrivateKey(privateKey)
  return coseOf(payload, secp256k1.sign(signedBytes(purpose, payload), privateKey))
}

/** The COSE_Sign1 array of a payload and its signature, 64 bytes; says nothing about the signature's truth. */
export const coseOf = (payload: Uint8Array, signature: Uint8Array): Uint8Array =>
  encode([PROTECTED, new Map(), payload, signature], BOUNDS)

/** The form of `signCose` with a signature of zeros, for networks inside one process where nobody forges. */
export const blankCose = (payload: Uint8Array): Uint8Array =>
  coseOf(payload, new Uint8Array(SIGNATURE))

/**
 * Takes a COSE_Sign1 array apart; views, not copies. Says nothing about the signature's truth.
 * @throws HypernetError `BAD_MESSAGE` when it is not byte for byte of the one form that is allowed
 */
export function openCose(bytes: Uint8Array): { payload: Uint8Array; signature: Uint8Array } {
  const end = bytes.length - SIGNATURE
  const [from, to] = payloadRange(bytes)
  if (
    equalBytes(bytes.subarray(0, START.length), START) &&
    to === end - END.length &&
    equalBytes(bytes.subarray(to, end), END)
  )
    return { payload: view(bytes, from, to), signature: view(bytes, end, bytes.length) }
  throw new HypernetError(
    'BAD_MESSAGE',
    'not a COSE_Sign1 array with algorithm ES256K, no unprotected header and 64 bytes of signature',
  )
}

/** The payload of a COSE_Sign1 array; a view. @throws HypernetError `BAD_MESSAGE` */
export const payloadOf = (bytes: Uint8Array): Uint8Array => openCose(bytes).payload

/** Whether `bytes` is a COSE_Sign1 array of this purpose by this compressed key (33 bytes), with low s. */
export function verifyCose(purpose: Purpose, bytes: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    const { payload, signature } = openCose(bytes)
    return secp256k1.verify(signature, signedBytes(purpose, payload), publicKey, { lowS: true })
  } catch {
    // Not of the form, a key that is no point: nothing was signed by that key.
    return false
  }
}

/** Compressed public key, 33 bytes. @throws HypernetError `KEY_UNSAFE` for bytes that are no private key */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  checkPrivateKey(privateKey)
  return secp256k1.getPublicKey(privateKey, true)
}

/**
 * Ethereum address of a public key: the last 20 bytes of keccak256 of its coordinates (Yellow Paper
 * appendix F).
 * @throws HypernetError `BAD_SIGNATURE` for bytes that are no point of the curve
 */
export function addressOf(publicKey: Uint8Array): Uint8Array {
  try {
    const point = secp256k1.Point.fromBytes(publicKey).toBytes(false)
    return keccak_256(point.subarray(1)).slice(-20)
  } catch (error) {
    throw new HypernetError('BAD_SIGNATURE', 'a public key that is no point of secp256k1', error)
  }
}

/** Spells a 20-byte address with the checksum of EIP-55. */
export function checksumAddress(address: Uint8Array): string {
  const digits = bytesToHex(address)
  const marks = bytesToHex(keccak_256(utf8ToBytes(digits)))
  const spelled = [...digits].map((d, i) => ((marks[i] as string) >= '8' ? d.toUpperCase() : d)) // 64 marks, 40 digits
  return `0x${spelled.join('')}`
}

function checkPrivateKey(privateKey: Uint8Array): void {
  if (secp256k1.utils.isValidSecretKey(privateKey)) return
  throw new HypernetError(
    'KEY_UNSAFE',
    'a private key must be 32 bytes that stand for 1 to n-1 of secp256k1; make a new one',
  )
}

/** Where the payload's bytes begin and end, by its head in shortest form; an empty range where there is none. */
function payloadRange(bytes: Uint8Array): [from: number, to: number] {
  const at = START.length
  const head = bytes[at] ?? 0
  const b = (i: number) => bytes[at + i] ?? 0
  if (head >= 0x40 && head < 0x58) return range(at + 1, head - 0x40, 0)
  if (head === 0x58) return range(at + 2, b(1), 24)
  if (head === 0x59) return range(at + 3, b(1) * 0x100 + b(2), 0x100)
  if (head === 0x5a)
    return range(at + 5, b(1) * 0x1000000 + b(2) * 0x10000 + b(3) * 0x100 + b(4), 0x10000)
  return [0, 0]
}
const range = (from: number, length: number, least: number): [number, number] =>
  length >= least ? [from, from + length] : [0, 0]

/** A plain view, also of a `Buffer`, whose own `slice` would not copy. */
const view = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
