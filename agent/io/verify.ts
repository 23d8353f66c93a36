import { createPublicKey, hash, type KeyObject, verify as verifyNatively } from 'node:crypto'
import { openCose, type Purpose, signedBytes } from '../wire/signature.ts'

/** Checks signatures by the runtime's own cryptography and remembers the answers. */
export interface Verifier {
  /** Signatures that had to be checked so far; the others were remembered. */
  readonly checked: number
  /** Whether `bytes` is a COSE_Sign1 array of this purpose by this compressed key (33 bytes), with low s. */
  verify(purpose: Purpose, bytes: Uint8Array, publicKey: Uint8Array): boolean
}

/** How many answers are kept before the one longest unused is dropped. */
export interface VerifierBounds {
  /** Signatures found true: about 130 bytes each. */
  readonly valid: number
  /** Signatures found false, kept apart so that forgeries cannot displace the true ones. */
  readonly invalid: number
  readonly keys: number
}
const BOUNDS: VerifierBounds = { valid: 32_768, invalid: 1024, keys: 4096 }

/**
 * A verifier. Without `bounds` all in this process share one memory: a fleet of virtual devices
 * passes the same signed bytes to every one of them, and 0.5 ms is spent on each once.
 */
export function verifier(bounds?: VerifierBounds): Verifier {
  if (!bounds) {
    shared ??= verifier(BOUNDS)
    return shared
  }
  const valid = new Recent<true>(bounds.valid)
  const invalid = new Recent<true>(bounds.invalid)
  const keys = new Recent<KeyObject>(bounds.keys)
  let checked = 0
  return {
    get checked() {
      return checked
    },
    verify(purpose, bytes, publicKey) {
      if (publicKey.length !== COMPRESSED) return false
      const name = nameOf(purpose, bytes, publicKey)
      if (valid.get(name)) return true
      if (invalid.get(name)) return false
      checked++
      const holds = check(keys, purpose, bytes, publicKey)
      const memory = holds ? valid : invalid
      memory.set(name, true)
      return holds
    },
  }
}
let shared: Verifier | undefined

const COMPRESSED = 33
/** SubjectPublicKeyInfo of a compressed secp256k1 point (RFC 5480, SEC 2) up to the point itself. */
const SPKI = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex')
/** Half the order of secp256k1 (SEC 2 section 2.4.1), the largest s that is taken. */
const HALF_ORDER = Buffer.from(
  '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0',
  'hex',
)

/** SHA-256 of everything that the answer depends on: purpose, key, bytes. */
function nameOf(purpose: Purpose, bytes: Uint8Array, publicKey: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${purpose}\0`), publicKey, bytes]), 'base64')
}

function check(
  keys: Recent<KeyObject>,
  purpose: Purpose,
  bytes: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  try {
    const { payload, signature } = openCose(bytes)
    if (HALF_ORDER.compare(signature, 32) < 0) return false
    const key = keyOf(keys, publicKey)
    const data = signedBytes(purpose, payload)
    return verifyNatively('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    // Not of the form, or a key that is no point: nothing was signed by that key.
    return false
  }
}

function keyOf(keys: Recent<KeyObject>, publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString('base64')
  const known = keys.get(name)
  if (known) return known
  const key = createPublicKey({
    key: Buffer.concat([SPKI, publicKey]),
    format: 'der',
    type: 'spki',
  })
  keys.set(name, key)
  return key
}

/** A bounded map that drops what was not used for longest. */
class Recent<V> {
  private readonly entries = new Map<string, V>()
  private readonly bound: number
  constructor(bound: number) {
    this.bound = bound
  }
  get(name: string): V | undefined {
    const value = this.entries.get(name)
    if (value !== undefined) {
      this.entries.delete(name)
      this.entries.set(name, value)
    }
    return value
  }
  set(name: string, value: V): void {
    this.entries.set(name, value)
    if (this.entries.size <= this.bound) return
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest)
      return
    }
  }
}
