import { tokensText } from '../wire/tokens.ts'
import { bid, type DealState } from './deals.ts'
import type { Outbox } from './effect.ts'
import { hoursRefusal } from './hours.ts'
import { refuse, waitFor } from './reports.ts'
import type { AgentState, JobState } from './state.ts'

/** Offers to work for a paid job, once, and as soon as the hours of the device allow it. */
export function offer(agent: AgentState, job: JobState, out: Outbox): void {
  const { order, deal } = job
  if (!deal || deal.offer === 'made') return
  const { hours } = deal.market
  // Whoever has a place keeps it: its bid is told again for relays that come later.
  const isHired = job.rosters.some(({ self }) => self >= 0)
  const why = hours && !isHired ? hoursRefusal(hours, agent.wall, deal.terms) : undefined
  if (why === undefined) {
    if (deal.offer === 'later') waitFor(agent, order, out)
    deal.offer = 'made'
    bid(job, out)
    tellDear(job, deal, out)
    return
  }
  if (deal.offer === 'none') refuse(agent, order, `job ${order.job} refused: ${why}`, out)
  deal.offer = 'later'
}

/** The bid stands until places close: a buyer may raise the price until then. */
function tellDear({ order }: JobState, { terms, minPrice }: DealState, out: Outbox): void {
  if (minPrice <= terms.price) return
  const text = `job ${order.job} pays ${tokensText(terms.price)} HYPER, less than market.minPrice; the device offers for ${tokensText(minPrice)}`
  out.push({ kind: 'note', level: 'info', message: text, job: order.job })
}
