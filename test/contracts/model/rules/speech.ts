/** What people and devices say, as values: the model compares meanings, never bytes. */

/** An address, lower case. */
export type Address = `0x${string}`
export const NOBODY: Address = `0x${'0'.repeat(40)}`

/** A hash by a name of its own; the empty name is zero. */
export type Word = string

/** What a device says of one checkpoint. */
export interface Claim {
  readonly group: number
  readonly roster: Word
  readonly share: Word
  readonly result: Word
}

/** All that is signed for money. */
export type Message =
  | { readonly type: 'Fund'; readonly job: Address; readonly amount: bigint }
  | { readonly type: 'Cancel' | 'Stop'; readonly job: Address }
  | { readonly type: 'Accept'; readonly job: Address; readonly index: number }
  | {
      readonly type: 'Register'
      readonly account: Address
      readonly payout: Address
      readonly deadline: number
    }
  | {
      readonly type: 'Withdraw'
      readonly account: Address
      readonly to: Address
      readonly amount: bigint
      readonly nonce: number
      readonly deadline: number
    }
  | {
      readonly type: 'Join'
      readonly job: Address
      readonly minPrice: bigint
      readonly collateral: bigint
      readonly deadline: number
    }
  | {
      readonly type: 'Hire'
      readonly job: Address
      readonly minPrice: bigint
      readonly deadline: number
      readonly joins: readonly Signature[]
    }
  | {
      readonly type: 'Commit'
      readonly job: Address
      readonly index: number
      readonly commitment: Commitment
    }
  | {
      readonly type: 'Checkpoint'
      readonly job: Address
      readonly index: number
      readonly claim: Claim
    }
  | {
      readonly type: 'Contribution'
      readonly job: Address
      readonly index: number
      readonly shard: Word
      readonly value: Word
    }

/** A signature; a broken one is none that any key can make. */
export interface Signature {
  readonly by: Address
  readonly message: Message
  readonly broken?: boolean
}

/** What a device shows of a signature before the signature; undefined: zero. */
export type Commitment = Signature | undefined

/** Two values say the same exactly when their texts are equal: fields in the order of their type. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each)) ?? ''

/** One text for each commitment; all broken signatures are the same bytes. */
export const commitmentText = (commitment: Commitment): string =>
  commitment?.broken ? 'broken' : textOf(commitment)

/**
 * Who signed a message: nobody where the signature is broken, and somebody unknown where it is over another message,
 * since recovery finds some key for any digest.
 */
export function signerOf(signature: Signature, message: Message): string {
  if (signature.broken) return NOBODY
  if (textOf(signature.message) === textOf(message)) return signature.by
  return `unknown ${textOf([signature, message])}`
}
