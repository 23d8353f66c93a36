import type { NodeId } from '../../../agent/wire/ids.ts'
import { amountOf } from '../../../agent/wire/market.ts'
import type { Bid } from '../../../agent/wire/marketMessages.ts'
import { SCORE_PARTS, type Standing } from '../../../agent/wire/standing.ts'

/** What a device has in the vault: all tokens behind its word, and checkpoints that it was paid and slashed for. */
export interface VaultRecord {
  readonly stake: bigint
  readonly ok: number
  readonly bad: number
}

/** A device that offers to work, by a signature that was checked. */
export interface Bidder {
  readonly node: NodeId
  /** Address, 0x and hexadecimal. */
  readonly key: string
  readonly bid: Bid
  readonly minPrice: bigint
  /** As the vault has it; not yet read. */
  record: VaultRecord | undefined
  /** The newest second of the chain when it was read. */
  readAt: number
  /** How often it was sent to the contract, which passed it over: too poor, or at work for another job. */
  tries: number
  /** It is not sent again before this second of the chain. */
  restsUntil: number
}

/** Signatures in one transaction: far below a block's gas. */
const BATCH = 128

/** Bids that go to the contract together, since they are for the same minimum and deadline. */
export interface Batch {
  readonly minPrice: bigint
  readonly deadline: number
  readonly bidders: readonly Bidder[]
}

/**
 * The next batch for a job with so many places left: the lowest minimums win, then the most tokens behind a device,
 * then the best score, then names, so that any relay that knows the same chooses the same.
 * @param joined addresses that have a place already
 * @param time seconds of the chain
 * @returns nothing while there are fewer bids than places
 */
export function chosen(
  all: readonly Bidder[],
  joined: readonly string[],
  places: number,
  time: number,
): Batch | undefined {
  const taken = new Set(joined)
  const open = all
    .filter(({ key, restsUntil }) => restsUntil <= time && !taken.has(key))
    .sort(byPlace)
  const winners = open.slice(0, places)
  const [first] = winners
  if (!first || winners.length < places) return undefined
  const bidders = winners
    .filter(
      ({ minPrice, bid }) => minPrice === first.minPrice && bid.deadline === first.bid.deadline,
    )
    .slice(0, BATCH)
  return { minPrice: first.minPrice, deadline: first.bid.deadline, bidders }
}

/** Seconds of the chain for which a record counts that was read before there were bids for all places. */
const FRESH = 10

/** From which second on records count, where devices are to be hired now. */
export const roundFrom = (time: number): number => time - FRESH

/**
 * Those of a batch whose record is too old to hire them by: who has a bid may take all back meanwhile. Each is read once
 * a round, however long a round takes, so that a slow node on a fast chain does not make the first old before the last.
 * @param round second from which on records count
 */
export const staleIn = ({ bidders }: Batch, round: number, time: number): readonly Bidder[] =>
  // One that was read on blocks that are gone may be ahead of the chain.
  bidders.filter(({ readAt }) => readAt < round || readAt > time)

/** Seconds that a device rests that the contract passed over, doubling up to the most: each try costs gas. */
const REST = { first: 15, most: 600 } as const

/** The contract has seen its bid: whether it has a place now the chain tells. */
export function rest(bidder: Bidder, time: number): void {
  bidder.restsUntil = time + Math.min(REST.most, REST.first * 2 ** bidder.tries)
  bidder.tries++
}

const NOTHING: VaultRecord = { stake: 0n, ok: 0, bad: 0 }

function byPlace(one: Bidder, other: Bidder): number {
  const { record: a = NOTHING } = one
  const { record: b = NOTHING } = other
  return (
    compare(one.minPrice, other.minPrice) ||
    compare(b.stake, a.stake) ||
    // (ok + 1) / (ok + bad + 2), without fractions.
    compare((b.ok + 1) * (a.ok + a.bad + 2), (a.ok + 1) * (b.ok + b.bad + 2)) ||
    compare(one.node, other.node)
  )
}

/** Whether a device has what an order asks of those whom it hires. */
export function meets({ stake, ok, bad }: VaultRecord, asked: Standing | undefined): boolean {
  const { stake: least, score = 0 } = asked ?? {}
  return (
    (least === undefined || stake >= amountOf(least)) &&
    // The score is Laplace's rule of succession: the chance that the next checkpoint is a good one.
    SCORE_PARTS * (ok + 1) >= score * (ok + bad + 2)
  )
}

const compare = <T extends bigint | number | string>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : 0
