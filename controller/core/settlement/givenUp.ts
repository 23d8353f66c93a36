import { hexOf } from '../../../agent/wire/hash.ts'
import { escrowAt } from '../../../agent/wire/market.ts'
import { CURRENCY, tokensText } from '../../../agent/wire/tokens.ts'
import type { SettlementEffect } from './seam.ts'
import type { Settlement } from './state.ts'

/** Nothing is wanted of an order any more, but that its money comes back where somebody opens it. */
export function giveUp(state: Settlement): void {
  state.isCancelled = true
  state.isGivenUp = true
  state.refusal = undefined
}

/**
 * The buyer's signature over the money of an order is good until its places close, and whoever saw a call that failed has
 * it: nodes of the chain, and everybody where it was reverted in a block.
 */
export function tellOpened(state: Settlement, out: SettlementEffect[]): void {
  if (!state.isGivenUp || state.toldOpened || state.chain.phase === 'unknown') return
  state.toldOpened = true
  const money = `${tokensText(escrowAt(state.terms, state.terms.price))} ${CURRENCY}`
  const message = `somebody has opened the order ${hexOf(state.address)}, which was given up, with ${money} of the buyer's; it is cancelled, so that they come back`
  out.push({ kind: 'note', level: 'warn', message })
}

/** Heads until the past of a contract was read that is watched since the first of them. */
const READ = 3

/** A newest block: tells that nobody has opened the order, and nobody can. */
export function tellUnopened(state: Settlement, out: SettlementEffect[]): void {
  const { chain, terms, time, block, final } = state
  if (chain.phase !== 'unknown' || time <= terms.joinBy) {
    state.late = undefined
    return
  }
  const { heads, since } = state.late ?? { heads: 0, since: block }
  state.late = { heads: heads + 1, since }
  if (state.late.heads >= READ && final >= since) out.push({ kind: 'unopened' })
}
