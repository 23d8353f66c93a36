import type { NodeId } from '../../../agent/wire/ids.ts'
import type { Deal } from '../../../agent/wire/marketMessages.ts'
import type { VaultRecord } from './bids.ts'

/** How a contract is called, in the words of its ABI; the caller knows addresses and encoding. */
export interface Call {
  /** Names the step of this job; the same name is the same call. */
  readonly step: string
  readonly to: 'factory' | 'job'
  readonly name: string
  readonly args: readonly unknown[]
  /** Errors of the contract which mean that it was done already. */
  readonly done: readonly string[]
}

/** An event of a job's contract, or of the vault or factory about it. */
export interface ChainLog {
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

/** Everything that can happen to a settlement. */
export type SettlementInput =
  /** What a device said; `key` is the address of the key that its name is pinned to. */
  | { kind: 'deal'; node: NodeId; key: Uint8Array; deal: Deal }
  /** What a key has in the vault. */
  | { kind: 'record'; key: string; record: VaultRecord }
  /** Devices whose names are pinned to keys, by the address of the key. */
  | { kind: 'names'; nodes: ReadonlyMap<string, NodeId> }
  /** A list of commitments that some relay anchored, or says so. */
  | { kind: 'list'; index: number; commitments: readonly Uint8Array[] }
  /** `block`: number of the block that it is in. */
  | { kind: 'log'; log: ChainLog; block: number }
  /** A chain was reorganised above block `to`: everything on it is told anew. */
  | { kind: 'rewound'; to: number }
  /** The newest block: its number, its seconds since 1970, and the highest block that stays. */
  | { kind: 'head'; number: number; time: number; final: number }
  /** The buyer wants it to end. */
  | { kind: 'cancel' }
  /** The order is not to be opened any more: should somebody do so, it is cancelled. */
  | { kind: 'giveUp' }
  /** A call was signed and goes out: it may take effect from now on. */
  | { kind: 'sent'; step: string }
  /** A call found no place among those that wait for the chain: it may be wanted again with the next block. */
  | { kind: 'unsent'; step: string }
  /** A call cannot be done as the chain was at this block, for this reason. */
  | { kind: 'refused'; step: string; reason: string; block: number }

/** Everything that a settlement can want done. */
export type SettlementEffect =
  | { kind: 'call'; call: Call }
  /** Publish the commitments, so that another relay could go on; before they are anchored. */
  | { kind: 'list'; index: number; commitments: readonly Uint8Array[] }
  /** Read what a key has in the vault; asked for again until it is told. */
  | { kind: 'record'; key: string }
  /** Find which devices' names are pinned to these keys; asked for again until all are told, or it is late. */
  | { kind: 'names'; keys: readonly string[] }
  | ({ kind: 'offered' } & Offers)
  /** These devices were hired for sure, all that are known by a name, and the contract began then (seconds since 1970); the job may begin. */
  | { kind: 'hired'; sellers: readonly Hired[]; started: number }
  | { kind: 'ended'; market: MarketBlock }
  /** There is no contract, and none is wanted any more: the order is given up. */
  | { kind: 'failed'; reason: string }
  /** The buyer has taken the order back before a contract was heard of: one that was not sent is not to be opened. */
  | { kind: 'withdraw' }
  /** Nobody has opened the order, and its places are closed; told with each block. */
  | { kind: 'unopened' }
  /** Why nothing goes on, as a sentence goes on; absent: it does. */
  | { kind: 'waits'; reason: string | undefined }
  | { kind: 'note'; level: 'info' | 'warn'; message: string }

/** A device that has a place in a job, from 0 on, and its replica group; 0 without replicas. */
export interface Hired {
  readonly node: NodeId
  readonly group: number
  readonly place: number
}

/** Who has offered to work. */
export interface Offers {
  readonly places: number
  /** Devices that may be hired. */
  readonly devices: number
  /** Those that have less than the order asks of them. */
  readonly below: number
  /** Those that want more than the price, and what the least of them wants. */
  readonly dear: number
  /** Those of them that may be hired whom the contract passed over: short of collateral, or at work. */
  readonly busy: number
  readonly from?: bigint
}

/** As contracts/src/IHyperVault.sol counts them; the first stands for a job that goes on. */
export const ENDINGS = ['none', 'expired', 'completed', 'stopped', 'abandoned'] as const

/** The market's part of a result document; amounts as decimal text. */
export interface MarketBlock {
  readonly chainId: number
  /** Address of the job's contract. */
  readonly escrow: string
  readonly checkpoints: number
  readonly sellers: number
  /** Sellers that were paid for all checkpoints. */
  readonly paidInFull: number
  readonly paid: string
  readonly slashed: string
  readonly fee: string
  /** What went to those who sent the job's transactions. */
  readonly relays: string
  /** What went back to the buyer. */
  readonly returned: string
  readonly currency: string
  readonly ending: (typeof ENDINGS)[number]
  /** How far the answer is verified, and the work behind it (docs/market.md). */
  readonly result: 'majority' | 'unverified'
  readonly work: 'not replicated' | `replicated x${number}`
}
