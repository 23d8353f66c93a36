import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { HypernetError } from '../wire/errors.ts'
import { bytesToHex, hexToBytes, utf8ToBytes } from '../wire/hash.ts'
import { writeAtomically } from './atomicFile.ts'

/** A device's one secp256k1 key: 32 bytes, and 33 bytes compressed. */
export interface DeviceKey {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

/**
 * The device's key, made at first boot.
 * @param path a file of mode 600 that holds 64 hexadecimal digits
 * @returns the key, and whether it was made just now
 * @throws HypernetError `KEY_UNSAFE` when others may read the file or it holds no key,
 *   `STORE_FAILED` when it cannot be read or written
 */
export async function loadKey(path: string): Promise<{ key: DeviceKey; made: boolean }> {
  if (await exists(path)) return { key: keyOf(hexKey(path, await readSecret(path))), made: false }
  const privateKey = secp256k1.utils.randomSecretKey(randomBytes(48))
  try {
    await writeAtomically(path, `${bytesToHex(privateKey)}\n`)
  } catch (error) {
    throw new HypernetError('STORE_FAILED', `cannot write the key file ${path}`, error)
  }
  return { key: keyOf(privateKey), made: true }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new HypernetError('STORE_FAILED', `cannot look for the key file ${path}`, error)
  }
}

/** As many hexadecimal digits as no name of a file has, but a key that was copied badly. */
const KEY_LIKE = /[0-9a-f]{48,}/i

/**
 * Text of a file that only its owner may read: a password or key, without the line's end.
 * @throws HypernetError `KEY_UNSAFE` when its mode lets others read it, `NOT_FOUND` without the file
 */
export async function readSecret(path: string): Promise<string> {
  let mode: number
  let text: string
  try {
    mode = (await stat(path)).mode
    text = await readFile(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'error'
    // Neither the path nor the cause, which quotes it: a key typed in its place must not come to stand in a log.
    if (KEY_LIKE.test(path))
      throw new HypernetError(
        'NOT_FOUND',
        'found what looks like a key where the path of a file is wanted, and no such file; write the key into a file of mode 600, and give its path',
      )
    throw new HypernetError('NOT_FOUND', `cannot read the secret file ${path} (${reason})`, error)
  }
  if (mode & 0o077) {
    const found = (mode & 0o777).toString(8)
    throw new HypernetError(
      'KEY_UNSAFE',
      `${path} has mode ${found}, so others can read it; wanted 600: run chmod 600 ${path}`,
    )
  }
  return text.replace(/\r?\n$/, '')
}

/**
 * Key of a virtual device, the same for the same seed and node: HKDF-SHA256 (RFC 5869) to 48 bytes,
 * reduced as FIPS 186-5 A.2.1 has it. Whoever knows the seed knows the keys.
 */
export function deriveKey(seed: string | Uint8Array, node: string): DeviceKey {
  const secret = typeof seed === 'string' ? utf8ToBytes(seed) : seed
  const info = utf8ToBytes(`hypernet/1/device-key/${node}`)
  return keyOf(secp256k1.utils.randomSecretKey(hkdf(sha256, secret, undefined, info, 48)))
}

/** @throws HypernetError `KEY_UNSAFE` when the bytes are no secp256k1 private key */
export function keyOf(privateKey: Uint8Array): DeviceKey {
  if (!secp256k1.utils.isValidSecretKey(privateKey)) {
    throw new HypernetError('KEY_UNSAFE', 'these bytes are no secp256k1 private key')
  }
  return { privateKey, publicKey: secp256k1.getPublicKey(privateKey, true) }
}

function hexKey(path: string, text: string): Uint8Array {
  if (/^(0x)?[0-9a-f]{64}$/i.test(text.trim())) {
    const bytes = hexToBytes(text.trim().replace(/^0x/i, ''))
    if (secp256k1.utils.isValidSecretKey(bytes)) return bytes
  }
  throw new HypernetError(
    'KEY_UNSAFE',
    `${path} holds no key: wanted 64 hexadecimal digits; restore it from a backup, or move it away and the device makes a new key, which must be approved again`,
  )
}
