import type { News } from './news.ts'
import type { Address, Claim, Commitment, Signature } from './speech.ts'

/** What one owner has behind an account. */
export interface Stake {
  shares: bigint
  era: number
  leavesAt: number
}

/** An account of the vault, what others put up behind it, and what is known of its owner. */
export interface Account {
  free: bigint
  locked: bigint
  active: number
  ok: number
  bad: number
  backed: boolean
  pool: { total: bigint; locked: bigint; era: number; shares: bigint }
  /** By owner. */
  stakes: Map<Address, Stake>
  payout: Address | undefined
  nonce: number
  /** As a buyer. */
  score: { completed: number; stopped: number; abandoned: number }
}

export interface Terms {
  readonly buyer: Address
  readonly price: bigint
  readonly feeBps: number
  readonly relay: Address
  readonly collateral: bigint
  readonly replicas: number
  readonly spec: string
  readonly relayFee: bigint
  readonly period: number
  readonly window: number
  readonly joinBy: number
  readonly sellers: number
  readonly checkpoints: number
  readonly payEvery: number
  readonly nonce: number
}

export type Phase = 'Open' | 'Filled' | 'Running' | 'Settling' | 'Closed'

/** Places of the sellers that are paid for a checkpoint, and that are slashed. */
export interface Verdict {
  ok: number[]
  bad: number[]
}

/** A claim, and the places of those whose signature of it was shown. */
export interface Shown {
  readonly claim: Claim
  readonly by: readonly number[]
}

/** The checkpoint under way. */
export interface Checkpoint {
  /** What was bound for each place; 'other': a hash of something else. */
  anchor: readonly Commitment[] | 'other' | undefined
  /** What sellers bound themselves, by place. */
  own: Map<number, Commitment>
  tally: { shown: readonly Shown[]; verdict: Verdict } | undefined
  /** All that Attested told of it, by its text. */
  told: Map<string, readonly Shown[]>
}

export interface Job {
  readonly address: Address
  readonly terms: Terms
  readonly number: number
  escrow: bigint
  funded: bigint
  phase: Phase
  sellers: Address[]
  index: number
  unpaid: number
  missed: number
  stopping: boolean
  /** Of the last raise; 0: none. */
  raised: bigint
  commitBy: number
  fillBlock: number
  groups: number[]
  checkpoint: Checkpoint
  /** Of the checkpoints that are closed and not paid out. */
  history: Verdict[]
}

export interface Rules {
  readonly feeBps: number
  readonly leastWindow: number
  readonly mostWindow: number
  readonly stakeDelay: number
}

/** The whole market. */
export interface Market {
  readonly vault: Address
  readonly treasury: Address
  readonly factory: Address
  rules: Rules
  factoryListed: boolean
  accounts: Map<Address, Account>
  jobs: Map<Address, Job>
  tokens: Map<Address, bigint>
  /** Who lets the vault take its tokens. */
  approvals: Set<Address>
  /** Events of the last call. */
  news: News[]
}

/** Around a call: when, in which block, by whom. */
export interface Setting {
  readonly time: number
  readonly block: number
  readonly sender: Address
  /** Hash of the block that deals a job's groups; undefined: it is not known. */
  readonly lot?: string | undefined
}

export const freshCheckpoint = (): Checkpoint => ({
  anchor: undefined,
  own: new Map(),
  tally: undefined,
  told: new Map(),
})

/** An account as everybody has it before the first use. */
const freshAccount = (): Account => ({
  free: 0n,
  locked: 0n,
  active: 0,
  ok: 0,
  bad: 0,
  backed: false,
  pool: { total: 0n, locked: 0n, era: 0, shares: 0n },
  stakes: new Map(),
  payout: undefined,
  nonce: 0,
  score: { completed: 0, stopped: 0, abandoned: 0 },
})

/** The account of an address. */
export function accountOf(market: Market, address: Address): Account {
  const found = market.accounts.get(address)
  if (found) return found
  const made = freshAccount()
  market.accounts.set(address, made)
  return made
}

/** Sellers' signatures for a checkpoint, as they are handed in. */
export interface Reveals {
  readonly claims: readonly Claim[]
  /** Places whose signature is here, upwards. */
  readonly revealed: readonly number[]
  /** For each signature the place of its claim. */
  readonly claimOf: readonly number[]
  readonly signatures: readonly Signature[]
  /** For each other place its seller, and what the anchored list holds of it. */
  readonly absent: readonly Address[]
  readonly withheld: readonly Commitment[]
  /** For each place that its seller bound itself: what the anchored list holds of it. */
  readonly replaced: readonly Commitment[]
  /** What earlier calls have shown. */
  readonly earlier: readonly Shown[]
}
