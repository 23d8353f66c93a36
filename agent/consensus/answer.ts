import { canonicalBytes, type ExactVector } from '../math/exactVector.ts'
import type { Bitset } from '../wire/bitset.ts'
import { bigEndian, domainDigest, equalBytes } from '../wire/hash.ts'

/** A sum and exactly the devices that it sums. */
export interface Answer {
  readonly contributors: Bitset
  /** Devices taken to be gone; contributors and tombstones cover the roster. */
  readonly tombstones: Bitset
  readonly sum: ExactVector
  readonly rows: number
}

/**
 * Names a sum over a set: SHA-256 of `hypernet/1/statistic`, 0, the roster's hash (32 bytes), the epoch
 * (8 bytes, big endian), the contributors' bitset and the canonical bytes of the sum. Equal on two
 * devices exactly when they hold the same bits for the same devices.
 */
export function statisticHash(
  roster: Uint8Array,
  epoch: number,
  contributors: Bitset,
  sum: ExactVector,
): Uint8Array {
  return domainDigest(
    'hypernet/1/statistic',
    roster,
    bigEndian(epoch),
    contributors,
    canonicalBytes(sum),
  )
}

/** Names an answer: the first 16 bytes of SHA-256 of `hypernet/1/vote`, 0, statistic hash, tombstones. */
export function voteHash(statistic: Uint8Array, tombstones: Bitset): Uint8Array {
  return domainDigest('hypernet/1/vote', statistic, tombstones).slice(0, 16)
}

/**
 * What a vote is for, an answer and those without whom it is to stand: the first 8 bytes of the answer's hash,
 * so that votes for other answers are told from those for the same without others; then the first 8 of SHA-256
 * of `hypernet/1/ballot`, 0, the answer's hash and the bitset.
 */
export function ballotHash({ hash, without }: { hash: Uint8Array; without: Bitset }): Uint8Array {
  const ballot = hash.slice(0, 16)
  ballot.set(domainDigest('hypernet/1/ballot', hash, without).subarray(0, 8), 8)
  return ballot
}

/** Whether a ballot is for the answer of this hash, whoever it is to stand without. */
export const isBallotFor = (ballot: Uint8Array, hash: Uint8Array): boolean =>
  equalBytes(ballot.subarray(0, 8), hash.subarray(0, 8))
