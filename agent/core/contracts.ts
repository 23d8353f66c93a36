import { hexOf } from '../wire/hash.ts'
import type { JobId, Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { type Market, type Terms, unpackTerms } from '../wire/market.ts'
import type { Bid, Offer } from '../wire/marketMessages.ts'
import type { Order } from '../wire/messages.ts'
import { MOST_JOIN_TIME } from './hours.ts'
import type { FindingSnapshot } from './snapshot.ts'
import type { AgentState } from './state.ts'

/**
 * What this device has told and signed in the contract of a paid job. It outlives the job: a buyer that cancels the order
 * cannot keep a device from showing what it found, nor have it sign a second claim for a checkpoint by ordering again.
 */
export interface ContractState {
  readonly address: Uint8Array
  readonly job: JobId
  /** SHA-256 of the order's payload. */
  readonly order: Uint8Array
  readonly offer: Offer
  readonly terms: Terms
  readonly market: Market
  bid: Bid | undefined
  /** When a bid was first told: the contract cannot have begun before. */
  bidAt: Millis | undefined
  /** When the contract began, or later, by our clock. */
  startedAt: Millis | undefined
  /** The same by the wall clock, which outlives a restart. */
  bidUnix: Millis | undefined
  startedUnix: Millis | undefined
  /** Why this device does not work for it, although it is hired. */
  refusal: string | undefined
  /** What was found at its checkpoints, by index. */
  readonly findings: Map<number, Found>
}

/** What was found at a checkpoint, and is the only claim that this device ever signs for it. */
export interface Found extends Omit<FindingSnapshot, 'signature' | 'commit'> {
  signature?: Uint8Array | undefined
  commit?: Uint8Array | undefined
}

/** What must survive a crash of it. */
export interface ContractSnapshot
  extends Pick<ContractState, 'address' | 'job' | 'order' | 'offer'>,
    Partial<Readonly<Pick<ContractState, 'bid' | 'bidUnix' | 'startedUnix' | 'refusal'>>> {
  readonly findings: readonly FindingSnapshot[]
}

/** A contract is remembered so much longer than it can last: the wall clock may be wrong, and settling may be late. */
const MARGIN: Millis = 24 * 3_600_000

/** The contract of an order, which may be known from an earlier life of its job; else it is from now on. */
export function contractOf(
  { contracts }: AgentState,
  { job, offer }: Pick<Order, 'job'> & { offer: Offer },
  order: Uint8Array,
  address: Uint8Array,
): ContractState {
  const known = contracts.get(hexOf(address))
  if (known) return known
  const made = restored({ address, job, order, offer, findings: [] })
  contracts.set(hexOf(address), made)
  return made
}

/** A contract as it was written down. */
export function restored(kept: ContractSnapshot): ContractState {
  const { address, job, order, offer, bid, bidUnix, startedUnix, refusal, findings } = kept
  return {
    ...{ address, job, order, offer, bid, bidUnix, startedUnix, refusal },
    terms: unpackTerms(offer.terms),
    market: { chainId: BigInt(offer.chainId), vault: offer.vault },
    bidAt: undefined,
    startedAt: undefined,
    findings: new Map(findings.map((each) => [each.index, { ...each }])),
  }
}

export function contractSnapshot(contract: ContractState): ContractSnapshot {
  const { address, job, order, offer, bid, bidUnix, startedUnix, refusal } = contract
  const findings = [...contract.findings.values()].map((each) => ({ ...each }))
  return { ...{ address, job, order, offer, bid, bidUnix, startedUnix, refusal }, findings }
}

/** Why this device cannot take on one more contract, in a sentence; nothing where it can, or has. */
export function roomMistake(
  agent: AgentState,
  now: Millis,
  job: JobId,
  address: Uint8Array,
  terms: Terms,
): string | undefined {
  forgetOver(agent, now)
  if (agent.contracts.has(hexOf(address))) return undefined
  const { clockZero } = agent
  if (clockZero !== undefined && now + clockZero > overBy(terms))
    return `job ${job} refused: by the clock of this device its contract is over; if it is not, set the clock`
  const promised = [...agent.contracts.values()].map((each) => Number(each.terms.checkpoints))
  const total = promised.reduce((sum, each) => sum + each, Number(terms.checkpoints))
  if (total <= LIMITS.claims) return undefined
  return `job ${job} refused: this device remembers what it signs for ${LIMITS.claims} checkpoints, until a day after their contracts are over, and has no room for ${terms.checkpoints} more`
}

/** Forgets contracts that are over for long. Without a wall clock nothing is forgotten. */
function forgetOver({ contracts, clockZero, jobs }: AgentState, now: Millis): void {
  if (clockZero === undefined) return
  for (const [name, contract] of contracts) {
    const isAtWork = [...jobs.values()].some((job) => job.contract === contract)
    if (!isAtWork && now + clockZero > overBy(contract.terms) + MARGIN) contracts.delete(name)
  }
}

/** Since 1970; whatever happens, no checkpoint of the contract is open after it. */
const overBy = ({ joinBy, window, checkpoints, period }: Terms): Millis =>
  Number(joinBy + 2n * window + checkpoints * period) * 1000

/** The job of a contract has ended: nothing is left to tell where it has found nothing. */
export function leaveContract({ contracts }: AgentState, contract: ContractState): boolean {
  if (contract.findings.size > 0) return false
  return contracts.delete(hexOf(contract.address))
}

/** Whether it has found what its buyer may still want to be shown. */
export function hasToShow({ findings, startedAt, terms }: ContractState, now: Millis): boolean {
  if (findings.size === 0) return false
  const last = Math.max(...findings.keys())
  const shown = BigInt(last + 1) * terms.period + terms.window
  return startedAt === undefined || now <= startedAt + Number(shown) * 1000
}

/** Contracts of jobs of this name: the one at work last, so that what is told of it stays. */
export function contractsOf({ contracts, jobs }: AgentState, job: JobId): ContractState[] {
  const newest = jobs.get(job)?.contract
  const others = [...contracts.values()].filter((each) => each.job === job && each !== newest)
  return newest ? [...others, newest] : others
}

/** The wall clock, where it can be right while there is this contract: a board without a battery wakes up in 1970. */
export function unixAt(
  { clockZero }: AgentState,
  { joinBy }: Terms,
  now: Millis,
): Millis | undefined {
  if (clockZero === undefined) return undefined
  const unix = now + clockZero
  return unix < Number(joinBy - MOST_JOIN_TIME) * 1000 ? undefined : unix
}

/**
 * When a contract began by our clock, or later. A controller that tells too early a time could have us show results before
 * they are bound: but no contract has begun before we offered to work for it.
 * @param ago how long it is since it began, by the wall clock; absent: not known
 */
export const beganAt = ({ bidAt }: ContractState, now: Millis, ago: Millis | undefined): Millis =>
  ago === undefined || ago < 0 || bidAt === undefined ? now : Math.max(now - ago, bidAt)

/** After a restart: when things were by our new clock. Where the wall clock went back, they seem to be just now. */
export function resumeTimes(agent: AgentState, contract: ContractState, now: Millis): void {
  const unix = unixAt(agent, contract.terms, now)
  const since = (at: Millis | undefined) =>
    at === undefined || unix === undefined ? undefined : now - Math.max(0, unix - at)
  contract.bidAt ??= since(contract.bidUnix)
  contract.startedAt ??= since(contract.startedUnix)
  // Too late is better than never to the end of its life, and surely not too early.
  if (contract.findings.size > 0) contract.startedAt ??= now
}
