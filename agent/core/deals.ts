import type { Answer } from '../consensus/answer.ts'
import { isShared } from '../consensus/choose.ts'
import { openContribution } from '../consensus/flood/entries.ts'
import { shareHash } from '../consensus/shards.ts'
import { canonicalBytes } from '../math/exactVector.ts'
import { OBJECT } from '../wire/cborCheck.ts'
import { encodeRecord } from '../wire/codec.ts'
import { periodMistake } from '../wire/contractTimes.ts'
import { HypernetError } from '../wire/errors.ts'
import { digest, equalBytes, hexOf } from '../wire/hash.ts'
import type { JobId, Millis } from '../wire/ids.ts'
import {
  amountBytes,
  findingOf,
  jobAddress,
  marketDigest,
  NO_SHARE,
  type Terms,
  unpackTerms,
} from '../wire/market.ts'
import { CLAIMS_TOLD, type Finding } from '../wire/marketMessages.ts'
import { Order, type Roster } from '../wire/messages.ts'
import { payloadOf } from '../wire/signature.ts'
import { commitmentOf } from '../wire/typedData.ts'
import { formatDuration } from '../wire/units.ts'
import { PROTOCOL } from '../wire/version.ts'
import { wantsText } from '../wire/wants.ts'
import {
  beganAt,
  type ContractState,
  contractsOf,
  type Found,
  hasToShow,
  resumeTimes,
  unixAt,
} from './contracts.ts'
import type { Outbox } from './effect.ts'
import type { SellerTerms, Settings } from './settings.ts'
import { snapshotOf } from './snapshot.ts'
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
  if (!isShared(order.method))
    return refused(
      `its method is ${order.method}, by which another seller could have this one sign a false sum; wanted flood or commit`,
    )
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
export function bid({ deal }: JobState, out: Outbox): void {
  if (!deal) return
  const { address, minPrice, terms } = deal
  const { collateral, joinBy: deadline } = terms
  const join = { job: address, minPrice, collateral, deadline }
  const digest = marketDigest(deal.market, 'Join', join)
  out.push({ kind: 'signDigest', request: `join/${hexOf(address)}`, digest })
}

/**
 * A roster names this device: its contract has begun, and the times of its checkpoints count from then, or from now where
 * that is not known. Whoever comes too late for the first of them is not paid, so it does not work.
 */
export function beginDeal(
  job: JobState,
  agent: AgentState,
  now: Millis,
  { started }: Pick<Roster, 'started'>,
): void {
  const { contract } = job
  if (!contract || contract.startedAt !== undefined) return
  const unix = unixAt(agent, contract.terms, now)
  const ago = started === undefined || unix === undefined ? undefined : unix - started * 1000
  const window = Number(contract.terms.window) * 1000
  if (ago !== undefined && ago > window) {
    contract.refusal = `job ${contract.job} refused: it was called ${formatDuration(Math.round(ago / 1000) * 1000)} after the contract began by the clock of this device, and its window is ${formatDuration(window)}: what it found could come too late to be paid; if the clock is wrong, set it`
    job.refusal = contract.refusal
    return
  }
  contract.startedAt = beganAt(contract, now, ago)
  if (unix !== undefined) contract.startedUnix ??= unix - (now - contract.startedAt)
}

/** After a restart: what is bound is told and shown as before. A signature that was not made before is made now. */
export function resumeDeals(agent: AgentState, now: Millis, out: Outbox): void {
  for (const contract of agent.contracts.values()) {
    resumeTimes(agent, contract, now)
    for (const found of contract.findings.values()) signFound(contract, found, out)
  }
  tellAllDeals(agent, now, out)
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
  const { order, contract } = job
  const { epoch, context } = state
  const index = contract && checkpointOf(contract.terms, order, epoch)
  if (!contract || index === undefined || contract.findings.has(index)) return
  const contents = state.method.contents?.(state.exchange)
  if (!contents) return
  const answer = findingOf(context.roster, epoch, contributors, contents, canonicalBytes(sum))
  const found: Found = { index, ...answer, ...workIn(state) }
  contract.findings.set(index, found)
  out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
  signFound(contract, found, out)
}

/** Has the next signature made that is missing: over the claim, then over what is told of that first. */
function signFound(
  { address: job, market }: ContractState,
  { group, share, roster, result, signature, commit, ...found }: Found,
  out: Outbox,
): void {
  const index = BigInt(found.index)
  const ask = (what: string, digest: Uint8Array) =>
    out.push({ kind: 'signDigest', request: `${what}/${hexOf(job)}/${index}`, digest })
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
  const [what, address = '', number] = request.split('/')
  const contract = agent.contracts.get(address)
  if (!contract) return
  if (what === 'join') {
    const deal = agent.jobs.get(contract.job)?.deal
    if (!deal || hexOf(deal.address) !== address) return
    const deadline = Number(deal.terms.joinBy)
    contract.bid = { minPrice: amountBytes(deal.minPrice), deadline, signature }
    contract.bidAt ??= now
    contract.bidUnix ??= unixAt(agent, contract.terms, now)
    out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
  } else {
    const found = contract.findings.get(Number(number))
    if (!found) throw new HypernetError('INVARIANT', `a signature for no checkpoint: ${request}`)
    if (what === 'checkpoint') {
      found.signature = signature
      signFound(contract, found, out)
      return
    }
    found.commit = signature
    out.push({ kind: 'persist', snapshot: snapshotOf(agent) })
  }
  tellDeals(agent, contract.job, now, out)
}

/** Publishes again all that this device has to say to relays. */
export function tellAllDeals(agent: AgentState, now: Millis, out: Outbox): void {
  const jobs = new Set([...agent.contracts.values()].map(({ job }) => job))
  for (const job of jobs) tellDeals(agent, job, now, out)
}

/**
 * Publishes all that this device has to say to relays in jobs of a name, if anything: in the one at work, and in those that
 * were cancelled but have something to show yet.
 */
export function tellDeals(agent: AgentState, job: JobId, now: Millis, out: Outbox): void {
  const atWork = agent.jobs.get(job)?.contract
  let next = Number.POSITIVE_INFINITY
  for (const contract of contractsOf(agent, job)) {
    if (contract !== atWork && !hasToShow(contract, now)) continue
    next = Math.min(next, tellDeal(agent, contract, now, out))
  }
  if (next < Number.POSITIVE_INFINITY) out.push({ kind: 'timer', name: `deal/${job}`, at: next })
}

/**
 * A checkpoint's signature is shown only after its time: until then others could copy what it says. Our times are not
 * before the contract's, so by them that time is surely over.
 * @returns when there will be more to show
 */
function tellDeal(
  { settings: { node, fleet } }: AgentState,
  { job, order, terms, bid, findings: kept, startedAt }: ContractState,
  now: Millis,
  out: Outbox,
): Millis {
  const findings: Finding[] = []
  let next = Number.POSITIVE_INFINITY
  if (!bid && kept.size === 0) return next
  const newest = [...kept.values()].slice(-CLAIMS_TOLD)
  for (const { signature, commit, index, ...claim } of newest) {
    if (!signature) continue
    const commitment = commitmentOf(signature)
    const at = (startedAt ?? now) + (index + 1) * Number(terms.period) * 1000 + AHEAD
    if (now < at) next = Math.min(next, at)
    const bound = { index, commitment, ...(commit && { commit }) }
    findings.push(now < at ? bound : { ...bound, ...claim, signature })
  }
  const label = { version: PROTOCOL, job, from: node, order } as const
  out.push({ kind: 'deal', fleet, job, deal: { ...label, ...(bid && { bid }), findings } })
  return next
}
