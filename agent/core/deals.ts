import type { Answer } from '../consensus/answer.ts'
import { openContribution } from '../consensus/flood/entries.ts'
import { shareHash } from '../consensus/shards.ts'
import { canonicalBytes } from '../math/exactVector.ts'
import { OBJECT } from '../wire/cborCheck.ts'
import { encodeRecord } from '../wire/codec.ts'
import { periodMistake } from '../wire/contractTimes.ts'
import { HypernetError } from '../wire/errors.ts'
import { digest, equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import {
  amountBytes,
  findingOf,
  jobAddress,
  marketDigest,
  NO_SHARE,
  type Terms,
  unpackTerms,
} from '../wire/market.ts'
import { type Bid, CLAIMS_TOLD, type Finding } from '../wire/marketMessages.ts'
import { Order } from '../wire/messages.ts'
import { payloadOf } from '../wire/signature.ts'
import { commitmentOf } from '../wire/typedData.ts'
import { formatDuration } from '../wire/units.ts'
import { PROTOCOL } from '../wire/version.ts'
import { wantsText } from '../wire/wants.ts'
import type { Outbox } from './effect.ts'
import type { SellerTerms, Settings } from './settings.ts'
import { type FindingSnapshot, snapshotOf } from './snapshot.ts'
import type { AgentState, EpochState, JobState } from './state.ts'

/** A paid job from a device's side: what is offered, and its bid. */
export interface DealState {
  /** Address of the job's contract. */
  readonly address: Uint8Array
  readonly terms: Terms
  readonly market: SellerTerms
  readonly minPrice: bigint
  /** `later`: its hours forbid it now, which was told. */
  offer: 'none' | 'later' | 'made'
  bid: Bid | undefined
  /** When a roster first named us: the contract had begun by then. */
  startedAt: Millis | undefined
  /** The same by the wall clock, which outlives a restart. */
  startedUnix: Millis | undefined
}

/** What was found at a checkpoint, and is the only claim that this device ever signs for it. */
export interface Found extends Omit<FindingSnapshot, 'signature' | 'commit'> {
  signature?: Uint8Array | undefined
  commit?: Uint8Array | undefined
}

/** A block's time may run ahead of ours by so much. */
const AHEAD: Millis = 1_000

/**
 * What a paid order is worth to this device: nothing is believed, the job's address is worked out.
 * @returns the deal; or why this device takes no part, in a sentence that names the key of agent.yaml to change
 */
export function dealOf(settings: Settings, order: Order): DealState | string | undefined {
  const { offer } = order
  if (!offer) return undefined
  const { market } = settings
  const refused = (why: string) => `job ${order.job} refused: ${why}`
  if (!market) return refused('it is paid, and agent.yaml has no market; add one to sell')
  const terms = unpackTerms(offer.terms)
  const isOurs =
    BigInt(offer.chainId) === market.chainId &&
    equalBytes(offer.vault, market.vault) &&
    equalBytes(offer.factory, market.factory) &&
    equalBytes(offer.escrow, market.escrow)
  if (!isOurs) return refused('it is paid on another market than the one under market')
  const { offer: _, ...bare } = order
  if (!equalBytes(digest(encodeRecord(Order, bare, OBJECT)), terms.spec))
    return refused('the terms on the chain are of another order')
  if (terms.replicas !== BigInt(order.data?.replicas ?? 1))
    return refused('the terms on the chain have other replicas than the order')
  const mistake = timesMistake(order, terms)
  if (mistake !== undefined) return refused(mistake)
  if (terms.collateral > market.maxCollateral)
    return refused('it wants more collateral than market.maxCollateral')
  return {
    address: jobAddress(terms, market.factory, market.escrow, wantsText(order)),
    terms,
    market,
    minPrice: market.minPrice,
    offer: 'none',
    bid: undefined,
    startedAt: undefined,
    startedUnix: undefined,
  }
}

/** Why a seller could lose by the times of a contract: it would not be paid, be copied, or wait for its collateral. */
function timesMistake(
  { epochs = 1, window, timeout }: Order,
  { checkpoints, period, window: showing }: Terms,
): string | undefined {
  if (epochs === 0 || epochs % Number(checkpoints) !== 0)
    return `its contract has ${checkpoints} checkpoints, which do not divide the ${epochs} epochs of the order evenly`
  const times = {
    checkpoints: Number(checkpoints),
    period: Number(period) * 1000,
    window: Number(showing) * 1000,
  }
  const wanted = periodMistake({ epochs, window, timeout }, times)
  return wanted && `the period of its contract is ${formatDuration(times.period)}, wanted ${wanted}`
}

/** Has the signature made by which this device takes a place in the job. */
export function bid({ order, deal }: JobState, out: Outbox): void {
  if (!deal) return
  const { address, minPrice, terms } = deal
  const { collateral, joinBy: deadline } = terms
  const join = { job: address, minPrice, collateral, deadline }
  const digest = marketDigest(deal.market, 'Join', join)
  out.push({ kind: 'signDigest', request: `join/${order.job}`, digest })
}

/** A roster names this device: the job has begun, so times count from now. */
export function beginDeal({ deal }: JobState, { clockZero }: AgentState, now: Millis): void {
  if (!deal) return
  deal.startedAt ??= now
  if (clockZero !== undefined) deal.startedUnix ??= deal.startedAt + clockZero
}

/**
 * After a restart: how long the contract has run, by the wall clock. Where that went back, it seems to have begun just now,
 * and what was found is shown too late rather than too early. A signature that was not made before is made now.
 */
export function resumeDeal(
  job: JobState,
  { clockZero }: AgentState,
  now: Millis,
  out: Outbox,
): void {
  const { deal, findings } = job
  if (!deal) return
  if (deal.startedUnix !== undefined && clockZero !== undefined)
    deal.startedAt ??= Math.min(now, deal.startedUnix - clockZero)
  for (const found of findings.values()) signFound(job, deal, found, out)
}

/**
 * An epoch is final: where it ends a checkpoint, has signed what was found. That is on the disk first, since a device
 * that forgot it could sign another claim, by another roster, and lose its collateral.
 */
export function findAt(
  agent: AgentState,
  job: JobState,
  state: EpochState,
  { contributors, sum }: Answer,
  out: Outbox,
): void {
  const { order, deal, findings } = job
  const { epoch, context } = state
  const index = deal && checkpointOf(deal.terms, order, epoch)
  if (!deal || index === undefined || findings.has(index)) return
  const answer = findingOf(context.roster, epoch, contributors, canonicalBytes(sum))
  const found: Found = { index, ...answer, ...workIn(state) }
  findings.set(index, found)
  out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
  signFound(job, deal, found, out)
}

/** Has the next signature made that is missing: over the claim, then over what is told of that first. */
function signFound(
  { order }: JobState,
  { address: job, market }: DealState,
  { group, share, roster, result, signature, commit, ...found }: Found,
  out: Outbox,
): void {
  const index = BigInt(found.index)
  const ask = (what: string, digest: Uint8Array) =>
    out.push({ kind: 'signDigest', request: `${what}/${order.job}/${index}`, digest })
  if (!signature) {
    const claim = { job, index, group: BigInt(group), share, roster, result }
    ask('checkpoint', marketDigest(market, 'Checkpoint', claim))
  } else if (!commit) {
    const commitment = commitmentOf(signature)
    ask('commit', marketDigest(market, 'Commit', { job, index, commitment }))
  }
}

/** Whom this device did its work with, and what it found: nothing without replicas. */
function workIn({ context, method, exchange }: EpochState): Pick<Found, 'group' | 'share'> {
  const { dealt, self } = context
  const { contribution } = method.remember(exchange)
  const own = contribution && openContribution(context, self, payloadOf(contribution))
  if (!dealt || !own) return { group: 0, share: NO_SHARE }
  return { group: dealt.shards[self] ?? 0, share: shareHash({ vector: own.sum, rows: own.rows }) }
}

/** The checkpoint that an epoch ends, if it ends one: checkpoints share the epochs evenly. */
function checkpointOf(
  { checkpoints }: Terms,
  { epochs = 1 }: Order,
  epoch: number,
): number | undefined {
  const index = ((epoch + 1) * Number(checkpoints)) / epochs - 1
  return Number.isSafeInteger(index) && index >= 0 && index < checkpoints ? index : undefined
}

/** A signature for the market was made: tell relays what it stands for, once all is signed that goes with it. */
export function takeDigest(
  agent: AgentState,
  now: Millis,
  request: string,
  signature: Uint8Array,
  out: Outbox,
): void {
  const [what, id, number] = request.split('/')
  const job = [...agent.jobs.values()].find(({ order }) => order.job === id)
  if (!job?.deal) return
  const { deal } = job
  if (what === 'join') {
    const deadline = Number(deal.terms.joinBy)
    deal.bid = { minPrice: amountBytes(deal.minPrice), deadline, signature }
  } else {
    const found = job.findings.get(Number(number))
    if (!found) throw new HypernetError('INVARIANT', `a signature for no checkpoint: ${request}`)
    if (what === 'checkpoint') {
      found.signature = signature
      signFound(job, deal, found, out)
      return
    }
    found.commit = signature
    out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
  }
  tellDeal(agent, job, now, out)
}

/**
 * Publishes all that this device has to say to relays, if anything. A checkpoint's signature is shown only after its time: until
 * then others could copy what it says. Our clock started after the contract's, so by it that time is surely over.
 */
export function tellDeal(agent: AgentState, job: JobState, now: Millis, out: Outbox): void {
  const { deal, order, orderHash } = job
  if (!deal || (!deal.bid && job.findings.size === 0)) return
  const { node, fleet } = agent.settings
  const findings: Finding[] = []
  let next = Number.POSITIVE_INFINITY
  const newest = [...job.findings.values()].slice(-CLAIMS_TOLD)
  for (const { signature, commit, index, ...claim } of newest) {
    if (!signature) continue
    const commitment = commitmentOf(signature)
    const at = (deal.startedAt ?? now) + (index + 1) * Number(deal.terms.period) * 1000 + AHEAD
    if (now < at) next = Math.min(next, at)
    const bound = { index, commitment, ...(commit && { commit }) }
    findings.push(now < at ? bound : { ...bound, ...claim, signature })
  }
  const label = { version: PROTOCOL, job: order.job, from: node, order: orderHash } as const
  const told = { ...label, ...(deal.bid ? { bid: deal.bid } : {}), findings }
  out.push({ kind: 'deal', fleet, job: order.job, deal: told })
  if (next < Number.POSITIVE_INFINITY)
    out.push({ kind: 'timer', name: `deal/${order.job}`, at: next })
}
