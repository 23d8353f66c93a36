import { hexOf } from '../../../agent/wire/hash.ts'
import type { NodeId } from '../../../agent/wire/ids.ts'
import { jobAddress, type Market, type Terms, unpackTerms } from '../../../agent/wire/market.ts'
import type { Finding, Offer } from '../../../agent/wire/marketMessages.ts'
import { type Asked, wantsText } from '../../../agent/wire/wants.ts'
import type { Bidder } from './bids.ts'
import type { Call, MarketBlock } from './seam.ts'
import type { Refused } from './tries.ts'

/** A paid job as its contract has it, and what devices said of it. `step` changes it in place; nothing else does. */
export interface Settlement {
  readonly market: Market
  readonly terms: Terms
  /** What the order wants of a device. */
  readonly asked: Asked
  /** Address of the job's contract. */
  readonly address: Uint8Array
  /** By address of the key, in hexadecimal. */
  readonly bidders: Map<string, Bidder>
  /** Devices whose names are pinned to keys of sellers that did not bid here, by address. */
  readonly names: Map<string, NodeId>
  /** By index of the checkpoint, by address: only what that key signed, or committed. */
  readonly findings: Map<number, Map<string, Finding>>
  /** Lists of commitments that relays told of, by the hash chain over them. */
  readonly lists: Map<string, readonly Uint8Array[]>
  /** The list that we asked to have anchored: what comes later is bound beside it. */
  listed: { readonly index: number; readonly words: readonly Uint8Array[] } | undefined
  /** Since when we know of a finding at the running checkpoint, by the chain's time. */
  listening: { readonly index: number; readonly since: number } | undefined
  /** What sellers bind themselves at one checkpoint, as it was sent, and the block at which the last of it was. */
  binding:
    | { readonly index: number; readonly block: number; readonly batches: readonly Batch[] }
    | undefined
  /** Of findings whose signature over Commit was looked at: whether it is good. */
  readonly isCommit: WeakMap<Finding, boolean>
  /** Addresses that were sent to fill places, in the filling that is under way. */
  sent: readonly string[] | undefined
  /** While records of those who are to be hired are read: the second of the chain from which on they count. */
  round: number | undefined
  /** Fillings that the contract refused as a whole. */
  refusedFills: number
  time: number
  /** Number of the newest block. */
  block: number
  /** Highest block that stays; negative: none is known. */
  final: number
  /** When the newest bid came, by the chain's time. */
  bidAt: number
  chain: OnChain
  /** The account that sends our transactions. */
  readonly relay: Uint8Array
  /** Calls that were refused, by their step. */
  readonly refused: Map<string, Refused>
  /** What was last told of them. */
  toldOffers: string
  toldHired: boolean
  /** Since when a hired seller's name is missing, by the chain's time. */
  calledSince: number | undefined
  toldWaits: string | undefined
  /** Why there is no contract yet, the block that decides it, and the newest one when it was last tried. */
  refusal: { readonly reason: string; readonly block: number; readonly triedAt: number } | undefined
  isCancelled: boolean
  /** It is not to be opened any more. */
  isGivenUp: boolean
  /** That it was opened all the same. */
  toldOpened: boolean
  /** Newest blocks that were told since places closed and nobody had opened it, and the first of them. */
  late: { readonly heads: number; readonly since: number } | undefined
  /** What the chain says is told anew, up to the next head: nothing follows from a part of it. */
  isRewound: boolean
  isOver: boolean
}

/** Sellers, by place, whom one call binds. */
export interface Batch {
  readonly places: readonly number[]
  readonly call: Call
}

/** What sellers signed, as a contract tells it (JobCheckpoints.sol, Attested), and the bits of who did. */
export interface Shown {
  readonly bytes: string
  readonly sellers: bigint
}
export const NOTHING_SHOWN: Shown = { bytes: '0x', sellers: 0n }

/** What the chain said so far. */
export interface OnChain {
  phase: 'unknown' | 'open' | 'filled' | 'running' | 'settling' | 'ended'
  /** For one seller, where the buyer has raised it. */
  raised: bigint | undefined
  sellers: string[]
  /** How often somebody filled places, all, some or none. */
  fills: number
  /** Block of the last join, and the time of the first head at which we knew of it: with replicas the draw of the groups waits for it. */
  filled: { readonly block: number; seenAt: number | undefined } | undefined
  /** Block in which the job started. */
  startedIn: number | undefined
  /** When it did: seconds since 1970. */
  startedAt: number
  /** Replica group of each seller. */
  groups: readonly number[]
  index: number
  /** Seconds since 1970. */
  commitBy: number
  anchor: string | undefined
  /** Time of the block at which we knew of it. */
  anchorSeen: number | undefined
  /** What sellers bound by themselves for the running checkpoint, by place: it counts in place of any list. */
  own: ReadonlyMap<number, Uint8Array>
  /** Checkpoints in a row that nobody bound. */
  missed: number
  /** What the contract was shown for the running checkpoint. */
  shown: Shown
  /** Bits of who is paid and who is slashed, two words a checkpoint that is not paid out. */
  history: bigint[]
  /** For each seller the checkpoints that it was paid for. */
  okCounts: number[]
  paid: bigint
  slashed: bigint
  fee: bigint
  isStopping: boolean
  /** How it ended, and in which block. */
  end: { readonly block: number; readonly market: MarketBlock } | undefined
}

/** Before anything was heard of a contract. */
export const nothing = (): OnChain => ({
  phase: 'unknown',
  raised: undefined,
  sellers: [],
  fills: 0,
  filled: undefined,
  startedIn: undefined,
  startedAt: 0,
  groups: [],
  index: 0,
  commitBy: 0,
  anchor: undefined,
  anchorSeen: undefined,
  own: new Map(),
  missed: 0,
  shown: NOTHING_SHOWN,
  history: [],
  okCounts: [],
  paid: 0n,
  slashed: 0n,
  fee: 0n,
  isStopping: false,
  end: undefined,
})

/** A settlement of which nothing is known yet; the chain and the devices tell it, also after a restart. */
export function newSettlement(offer: Offer, asked: Asked, relay: Uint8Array): Settlement {
  const terms = unpackTerms(offer.terms)
  return {
    market: { chainId: BigInt(offer.chainId), vault: offer.vault },
    terms,
    asked,
    address: jobAddress(terms, offer.factory, offer.escrow, wantsText(asked)),
    bidders: new Map(),
    names: new Map(),
    findings: new Map(),
    lists: new Map(),
    listed: undefined,
    listening: undefined,
    binding: undefined,
    isCommit: new WeakMap(),
    sent: undefined,
    round: undefined,
    refusedFills: 0,
    time: 0,
    block: 0,
    final: -1,
    bidAt: 0,
    chain: nothing(),
    relay,
    refused: new Map(),
    toldOffers: '',
    toldHired: false,
    calledSince: undefined,
    toldWaits: undefined,
    refusal: undefined,
    isCancelled: false,
    isGivenUp: false,
    toldOpened: false,
    late: undefined,
    isRewound: false,
    isOver: false,
  }
}

/** A compact signature as contracts take it. */
export const pair = (signature: Uint8Array) => ({
  r: hexOf(signature.subarray(0, 32)),
  vs: hexOf(signature.subarray(32)),
})
