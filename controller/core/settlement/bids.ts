import type { NodeId } from '../../../agent/wire/ids.ts'
import type { Bid } from '../../../agent/wire/marketMessages.ts'

/** A device that offers to work, by a signature that was checked. */
export interface Bidder {
  readonly node: NodeId
  /** Address, 0x and hexadecimal. */
  readonly key: string
  readonly bid: Bid
  readonly minPrice: bigint
  /** It was sent to the contract, which skipped it: too poor, or at work elsewhere. */
  tried: boolean
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
 * The next batch for a job with so many places left: the lowest minimums win, then names, so that any relay chooses
 * the same.
 * @param joined addresses that have a place already
 * @returns nothing while there are fewer bids than places
 */
export function chosen(
  all: readonly Bidder[],
  joined: readonly string[],
  places: number,
): Batch | undefined {
  const taken = new Set(joined)
  const open = all
    .filter(({ key, tried }) => !tried && !taken.has(key))
    .sort((a, b) => compare(a.minPrice, b.minPrice) || compare(a.node, b.node))
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

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
