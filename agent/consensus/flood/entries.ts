import { type ExactVector, sumVectors } from '../../math/exactVector.ts'
import { MathError } from '../../math/mathError.ts'
import { decodeVector } from '../../math/wireForm.ts'
import { add, type Bitset, count, emptySet, includesAll, members } from '../../wire/bitset.ts'
import { decodeRecord } from '../../wire/codec.ts'
import { HypernetError } from '../../wire/errors.ts'
import { digest, domainDigest, equalBytes, hexOf } from '../../wire/hash.ts'
import { Contribution } from '../../wire/messages.ts'
import { payloadOf } from '../../wire/signature.ts'
import type { Total } from '../agreement/sums.ts'
import type { EpochContext } from '../context.ts'
import type { SignedPart } from '../method.ts'
import { type Share, winners } from '../shards.ts'

/** A contribution as it was transmitted, and the exact vector that it carries. */
export interface Held extends Share {
  readonly signed: Uint8Array
  readonly commitment: Uint8Array | undefined
}

/** The grow-only map of contributions that one device holds in one epoch. */
export interface Entries {
  readonly held: (Held | undefined)[]
  readonly have: Bitset
  /** Exclusive or of the hashes of all that is held. */
  readonly digest: Uint8Array
  /** The sum that was asked for last: a vote, its check and its answer ask for the same. */
  summed: (Total & { readonly set: Bitset }) | undefined
}

export const newEntries = (size: number): Entries => ({
  held: new Array<Held | undefined>(size).fill(undefined),
  have: emptySet(size),
  digest: new Uint8Array(DIGEST),
  summed: undefined,
})

/** Bytes of a digest of entries. */
export const DIGEST = 8

const hashes = new WeakMap<Uint8Array, Uint8Array>()

/** Adds an entry to a digest, or takes it out. */
function blend(digest: Uint8Array, signed: Uint8Array): void {
  let hash = hashes.get(signed)
  if (!hash) {
    hash = domainDigest('hypernet/1/entry', payloadOf(signed)).slice(0, DIGEST)
    hashes.set(signed, hash)
  }
  for (let k = 0; k < DIGEST; k++) digest[k] = (digest[k] ?? 0) ^ (hash[k] ?? 0)
}

/** Names the contributions that are held, but those of `liars`: equal where two devices hold the same ones. */
export function digestWithout({ held, digest }: Entries, liars: Bitset): Uint8Array {
  const rest = digest.slice()
  for (const index of members(liars)) {
    const signed = held[index]?.signed
    if (signed) blend(rest, signed)
  }
  return rest
}

export type Learned = 'new' | 'known' | 'foreign' | 'lie'

/**
 * Takes in a contribution whose signature is verified.
 * @returns `foreign` when it belongs to another epoch, roster or device; `lie` when it contradicts
 * what the same device signed or committed before, or is not a vector of this job
 */
export function learnEntry(
  entries: Entries,
  context: EpochContext,
  index: number,
  signed: Uint8Array,
): Learned {
  const known = entries.held[index]
  if (known && (known.signed === signed || equalBytes(known.signed, signed))) return 'known'
  const contribution = contributionOf(signed)
  if (!contribution || !belongs(contribution, context, index)) return 'foreign'
  const vector = vectorOf(contribution, context.dimension)
  if (!vector || !isInTurn(contribution, context, signed)) return 'lie'
  if (known) return equalBytes(payloadOf(known.signed), payloadOf(signed)) ? 'known' : 'lie'
  const kept = owned(signed)
  const { rows, commitment } = contribution
  entries.held[index] = { signed: kept, vector, rows, commitment: commitment?.slice() }
  add(entries.have, index)
  blend(entries.digest, kept)
  return 'new'
}

/** What a device's contribution to this epoch holds; undefined for what is none. @param payload unsigned */
export function openContribution(
  context: EpochContext,
  index: number,
  payload: Uint8Array,
): Total | undefined {
  const contribution = decoded(payload)
  if (!contribution || !belongs(contribution, context, index)) return undefined
  const sum = vectorOf(contribution, context.dimension)
  return sum && { sum, rows: contribution.rows }
}

/**
 * Whether these verified contributions prove that their device lied: one that is no vector of this job or not
 * what it committed, or two that differ for the same epoch.
 */
export function isLie(
  context: EpochContext,
  index: number,
  signed: readonly Uint8Array[],
): boolean {
  const own = signed.filter((bytes) => {
    const contribution = contributionOf(bytes)
    return contribution !== undefined && belongs(contribution, context, index)
  })
  const first = own[0]
  if (!first) return false
  const differs = own.some((bytes) => !equalBytes(payloadOf(bytes), payloadOf(first)))
  const malformed = own.some((bytes) => {
    const contribution = contributionOf(bytes)
    if (!contribution) return false
    return !vectorOf(contribution, context.dimension) || !isInTurn(contribution, context, bytes)
  })
  return differs || malformed
}

