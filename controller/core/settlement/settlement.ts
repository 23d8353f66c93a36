import { equalBytes, hexOf } from '../../../agent/wire/hash.ts'
import type { NodeId } from '../../../agent/wire/ids.ts'
import { amountOf, chainOfWords, escrowAt, marketDigest } from '../../../agent/wire/market.ts'
import type { Bid, Finding } from '../../../agent/wire/marketMessages.ts'
import { signerOf } from '../../../agent/wire/typedData.ts'
import { wantsText } from '../../../agent/wire/wants.ts'
import { type Bidder, chosen, meets, roundFrom, staleIn } from './bids.ts'
import { sentOnce, takeLog } from './chainLog.ts'
import { checkpointCalls } from './checkpoints.ts'
import { tellFinal, tellWaits } from './finality.ts'
import { giveUp, tellOpened, tellUnopened } from './givenUp.ts'
import type { Call, SettlementEffect, SettlementInput } from './seam.ts'
import { nothing, type Settlement } from './state.ts'
import { mayTry, nameOfTry, refusedOnce, stepOfTry } from './tries.ts'

/** Seconds of the chain without a new bid before the cheapest are chosen. */
const GATHER = 2
/** Blocks from the last join to the one whose hash deals the groups (contracts/src/JobJoining.sol). */
const LOT_AFTER = 2

/** What to do about one input. Anyone may run this: it needs no secret but the account that pays for gas. */
export function step(state: Settlement, input: SettlementInput, out: SettlementEffect[]): void {
  if (state.isOver) return
  switch (input.kind) {
    case 'deal':
      takeDeal(state, input)
      break
    case 'record': {
      const bidder = state.bidders.get(input.key)
      if (!bidder) break
      bidder.record = input.record
      bidder.readAt = state.time
      break
    }
    case 'names':
      for (const [key, node] of input.nodes) state.names.set(key, node)
      break
    case 'list':
      keepList(state, input.commitments)
      break
    case 'log':
      takeLog(state, input.log, input.block)
      break
    case 'rewound':
      state.chain = nothing()
      state.late = undefined
      state.isRewound = true
      // What is told anew stands on other blocks.
      state.final = -1
      if (state.refusal && state.refusal.block > input.to) state.refusal = undefined
      break
    case 'head':
      state.isRewound = false
      state.time = input.time
      state.block = input.number
      state.final = input.final
      if (state.chain.anchor !== undefined) state.chain.anchorSeen ??= input.time
      if (state.chain.filled && input.time > 0) state.chain.filled.seenAt ??= input.time
      break
    case 'cancel':
      state.isCancelled = true
      break
    case 'giveUp':
      giveUp(state)
      break
    case 'sent':
      if (isCreate(input.step)) state.refusal = undefined
      break
    case 'unsent':
      if (isFill(input.step)) state.sent = undefined
      // Not before the next head: now it would find no place again.
      return
    case 'refused':
      refuse(state, input, out)
      break
  }
  if (state.time > 0 && !state.isRewound) advance(state, out)
  if (input.kind !== 'head' || state.isOver) return
  tellWaits(state, out)
  tellUnopened(state, out)
}

function advance(state: Settlement, out: SettlementEffect[]): void {
  tellFinal(state, out)
  if (state.isOver) return
  tellOpened(state, out)
  if (!state.isGivenUp) {
    for (const { key, record } of state.bidders.values())
      if (!record) out.push({ kind: 'record', key })
    if (!state.toldHired) tellOffers(state, out)
  }
  for (const call of callsNow(state, out)) {
    const refused = state.refused.get(call.step)
    // Time has passed, and what was too early may be due.
    if (mayTry(call.step, refused, state))
      out.push({ kind: 'call', call: { ...call, step: nameOfTry(call.step, refused) } })
  }
}

