import { domainDigest, utf8ToBytes } from '../../agent/wire/hash.ts'
import {
  blankCose,
  type Purpose,
  publicKeyOf,
  signCose,
  verifyCose,
} from '../../agent/wire/signature.ts'

/** Signs for one simulated device. */
export interface Signer {
  /** Compressed public key, 33 bytes. */
  readonly publicKey: Uint8Array
  sign(purpose: Purpose, payload: Uint8Array): Uint8Array
}

/** A real key, from the seed and the device's name. */
export function realSigner(seed: number, name: string): Signer {
  // A digest that is no private key has a chance of 2^-128.
  const key = domainDigest('hypernet-simulator-key', utf8ToBytes(`${seed}/${name}`))
  return {
    publicKey: publicKeyOf(key),
    sign: (purpose, payload) => signCose(purpose, payload, key),
  }
}

/** Writes signatures of zeros: the right form and length, and no truth in them. */
export function blankSigner(name: string): Signer {
  const hash = domainDigest('hypernet-simulator-blank', utf8ToBytes(name))
  const publicKey = new Uint8Array(33)
  publicKey[0] = 2
  publicKey.set(hash, 1)
  return { publicKey, sign: (_, payload) => blankCose(payload) }
}

/** Verifies each signature once in a run, however many devices hold it. */
export function rememberingVerifier(): (
  purpose: Purpose,
  signed: Uint8Array,
  key: Uint8Array,
) => boolean {
  const known = new WeakMap<Uint8Array, boolean>()
  return (purpose, signed, key) => {
    let holds = known.get(signed)
    if (holds === undefined) {
      holds = verifyCose(purpose, signed, key)
      known.set(signed, holds)
    }
    return holds
  }
}
