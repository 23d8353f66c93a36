import { HypernetError } from '../../../agent/wire/errors.ts'
import { bytesOf } from '../../../agent/wire/hash.ts'

/** Order of secp256k1 (SEC 2, 2.4.1). */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * The key that a text holds, 32 bytes.
 * @param from where the text comes from, for the error
 * @throws HypernetError `KEY_UNSAFE`
 */
export function keyIn(text: string, from: string): Uint8Array {
  const digits = text.trim().replace(/^0x/i, '')
  const number = /^[0-9a-f]{64}$/i.test(digits) ? BigInt(`0x${digits}`) : 0n
  if (number > 0n && number < ORDER) return bytesOf(`0x${digits}`)
  throw new HypernetError(
    'KEY_UNSAFE',
    `${from} holds no key; wanted 64 hexadecimal digits of a secp256k1 key`,
  )
}
