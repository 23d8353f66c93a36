import { bigEndian, concatBytes, hexOf, hexToBytes, keccak, utf8ToBytes } from './hash.ts'
import {
  ADDRESS,
  domainSeparator,
  hashStruct,
  type StructType,
  type StructValue,
  typedDigest,
  WORD,
  wordOf,
} from './typedData.ts'

/**
 * What buyers and devices sign for money (EIP-712), and how a job's address follows from its terms. The contracts
 * hold the same list (contracts/src/Messages.sol); a test compares both with a third implementation.
 */
export const MARKET_TYPES = {
  /** The buyer puts so much, in all, into a job's escrow. */
  Fund: { job: 'address', amount: 'uint96' },
  /** The buyer takes back an order that nobody has joined. */
  Cancel: { job: 'address' },
  /** The buyer ends a job after its running checkpoint. */
  Stop: { job: 'address' },
  /** The buyer pays all sellers for a checkpoint, early. */
  Accept: { job: 'address', index: 'uint16' },
  /** A device names the address that its money may go to. */
  Register: { account: 'address', payout: 'address', deadline: 'uint64' },
  /** Money leaves the vault. */
  Withdraw: {
    account: 'address',
    to: 'address',
    amount: 'uint96',
    nonce: 'uint256',
    deadline: 'uint64',
  },
  /** A device takes a place in a job that pays at least so much, with collateral behind its word. */
  Join: { job: 'address', minPrice: 'uint96', collateral: 'uint96', deadline: 'uint64' },
  /** The buyer hires who signed these joins, at this price and with this deadline. */
  Hire: { job: 'address', minPrice: 'uint96', deadline: 'uint64', joins: 'bytes32' },
  /** A device that its relay left out binds its checkpoint itself. */
  Commit: { job: 'address', index: 'uint16', commitment: 'bytes32' },
  /** What a device found at a checkpoint. */
  Checkpoint: {
    job: 'address',
    index: 'uint16',
    group: 'uint16',
    roster: 'bytes32',
    share: 'bytes32',
    result: 'bytes32',
  },
  /** What a device put into the sum of a checkpoint. */
  Contribution: { job: 'address', index: 'uint16', shard: 'bytes32', value: 'bytes32' },
} as const satisfies Record<string, StructType>

export type MarketType = keyof typeof MARKET_TYPES

/** Where a market is: the vault's address stands for all of it. */
export interface Market {
  readonly chainId: bigint
  readonly vault: Uint8Array
}

/** The digest that is signed. @param message its values: addresses 20 bytes, words 32 bytes, integers bigint */
export const marketDigest = <T extends MarketType>(
  { chainId, vault }: Market,
  type: T,
  message: StructValue<(typeof MARKET_TYPES)[T]>,
): Uint8Array =>
  typedDigest(
    domainSeparator('Hypernet', '1', chainId, vault),
    hashStruct(type, MARKET_TYPES[type], message),
  )

/**
 * What a buyer offers (contracts/src/JobTerms.sol): a job's address stands for it. Tokens in the smallest unit, times
 * in seconds.
 */
export const TERMS_TYPE = {
  buyer: 'address',
  /** For one seller for the whole job. */
  price: 'uint88',
  /** Fee on what sellers are paid, on top of it, in hundredths of a percent. */
  feeBps: 'uint8',
  /** Who alone may anchor in the first half of a window; zeros: anybody. */
  relay: 'address',
  /** What one seller puts up for the whole job. */
  collateral: 'uint88',
  /** Sellers that get the same share of the data. */
  replicas: 'uint8',
  /** keccak256 of the signed order. */
  spec: 'bytes32',
  /** For relays, in the whole job. */
  relayFee: 'uint88',
  period: 'uint32',
  window: 'uint32',
  /** Seconds since 1970 until which sellers may join. */
  joinBy: 'uint40',
  sellers: 'uint16',
  checkpoints: 'uint8',
  payEvery: 'uint8',
  nonce: 'uint32',
} as const

export type Terms = {
  readonly [Name in keyof typeof TERMS_TYPE]: (typeof TERMS_TYPE)[Name] extends `uint${string}`
    ? bigint
    : Uint8Array
}

/** Bytes of packed terms. */
export const PACKED_TERMS = 128

