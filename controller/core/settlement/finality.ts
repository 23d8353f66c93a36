import type { SettlementEffect } from './seam.ts'
import type { Settlement } from './state.ts'

/**
 * Tells the rest of the controller what cannot be taken back, and nothing before it stays on the chain: whom the
 * contract hired, that it ended, and that there is none. After `ended` and `failed` a settlement is over.
 */
export function tellFinal(state: Settlement, out: SettlementEffect[]): void {
  const { chain, refusal } = state
  if (!state.toldHired && isFinal(state, chain.startedIn)) tellHired(state, out)
  if (chain.end && isFinal(state, chain.end.block)) {
    state.isOver = true
    out.push({ kind: 'ended', market: chain.end.market })
  } else if (chain.phase === 'unknown' && refusal && isFinal(state, refusal.block)) {
    state.isOver = true
    out.push({ kind: 'failed', reason: refusal.reason })
  }
}

function tellHired(state: Settlement, out: SettlementEffect[]): void {
  const { chain } = state
  const sellers = chain.sellers.flatMap((seller, place) => {
    const { node } = state.bidders.get(seller) ?? {}
    const group = chain.groups[place]
    return node && group !== undefined ? [{ node, group }] : []
  })
  // Whoever of them we have not heard of yet tells its bid again: it is retained.
  if (sellers.length < chain.sellers.length) return
  state.toldHired = true
  out.push({ kind: 'hired', sellers, started: chain.startedAt })
}

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
  if (toldHired || startedIn === undefined || isFinal(state, startedIn)) return undefined
  return `waits until block ${startedIn} is final, in which the contract named its sellers`
}

const isFinal = ({ final }: Settlement, block: number | undefined): boolean =>
  block !== undefined && block <= final