function tellOffers(state: Settlement, out: SettlementEffect[]): void {
  const fit = [...state.bidders.values()].filter((bidder) => isFit(state, bidder))
  const known = [...state.bidders.values()].filter(({ record }) => record).length
  const dear = fit
    .map(({ minPrice }) => minPrice)
    .filter((least) => least > priceOf(state))
    .sort((a, b) => Number(a - b))
  const busy = fit.filter(({ key, tries }) => tries > 0 && !state.chain.sellers.includes(key))
  const told = `${fit.length} of ${known}, ${dear.length}, ${busy.length}`
  if (known === 0 || told === state.toldOffers) return
  state.toldOffers = told
  const [from] = dear
  out.push({
    kind: 'offered',
    places: Number(state.terms.sellers),
    devices: fit.length - dear.length,
    below: known - fit.length,
    dear: dear.length,
    busy: busy.length,
    ...(from !== undefined && { from }),
  })
}

/** What a seller gets for the whole job. */
const priceOf = ({ chain, terms }: Settlement): bigint => chain.raised ?? terms.price

/** Whether a device has what the order asks of it. */
const isFit = ({ asked }: Settlement, { record }: Bidder): boolean =>
  record !== undefined && meets(record, asked.standing)

/** Devices that may be hired. */
const able = (state: Settlement): Bidder[] =>
  [...state.bidders.values()].filter(
    (bidder) => isFit(state, bidder) && bidder.minPrice <= priceOf(state),
  )

function callsNow(state: Settlement, out: SettlementEffect[]): Call[] {
  const { chain, terms, time } = state
  switch (chain.phase) {
    case 'unknown':
      if (state.isGivenUp) return []
      if (state.isCancelled) out.push({ kind: 'withdraw' })
      // An order that was refused may pass with a later block.
      else if (!state.refusal || state.refusal.triedAt < state.block) return [createCall(state)]
      return []
    case 'open':
      // Where somebody has joined already, the order ends when its time to join is over.
      if (state.isCancelled && chain.sellers.length === 0)
        return [{ ...job('cancel', []), done: ['JobEscrowWrongPhase'] }]
      if (time > terms.joinBy)
        return [{ ...job('expire', [chain.sellers]), done: ['JobEscrowWrongPhase'] }]
      return fillCalls(state, out)
    case 'filled':
      return [lotCall(state)].flatMap((call) => call ?? [])
    case 'running': {
      const stop = { ...job('stop', []), done: ['JobEscrowStopping', 'JobEscrowWrongPhase'] }
      const isLeft = state.isCancelled && !chain.isStopping
      return [...(isLeft ? [stop] : []), ...checkpointCalls(state, out)]
    }
    case 'settling':
      return [{ ...job('settle', [chain.sellers, chain.history]), done: ['JobEscrowWrongPhase'] }]
    case 'ended':
      return []
  }
}

const job = (name: string, args: readonly unknown[]) =>
  ({ step: name, to: 'job', name, args }) as const

/** The buyer's signature is made by whoever has its key: `args` lack it. */
const createCall = ({ terms, asked }: Settlement): Call => ({
  step: 'create',
  to: 'factory',
  name: 'create',
  args: [terms, escrowAt(terms, terms.price), wantsText(asked)],
  done: ['FailedDeployment', 'HyperVaultJobKnown'],
})

/**
 * Fills places as soon as there are bids for all of them: the cheapest, the same minimum in one batch. The buyer's
 * signature is added by whoever has its key.
 */
function fillCalls(state: Settlement, out: SettlementEffect[]): Call[] {
  const { chain, terms, time } = state
  // Others may want less: the cheapest are chosen once no more bids come, and all are known.
  if (state.sent || time < state.bidAt + GATHER) return []
  if ([...state.bidders.values()].some(({ record }) => !record)) return []
  const places = Number(terms.sellers) - chain.sellers.length
  const batch = chosen(able(state), chain.sellers, places, time)
  if (!batch) {
    state.round = undefined
    return []
  }
  state.round ??= roundFrom(time)
  const stale = staleIn(batch, state.round, time)
  for (const { key } of stale) out.push({ kind: 'record', key })
  if (stale.length > 0) return []
  state.round = undefined
  const { minPrice, deadline, bidders } = batch
  state.sent = bidders.map(({ key }) => key)
  const joins = bidders.map(({ bid }) => bid.signature)
  return [
    {
      ...job('fill', [minPrice, BigInt(deadline), joins]),
      step: `fill/${chain.fills}.${state.refusedFills}`,
      done: ['JobEscrowWrongPhase'],
    },
  ]
}