/** The exact sum over a set whose entries are all held. */
export function sumOver(entries: Entries, context: EpochContext, set: Bitset): Total {
  if (entries.summed && equalBytes(entries.summed.set, set)) return entries.summed
  const held = members(set).map((index) => ({ index, share: entries.held[index] }))
  if (context.pass === 'commitments') return { sum: digestOf(entries, set), rows: 0 }
  const parts = context.dealt
    ? winners(held, context.dealt)
    : held.flatMap(({ share }) => share ?? [])
  const sum = sumVectors(
    parts.map(({ vector }) => vector),
    context.dimension,
  )
  const rows = parts.reduce((total, part) => total + part.rows, 0)
  const isWhole = includesAll(entries.have, set)
  if (isWhole) entries.summed = { set: set.slice(), sum, rows }
  return { sum, rows }
}

/**
 * What stands for the contributions of these devices, all of which are held: SHA-256 of `hypernet/1/contents`, 0, and
 * for each of them, in the order of the roster, SHA-256 of its payload.
 */
export const contentsOf = ({ held }: Entries, set: Bitset): Uint8Array =>
  domainDigest(
    'hypernet/1/contents',
    ...members(set).map((index) => digest(payloadOf(held[index]?.signed ?? new Uint8Array()))),
  )

/** What these devices signed; undefined where something of it is not held. */
export function partsOf({ held }: Entries, set: Bitset): SignedPart[] | undefined {
  const parts = members(set).flatMap((index) => {
    const share = held[index]
    return share ? [{ index, vector: share.vector, rows: share.rows }] : []
  })
  return parts.length === count(set) ? parts : undefined
}

/** Commitments have no sum: what is agreed on is a number that stands for all of them. */
function digestOf({ held }: Entries, set: Bitset): ExactVector {
  const words = members(set).map((index) => held[index]?.commitment ?? new Uint8Array(COMMITMENT))
  const digest = domainDigest('hypernet/1/commitments', set, ...words)
  return { mantissas: [BigInt(hexOf(digest)) | 1n], exponents: [0] }
}
const COMMITMENT = 32

/** What was decoded is a view that would pin the whole message it came in; what is already alone is shared. */
const owned = (bytes: Uint8Array): Uint8Array =>
  bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice()

function belongs(contribution: Contribution, context: EpochContext, index: number): boolean {
  const { pass } = context
  return (
    contribution.index === index &&
    index < context.size &&
    contribution.epoch === context.epoch &&
    contribution.job === context.job &&
    equalBytes(contribution.roster, context.roster) &&
    (typeof pass !== 'object' || pass.opens.of[index] !== undefined)
  )
}

/** What stands for a signed contribution before it is shown: SHA-256 of `hypernet/1/commitment`, 0, its bytes. */
export const commitmentTo = (signed: Uint8Array): Uint8Array =>
  domainDigest('hypernet/1/commitment', signed)

/** Commitments come first and alone; then what was committed, byte for byte. */
function isInTurn(
  { index, commitment }: Contribution,
  { pass }: EpochContext,
  signed: Uint8Array,
): boolean {
  if (typeof pass !== 'object') return (commitment !== undefined) === (pass === 'commitments')
  const bound = pass.opens.of[index]
  return commitment === undefined && !!bound && equalBytes(bound, commitmentTo(signed))
}

/** Signed bytes are kept and passed on unchanged, so each is decoded once however many devices share a process. */
const opened = new WeakMap<Uint8Array, Contribution | null>()
const vectors = new WeakMap<Contribution, ExactVector | null>()

function contributionOf(signed: Uint8Array): Contribution | undefined {
  let contribution = opened.get(signed)
  if (contribution === undefined) {
    contribution = decoded(signed, payloadOf) ?? null
    opened.set(signed, contribution)
  }
  return contribution ?? undefined
}

function decoded(
  bytes: Uint8Array,
  payloadOfThem = (payload: Uint8Array) => payload,
): Contribution | undefined {
  try {
    return decodeRecord(Contribution, payloadOfThem(bytes))
  } catch (error) {
    if (!(error instanceof HypernetError)) throw error
    return undefined
  }
}

function vectorOf(contribution: Contribution, dimension: number): ExactVector | undefined {
  // Before what is remembered: others in this process may want another dimension of the same bytes.
  if (contribution.exponents.length !== 2 * dimension) return undefined
  let vector = vectors.get(contribution)
  if (vector === undefined) {
    try {
      vector = decodeVector(contribution, dimension)
    } catch (error) {
      if (!(error instanceof MathError)) throw error
      vector = null
    }
    vectors.set(contribution, vector)
  }
  return vector ?? undefined
}
