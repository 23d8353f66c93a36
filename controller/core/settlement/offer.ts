import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import type { FusionJob } from '../../../agent/wire/job.ts'
import { packTerms, type Terms } from '../../../agent/wire/market.ts'
import { Order } from '../../../agent/wire/messages.ts'

/** The market that a controller trades on; addresses of 20 bytes. */
export interface MarketPlace {
  readonly chainId: number
  readonly vault: Uint8Array
  readonly factory: Uint8Array
  readonly escrow: Uint8Array
  /** The account that relays. */
  readonly relay: Uint8Array
}

/** What an order is opened with. */
export interface Opening {
  /** 20 bytes. */
  readonly buyer: Uint8Array
  /** Fee of jobs that are opened now, in hundredths of a percent. */
  readonly feeBps: number
  /** Seconds since 1970 of the newest block. */
  readonly time: number
  /** Seconds that devices wait for a block to stay; absent: not known, or none. */
  readonly finality?: number | undefined
  /** Seconds that the market allows a job's window. */
  readonly leastWindow: number
  readonly mostWindow: number
}

type MarketWish = NonNullable<FusionJob['spec']['market']>

/** An order with the terms on which devices are hired for it; they hold the hash of the order without them. */
export function withOffer(
  order: Order,
  wish: MarketWish,
  place: MarketPlace,
  opening: Opening,
): Order {
  const { chainId, vault, factory, escrow } = place
  const terms = packTerms(termsOf(order, wish, place, opening))
  return { ...order, offer: { chainId, vault, factory, escrow, terms } }
}

function termsOf(
  order: Order,
  wish: MarketWish,
  place: MarketPlace,
  { buyer, feeBps, time }: Opening,
): Terms {
  const seconds = (millis: number) => BigInt(Math.ceil(millis / 1000))
  return {
    buyer,
    price: wish.price,
    feeBps: BigInt(feeBps),
    relay: place.relay,
    collateral: wish.collateral ?? wish.price,
    replicas: BigInt(order.data?.replicas ?? 1),
    spec: digest(encodeRecord(Order, order, OBJECT)),
    relayFee: wish.relayFee,
    period: seconds(wish.period),
    window: seconds(wish.window),
    joinBy: BigInt(time) + seconds(wish.joinBy),
    sellers: BigInt(wish.sellers),
    checkpoints: BigInt(wish.checkpoints),
    payEvery: BigInt(wish.payEvery ?? wish.checkpoints),
    // Two orders of one job that are alike in all else differ in this.
    nonce: BigInt(order.generation),
  }
}