/** The terms in four words, as a job's clone carries them. @throws HypernetError `INVARIANT` for a value too wide */
export function packTerms(terms: Terms): Uint8Array {
  const parts = Object.entries(TERMS_TYPE).map(([field, type]) =>
    wordOf(type, terms[field as keyof Terms], field).slice(-widthOf(type)),
  )
  return concatBytes(...parts)
}

/** The inverse of `packTerms`. @param packed 128 bytes */
export function unpackTerms(packed: Uint8Array): Terms {
  let from = 0
  const fields = Object.entries(TERMS_TYPE).map(([field, type]) => {
    const bytes = packed.slice(from, from + widthOf(type))
    from += bytes.length
    return [field, type.startsWith('uint') ? BigInt(hexOf(bytes)) : bytes]
  })
  return Object.fromEntries(fields) as Terms // one entry for each field of the type
}

/** Bytes of a packed field. */
function widthOf(type: string): number {
  if (type === 'address') return ADDRESS
  return type === 'bytes32' ? WORD : Number(type.slice('uint'.length)) / 8
}

/**
 * Address of the job of these terms: CREATE2 (EIP-1014) by the factory, of a minimal proxy (EIP-1167) of the job's
 * code that carries the terms, salted with what it wants of a device (contracts/src/JobFactory.sol).
 * @param factory 20 bytes
 * @param escrow the shared code of jobs, 20 bytes
 * @param wants the resources as the factory tells them
 */
export function jobAddress(
  terms: Terms,
  factory: Uint8Array,
  escrow: Uint8Array,
  wants: string,
): Uint8Array {
  const args = packTerms(terms)
  const length = args.length + 0x2d
  const code = concatBytes(
    hexToBytes('61'),
    Uint8Array.of(length >> 8, length & 0xff),
    hexToBytes('3d81600a3d39f3363d3d373d3d3d363d73'),
    escrow,
    hexToBytes('5af43d82803e903d91602b57fd5bf3'),
    args,
  )
  const salt = keccak(utf8ToBytes(wants))
  const created = concatBytes(hexToBytes('ff'), factory, salt, keccak(code))
  return keccak(created).slice(-ADDRESS)
}

/** Tokens that the escrow needs at a price for one seller: for all, the fee on it, and the relays' part. */
export function escrowAt(
  { sellers, feeBps, relayFee }: Pick<Terms, 'sellers' | 'feeBps' | 'relayFee'>,
  price: bigint,
): bigint {
  const pay = price * sellers
  return pay + (pay * feeBps) / 10_000n + relayFee
}

/**
 * What a device signs of a sum at a checkpoint: what is in it (the roster, the epoch, the bits of the contributors and
 * what they contributed), and that together with the sum itself. Where somebody tells devices different contributions
 * they differ in the first, which is no fault; whoever differs in the second alone added up falsely.
 * @param rosterHash SHA-256 of the roster's payload
 * @param contents stands for the contributions (entries.ts, `contentsOf`)
 * @param sum its canonical bytes
 */
export function findingOf(
  rosterHash: Uint8Array,
  epoch: number,
  contributors: Uint8Array,
  contents: Uint8Array,
  sum: Uint8Array,
): { roster: Uint8Array; result: Uint8Array } {
  const roster = keccak(rosterHash, bigEndian(epoch), contributors, contents)
  return { roster, result: keccak(roster, sum) }
}

/** What a buyer signs of the devices that it hires: keccak256 of their joins. @param joins 64 bytes each */
export const joinsHash = (joins: readonly Uint8Array[]): Uint8Array => keccak(...joins)

/** Bytes of an amount of tokens in the smallest unit. */
export const AMOUNT = 12

/** An amount, big endian, as messages carry it. @throws HypernetError `INVARIANT` beyond 96 bits */
export const amountBytes = (amount: bigint): Uint8Array =>
  wordOf('uint96', amount, 'amount').slice(-AMOUNT)

/** The inverse of `amountBytes`. */
export const amountOf = (bytes: Uint8Array): bigint => BigInt(hexOf(bytes))

/** Fields of a claim that stand for nothing: without replicas there are no groups and no shares. */
export const NO_SHARE = new Uint8Array(WORD)

/** The hash chain that contracts have over a list of words, 0x and hexadecimal; of commitments it is the anchor. */
export function chainOfWords(words: readonly Uint8Array[]): string {
  let hash: Uint8Array = new Uint8Array(WORD)
  for (const word of words) hash = keccak(hash, word)
  return hexOf(hash)
}
