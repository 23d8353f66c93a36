import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesOf, concatBytes, hexOf, utf8ToBytes } from '../../../../agent/wire/hash.ts'
import {
  joinsHash,
  MARKET_TYPES,
  type Market,
  marketDigest,
} from '../../../../agent/wire/market.ts'
import { addressOf, publicKeyOf } from '../../../../agent/wire/signature.ts'
import { type StructValue, signCompact } from '../../../../agent/wire/typedData.ts'
import {
  type Address,
  type Commitment,
  type Message,
  type Signature,
  textOf,
} from '../rules/speech.ts'

/** Meanings as bytes: names become hashes, signatures real ones. */

const ZERO = new Uint8Array(32)
/** Bytes that no key can sign. */
const BROKEN = new Uint8Array(64)

/** A hash by its name. */
export const wordBytes = (name: string): Uint8Array =>
  name === '' ? ZERO : keccak_256(utf8ToBytes(name))

/** Secret key of whom the scripts know by this name. */
export const keyOf = (name: string): Uint8Array => keccak_256(utf8ToBytes(`model ${name}`))
export const addressOfName = (name: string): Address => hexOf(addressOf(publicKeyOf(keyOf(name))))

/** Signs for everybody of a market; each signature is made once. */
export class Signers {
  readonly #market: Market
  readonly #keys: ReadonlyMap<Address, Uint8Array>
  readonly #made = new Map<string, Uint8Array>()

  constructor(chainId: number, vault: Address, names: readonly string[]) {
    this.#market = { chainId: BigInt(chainId), vault: bytesOf(vault) }
    this.#keys = new Map(names.map((name) => [addressOfName(name), keyOf(name)]))
  }

  /** Forgets what was signed. */
  clear(): void {
    this.#made.clear()
  }

  /** A device's signature, 64 bytes. */
  compact(signature: Signature): Uint8Array {
    if (signature.broken) return BROKEN
    const text = textOf(signature)
    const before = this.#made.get(text)
    if (before) return before
    const key = this.#keys.get(signature.by)
    if (!key) throw new Error(`the script signs for a stranger: ${signature.by}`)
    const made = signCompact(this.#digest(signature.message), key)
    this.#made.set(text, made)
    return made
  }

  /** A buyer's signature, 65 bytes; a broken one has another length. */
  long(signature: Signature): Address {
    const compact = this.compact(signature)
    if (signature.broken) return hexOf(compact)
    const bytes = concatBytes(compact, Uint8Array.of(27 + ((compact[32] ?? 0) >> 7)))
    bytes[32] = (bytes[32] ?? 0) & 0x7f
    return hexOf(bytes)
  }

  /** A device's signature, as contracts take it. */
  pair(signature: Signature): { r: Address; vs: Address } {
    const compact = this.compact(signature)
    return { r: hexOf(compact.subarray(0, 32)), vs: hexOf(compact.subarray(32)) }
  }

  /** What is shown of a signature before it. */
  commitment(commitment: Commitment): Uint8Array {
    return commitment ? keccak_256(this.compact(commitment)) : ZERO
  }

  /** The hash chain that is anchored. */
  anchor(list: readonly Commitment[] | 'other'): Address {
    if (list === 'other') return hexOf(wordBytes('another list'))
    const chain = (hash: Uint8Array, each: Commitment) =>
      keccak_256(concatBytes(hash, this.commitment(each)))
    return hexOf(list.reduce(chain, ZERO))
  }

  #digest(message: Message): Uint8Array {
    const { type, ...fields } = message
    const flat = Object.entries('claim' in fields ? { ...fields, ...fields.claim } : fields)
    const types: Readonly<Record<string, string>> = MARKET_TYPES[type]
    const values = Object.fromEntries(
      flat
        .filter(([field]) => field in types)
        .map(([field, value]) => [field, this.#value(types[field] ?? '', value)]),
    )
    // The fields of a message are those of its type.
    return marketDigest(
      this.#market,
      type,
      values as StructValue<(typeof MARKET_TYPES)[typeof type]>,
    )
  }

  #value(type: string, value: string | bigint | number | Commitment | object): bigint | Uint8Array {
    if (Array.isArray(value)) return joinsHash(value.map((each) => this.compact(each)))
    if (typeof value === 'number' || typeof value === 'bigint') return BigInt(value)
    if (type === 'address') return bytesOf(`${value}`)
    if (typeof value === 'string') return wordBytes(value)
    return this.commitment(value as Commitment) // the one field that is neither
  }
}
