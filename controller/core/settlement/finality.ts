import { counted } from '../../../agent/wire/words.ts'
import { giveUp } from './givenUp.ts'
import type { SettlementEffect } from './seam.ts'
import type { Settlement } from './state.ts'

/**
 * The part of the window for which a hired seller is waited for that nobody knows by its key, after a restart: devices work
 * only where they are called within a window of the contract's start.
 */
const PATIENCE = 1 / 8

/**
 * Tells the rest of the controller what cannot be taken back, and nothing before it stays on the chain: whom the
 * contract hired, that it ended, and that there is none. After `ended` a settlement is over; after `failed` it looks
 * whether there is one after all.
 */
export function tellFinal(state: Settlement, out: SettlementEffect[]): void {
  const { chain, refusal } = state
  if (!state.toldHired && !state.isGivenUp && isFinal(state, chain.startedIn)) tellHired(state, out)
  if (chain.end && isFinal(state, chain.end.block)) {
    state.isOver = true
    out.push({ kind: 'ended', market: chain.end.market })
  } else if (chain.phase === 'unknown' && refusal && isFinal(state, refusal.block)) {
    giveUp(state)
    out.push({ kind: 'failed', reason: refusal.reason })
  }
}

function tellHired(state: Settlement, out: SettlementEffect[]): void {
  const { chain, time } = state
  const unknown = strangers(state)
  const sellers = chain.sellers.flatMap((seller, place) => {
    const node = nameOf(state, seller)
    const group = chain.groups[place]
    return node && group !== undefined ? [{ node, group, place }] : []
  })
  if (unknown.length > 0) {
    // One of them may be gone for good: it keeps nobody from working.
    state.calledSince ??= time
    if (sellers.length === 0 || time < state.calledSince + Number(state.terms.window) * PATIENCE) {
      out.push({ kind: 'names', keys: unknown })
      return
    }
    const message = `${counted(unknown.length, 'device')} that the contract hired ${unknown.length === 1 ? 'is' : 'are'} known here by no name, so that the others begin without: ${unknown.join(', ')}`
    out.push({ kind: 'note', level: 'warn', message })
  }
  state.toldHired = true
  out.push({ kind: 'hired', sellers, started: chain.startedAt })
}

/** A seller tells its name with its bid, which is retained; else it is one that is pinned to this key. */
const nameOf = ({ bidders, names }: Settlement, key: string) =>
  bidders.get(key)?.node ?? names.get(key)

/** Hired sellers without a name. */
const strangers = (state: Settlement): string[] =>
  state.chain.sellers.filter((key) => nameOf(state, key) === undefined)

/** Says what is waited for, once for each: on some chains blocks stay only after a quarter of an hour. */
export function tellWaits(state: Settlement, out: SettlementEffect[]): void {
  const reason = waitOf(state)
  if (reason === state.toldWaits) return
  state.toldWaits = reason
  out.push({ kind: 'waits', reason })
}

function waitOf(state: Settlement): string | undefined {
  const { chain, refusal, toldHired } = state
  if (chain.end) return `waits until block ${chain.end.block} is final, in which the contract ended`
  if (chain.phase === 'unknown' && refusal)
    return `the contract refuses the order: ${refusal.reason}; it is given up once block ${refusal.block} is final`
  const { startedIn } = chain
  if (toldHired || state.isGivenUp || startedIn === undefined) return undefined
  if (isFinal(state, startedIn))
    return `waits to hear of ${counted(strangers(state).length, 'device')} that the contract hired`
  return `waits until block ${startedIn} is final, in which the contract named its sellers`
}

const isFinal = ({ final }: Settlement, block: number | undefined): boolean =>
  block !== undefined && block <= final