/** The lot deals the groups once its block is there; an order whose lot nobody drew in time ends. */
function lotCall({ chain, terms, block, time }: Settlement): Call | undefined {
  const { filled, sellers } = chain
  if (!filled) return undefined
  if (filled.seenAt !== undefined && time > filled.seenAt + Number(terms.window))
    return { ...job('expire', [sellers]), done: ['JobEscrowWrongPhase'] }
  if (block <= filled.block + LOT_AFTER) return undefined
  return { ...job('start', []), done: ['JobEscrowWrongPhase'] }
}

/** Keeps what a device said where its own key signed it. */
function takeDeal(
  state: Settlement,
  { node, key, deal }: SettlementInput & { kind: 'deal' },
): void {
  const name = hexOf(key)
  if (deal.bid) takeBid(state, node, key, deal.bid)
  for (const finding of deal.findings) takeFinding(state, name, key, finding)
}

/** A device may bid anew, for another price; it comes with the record that it had. */
function takeBid(state: Settlement, node: NodeId, key: Uint8Array, bid: Bid): void {
  const { market, terms, address, bidders } = state
  const name = hexOf(key)
  const known = bidders.get(name)
  if (known && equalBytes(known.bid.signature, bid.signature)) return
  // One that ends before places close would have the contract refuse all that are sent with it.
  if (bid.deadline < terms.joinBy) return
  const minPrice = amountOf(bid.minPrice)
  const { collateral } = terms
  const message = { job: address, minPrice, collateral, deadline: BigInt(bid.deadline) }
  const signer = signerOf(marketDigest(market, 'Join', message), bid.signature)
  if (!signer || !equalBytes(signer, key)) return
  const fresh = { record: undefined, readAt: 0, tries: 0, restsUntil: 0 }
  bidders.set(name, { ...fresh, ...known, node, key: name, bid, minPrice })
  // Whoever bids again and again does not hold up the choice.
  if (!known) state.bidAt = state.time
}

function takeFinding(state: Settlement, name: string, key: Uint8Array, finding: Finding): void {
  const { market, address } = state
  const at = state.findings.get(finding.index) ?? new Map<string, Finding>()
  state.findings.set(finding.index, at)
  const known = at.get(name)?.signature
  const { group, roster, share, result, signature } = finding
  // Relays are told all again with each birth, and to recover a signature takes milliseconds.
  if (known && signature && equalBytes(known, signature)) return
  const isShown =
    group !== undefined && roster !== undefined && share && result && signature !== undefined
  if (isShown) {
    const index = BigInt(finding.index)
    const message = { job: address, index, group: BigInt(group), roster, share, result }
    const signer = signerOf(marketDigest(market, 'Checkpoint', message), signature)
    if (!signer || !equalBytes(signer, key)) return
  }
  // What was shown is not taken back.
  if (isShown || !at.get(name)?.signature) at.set(name, finding)
}

const isCreate = (step: string): boolean => stepOfTry(step) === 'create'
const isFill = (step: string): boolean => step.startsWith('fill/')

function refuse(
  state: Settlement,
  { step, reason, block }: SettlementInput & { kind: 'refused' },
  out: SettlementEffect[],
): void {
  const name = stepOfTry(step)
  state.refused.set(name, refusedOnce(state.refused.get(name), state))
  if (isFill(step)) {
    sentOnce(state)
    state.refusedFills++
  }
  if (isCreate(step))
    state.refusal = { reason, block: state.refusal?.block ?? block, triedAt: state.block }
  else out.push({ kind: 'note', level: 'warn', message: `${step}: ${reason}` })
}

/** Lists that are kept: of 256 sellers they take 2 MB. */
const MOST_LISTS = 256

/** Anybody can tell lists, so the oldest goes for a new one; never the one that is anchored. */
function keepList({ lists, chain }: Settlement, words: readonly Uint8Array[]): void {
  lists.set(chainOfWords(words), words)
  if (lists.size <= MOST_LISTS) return
  const oldest = [...lists.keys()].find((hash) => hash !== chain.anchor)
  if (oldest !== undefined) lists.delete(oldest)
}
