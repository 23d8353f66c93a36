import type { Millis } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { AgreementBody, Final } from '../../wire/messages.ts'
import type { Agreement } from './agreement.ts'
import { deliveryOf } from './link.ts'
import {
  adoptFinal,
  checkFinal,
  follow,
  isKeptVote,
  isSame,
  mayAdopt,
  mayFollow,
} from './voting.ts'

/** Messages of a neighbor that a vote waits for to check the answer that it holds, and after which there is no hope. */
const OFFER = 12
const DENIED = 60

/** An answer that a neighbor holds, since when we know of it, and whether some device is final with it. */
export interface Offer {
  readonly from: number
  readonly answer: Final
  readonly isFinal: boolean
  readonly since: Millis
}

/** Keeps the answer that a neighbor is final with or votes for, for as long as it may become ours. */
export function hold(agreement: Agreement, now: Millis, from: number, body: AgreementBody): void {
  const isKept = body.lock && isKeptVote(body.lock, body.ready ?? new Uint8Array())
  const answer = body.final ?? (isKept ? undefined : body.lock)
  const link = agreement.links.get(from)
  if (!answer || !link) return
  checkFinal(agreement.context, answer)
  const isFinal = body.final !== undefined
  link.holds = { answer, isFinal }
  if (agreement.voting.final) return
  const known = agreement.offers.find((each) => isSame(each.answer, answer))
  if (known && (known.isFinal || !isFinal)) return
  const others = agreement.offers.filter((each) => each !== known)
  const offer = { from, answer, isFinal, since: known?.since ?? now }
  agreement.offers = [...others, offer].slice(-LIMITS.votes)
}

/**
 * Adopts a final answer that stands with us, or votes for one of others from now on, as soon as we hold
 * all that it names. What can be neither any more is forgotten. @returns whether anything happened
 */
export function takeOffers(agreement: Agreement): boolean {
  const { offers, voting } = agreement
  if (offers.length === 0) return false
  const { lock } = voting
  if (offers.some(({ answer, isFinal }) => isFinal && adoptFinal(agreement, answer))) return true
  for (const { answer } of offers) follow(agreement, answer)
  agreement.offers = offers.filter(
    ({ answer, isFinal }) =>
      (isFinal && mayAdopt(agreement, answer)) || mayFollow(agreement, answer),
  )
  return voting.lock !== lock
}

/** Messages of the neighbor that holds an answer since it offered it. */
function messagesSince({ context, links, tickedAt }: Agreement, { from, since }: Offer): number {
  const link = links.get(from)
  return link ? ((tickedAt - since) / context.period) * deliveryOf(link) : Infinity
}

/** Whether we know of an answer that we may still come to hold the parts of. */
export const isWeighing = (agreement: Agreement): boolean =>
  agreement.offers.some((offer) => messagesSince(agreement, offer) < OFFER)

/** Whether an answer that we ought to take is offered for so long that its parts are nowhere to be had. */
export const isDenied = (agreement: Agreement): boolean =>
  agreement.offers.some((offer) => {
    const messages = messagesSince(agreement, offer)
    const isOverdue = messages >= DENIED && messages < Infinity && !agreement.membership.excluded
    return isOverdue && !agreement.sums.totalOf(offer.answer.contributors)
  })
