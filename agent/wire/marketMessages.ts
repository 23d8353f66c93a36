import * as z from 'zod/mini'
import { bytes, matching, uint, uintUpTo } from './fields.ts'
import { ID_PATTERN, type JobId, type NodeId } from './ids.ts'
import { AMOUNT, PACKED_TERMS } from './market.ts'
import { type Of, record } from './record.ts'
import { ADDRESS, COMPACT, WORD } from './typedData.ts'
import { PROTOCOL } from './version.ts'

/** What devices and relays tell each other of paid jobs. Money itself moves by what EIP-712 signatures say. */

/** Checkpoints of one job (contracts/src/JobFactory.sol), and how many of them a device keeps telling of. */
export const CHECKPOINTS = 64

/** Seconds that all checkpoints of a job take at most. */
export const MOST_TIME = 366 * 86_400

/**
 * Windows that a checkpoint takes at least: between the times of two there is one to show results, one to bind the next
 * ones, and one that a relay may be late by (contracts/src/JobFactory.sol).
 */
export const leastWindows = (checkpoints: number): number => (checkpoints === 1 ? 1 : 3)
/** Sellers of one job. */
export const SELLERS = 256
export const CLAIMS_TOLD = 4
/** What a claim has two bytes for (market.ts, Checkpoint). */
const MOST_GROUP = 0xffff

const address = bytes(ADDRESS)
const word = bytes(WORD)

/** The market that an order is traded on, and its terms: the job's address follows from them (market.ts). */
export const Offer = record('offer', {
  chainId: [1, uint],
  vault: [2, address],
  factory: [3, address],
  /** The code that all jobs share. */
  escrow: [4, address],
  terms: [5, bytes(PACKED_TERMS)],
})
export type Offer = Of<typeof Offer>

/** A device takes part for at least so much: its signature over Join (market.ts). */
export const Bid = record('bid', {
  minPrice: [1, bytes(AMOUNT)],
  /** Seconds since 1970. */
  deadline: [2, uint],
  signature: [3, bytes(COMPACT)],
})
export type Bid = Of<typeof Bid>

/**
 * What a device found at a checkpoint: first the hash of its signature over Checkpoint, later the signature. `commit` is its
 * signature over Commit of that hash, by which anybody can bind it whom a relay left out.
 */
export const Finding = record('finding', {
  index: [1, uintUpTo(CHECKPOINTS - 1)],
  commitment: [2, word],
  group: [3, z.optional(uintUpTo(MOST_GROUP))],
  roster: [4, z.optional(word)],
  share: [5, z.optional(word)],
  result: [6, z.optional(word)],
  signature: [7, z.optional(bytes(COMPACT))],
  commit: [8, z.optional(bytes(COMPACT))],
})
export type Finding = Of<typeof Finding>

/** All that a device has to say to relays of one job. Retained, so that a relay that comes later finds it. */
export const Deal = record('deal', {
  version: [0, z.literal(PROTOCOL)],
  job: [1, matching<JobId>(ID_PATTERN)],
  from: [2, matching<NodeId>(ID_PATTERN)],
  /** SHA-256 of the order's payload. */
  order: [3, word],
  bid: [4, z.optional(Bid.schema)],
  /** Of the newest checkpoints, oldest first. */
  findings: [5, z.array(Finding.schema).check(z.maxLength(CLAIMS_TOLD))],
})
export type Deal = Of<typeof Deal>

/** What the hash stands for that a relay anchored for a checkpoint: another relay can go on from it. */
export const AnchorList = record('anchor-list', {
  version: [0, z.literal(PROTOCOL)],
  job: [1, matching<JobId>(ID_PATTERN)],
  index: [2, uintUpTo(CHECKPOINTS - 1)],
  /** Words of 32 bytes, in the order of the sellers; zeros for who sent none. */
  commitments: [3, bytes(WORD, WORD * SELLERS)],
})
export type AnchorList = Of<typeof AnchorList>
