import { count, has } from '../../wire/bitset.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { Agreement } from './agreement.ts'
import { leastCut } from './leastCut.ts'
import { countsOf, type Link } from './link.ts'

/** Chance that silence of a living neighbor is taken for its end: it costs a statement, and one that takes it back. */
const FALSE_SUSPICION = 1e-6
/** Chance that the living are cut off from us because all links that lead from them seem dead. */
const FALSE_BURIAL = 1e-9
/** The worst link that is provided for: one message in five gets through a network that loses 30 %. */
export const WORST_LOSS = 0.86
/** The longest that any neighbor is waited for, in periods. */
export const MOST_PATIENCE = Math.ceil(Math.log(FALSE_BURIAL) / Math.log(WORST_LOSS))
/** Wider cuts are not told apart. */
const WIDEST_CUT = 16

/** Whether so long nothing was heard of a neighbor that it is to be suspected. */
export function isSilent(state: Agreement, neighbor: number, link: Link): boolean {
  const periods = (state.awake - link.lastHeard) / state.context.period
  if (periods <= LIMITS.silence / 2) return false
  const { membership } = state
  // One that was never heard since we began, and that tombstones have buried before, need not be waited for so long.
  const wasBuried = link.received === 0 && has(membership.certified, neighbor)
  const isHinted = link.offline || wasBuried || has(membership.doubted, neighbor)
  return periods > patience(link, cutTo(state, neighbor, link)) / (isHinted ? 2 : 1)
}

/** Whether a device that hears us may still be there: it is not silent or, if we do not hear it, not silent to most others. */
export function mayListen(state: Agreement, listener: number): boolean {
  const link = state.links.get(listener)
  if (link) return !isSilent(state, listener, link)
  return !has(state.membership.doubted, listener)
}

/** Worked out when a link falls silent, and again when devices are gone, over which no way leads. */
function cutTo({ context, membership }: Agreement, neighbor: number, link: Link): number {
  const gone = count(membership.gone)
  if (link.cut?.gone !== gone) {
    const links = leastCut(context, neighbor, context.self, membership.gone, WIDEST_CUT)
    link.cut = { gone, links }
  }
  return link.cut.links
}

/**
 * Periods of silence after which a neighbor is suspected; at least LIMITS.silence. Long enough that
 * - a suspicion is rare: ln(1e-6)/ln(loss), with the loss as measured (one half, worth four messages,
 *   before anything is known);
 * - a burial of the living is next to impossible however bad the links may be in view of what was heard of
 *   them (`leastTelling`). Burying a set of devices takes suspicions on all links that lead out of it: one
 *   false one is enough where a single link leads here, eight must err together on eight.
 * @param cut links that all ways from the neighbor to us have in their narrowest place
 */
export function patience(link: Link, cut: number): number {
  const { sent, lost } = countsOf(link)
  const measured = Math.min(WORST_LOSS, (lost + 2) / (sent + 4))
  return Math.max(
    LIMITS.silence,
    Math.ceil(Math.log(FALSE_SUSPICION) / Math.log(measured)),
    leastTelling(link, Math.log(FALSE_BURIAL) / cut),
  )
}

/**
 * The fewest periods of silence that tell an end from loss: no loss up to the worst makes both what was
 * heard, against what is likeliest to have led to it, and the silence as likely as `allowed`, a logarithm
 * (a generalized likelihood ratio test; Wilks, Ann. Math. Stat. 9, 1938).
 */
function leastTelling(link: Link, allowed: number): number {
  const { sent, lost } = countsOf(link)
  const received = sent - lost
  const logLikelihood = (losses: number): number => {
    const loss = Math.min(WORST_LOSS, losses / (losses + received))
    return (
      (losses > 0 ? losses * Math.log(loss) : 0) + (received > 0 ? received * Math.log1p(-loss) : 0)
    )
  }
  const wanted = allowed + logLikelihood(lost)
  let [least, most] = [0, MOST_PATIENCE]
  while (least < most) {
    const middle = Math.floor((least + most) / 2)
    if (logLikelihood(lost + middle) <= wanted) most = middle
    else least = middle + 1
  }
  return least
}
