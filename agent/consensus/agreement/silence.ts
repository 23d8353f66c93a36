import { count } from '../../wire/bitset.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { Agreement } from './agreement.ts'
import { leastCut } from './leastCut.ts'
import { countsOf, type Link } from './link.ts'

/** Chance that silence of a living neighbor is taken for its end. */
const FALSE_SUSPICION = 1e-9
/** The worst link that is provided for: one message in five gets through a network that loses 30 %. */
const WORST_LOSS = 0.86
const MOST_PATIENCE = Math.ceil(Math.log(FALSE_SUSPICION) / Math.log(WORST_LOSS))
/** Wider cuts are not told apart. */
const WIDEST_CUT = 16

/** Whether so long nothing was heard of a neighbor that it is to be suspected. */
export function isSilent(state: Agreement, neighbor: number, link: Link): boolean {
  const periods = (state.awake - link.lastHeard) / state.context.period
  return periods > LIMITS.silence / 2 && periods > patience(link, cutTo(state, neighbor, link))
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
 * - a suspicion is rare: ln(1e-9)/ln(loss), with the loss as measured (one half, worth four messages,
 *   before anything is known);
 * - a burial of the living is next to impossible however bad the link may be in view of what was heard of
 *   it (`leastTelling`). Burying a set of devices takes suspicions on a majority of the links that lead out
 *   of it: one false one is enough where a single link leads here, five must err together on eight.
 * @param cut links that all ways from the neighbor to us have in their narrowest place
 */
export function patience(link: Link, cut: number): number {
  const { sent, lost } = countsOf(link)
  const measured = Math.min(WORST_LOSS, (lost + 2) / (sent + 4))
  const periods = Math.max(
    LIMITS.silence,
    Math.ceil(Math.log(FALSE_SUSPICION) / Math.log(measured)),
    leastTelling(link, allowedFor(cut)),
  )
  return link.offline ? periods / 2 : periods
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

/** ln((1e-9 / ways)^(1/m)), where there are `ways` to choose the m links that make a majority of the cut. */
function allowedFor(cut: number): number {
  const majority = Math.floor(cut / 2) + 1
  let logWays = 0
  for (let i = 1; i <= majority; i++) logWays += Math.log((cut - majority + i) / i)
  return (Math.log(FALSE_SUSPICION) - logWays) / majority
}
