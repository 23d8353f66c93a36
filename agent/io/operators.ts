import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToHex, concatBytes, equalBytes } from '../wire/hash.ts'
import { addressOf, openCose, type Purpose, signedBytes } from '../wire/signature.ts'
import type { Verifier } from './verify.ts'

/** Checks what operators signed, who are known by their addresses alone. */
export interface Operators {
  /** Whether the 20-byte address is pinned. */
  includes(address: Uint8Array): boolean
  /** Whether `bytes` is a COSE_Sign1 array of this purpose by the pinned key with this address. */
  verify(purpose: Purpose, bytes: Uint8Array, address: Uint8Array): boolean
}

/** Public keys by address, found by recovery; shared, since a process may host many devices of one operator. */
const known = new Map<string, Uint8Array>()
const KNOWN = 256

/** @param addresses 20 bytes each, as agent.yaml pins them */
export function operators(addresses: readonly Uint8Array[], verifier: Verifier): Operators {
  const includes = (address: Uint8Array) => addresses.some((each) => equalBytes(each, address))
  return {
    includes,
    verify(purpose, bytes, address) {
      if (!includes(address)) return false
      const name = bytesToHex(address)
      const key = known.get(name) ?? recover(purpose, bytes, address)
      if (!key || !verifier.verify(purpose, bytes, key)) return false
      if (known.size < KNOWN) known.set(name, key)
      return true
    },
  }
}

/**
 * The public key with this address that made a signature (SEC 1, section 4.1.6).
 * @returns 33 bytes, or `undefined` when no key with this address made it
 */
export function recover(
  purpose: Purpose,
  bytes: Uint8Array,
  address: Uint8Array,
): Uint8Array | undefined {
  // Bits 2 and 3 mean r of at least the group's order, which no one meets in 2^128 signatures.
  for (const bit of [0, 1]) {
    try {
      const { payload, signature } = openCose(bytes)
      const recoverable = concatBytes(Uint8Array.of(bit), signature)
      const key = secp256k1.recoverPublicKey(recoverable, signedBytes(purpose, payload))
      if (equalBytes(addressOf(key), address)) return key
    } catch {
      // Not of the form, or r is no coordinate of a point: not made by any key.
    }
  }
  return undefined
}
