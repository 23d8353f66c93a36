import { toDouble } from '../../math/dyadic.ts'
import { decodeVector } from '../../math/wireForm.ts'
import { integerAt } from '../../math/wrapping.ts'
import { has } from '../../wire/bitset.ts'
import { decodeRecord } from '../../wire/codec.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import { Contribution, type Exchange } from '../../wire/messages.ts'
import { payloadOf } from '../../wire/signature.ts'
import {
  type Agreement,
  hear,
  isAllSaid,
  learn,
  leave,
  news,
  openAgreement,
  tick as tickAgreement,
} from '../agreement/agreement.ts'
import { agreementClaims } from '../agreement/claims.ts'
import { agreementBodies, plainBody } from '../agreement/evidence.ts'
import { agreeing } from '../agreement/part.ts'
import type { EpochContext } from '../context.ts'
import type { Body, Method, Outgoing, Remembered } from '../method.ts'
import { type Account, advance, heedGone, newAccount, putIn } from './account.ts'
import { isRough } from './hull.ts'
import { weightOf } from './ledger.ts'
import { bodyOf, hearBody, roomFor } from './message.ts'
import { bitsApart } from './spread.ts'
import { hearTotal, keepCertified, sumsOf, type Totals, totalToTell, withRows } from './totals.ts'

/** What one device knows in one epoch of the method `ratio`. */
export interface RatioState {
  readonly agreement: Agreement
  readonly account: Account
  readonly totals: Totals
  /** The share as it was proposed, until it is signed, and whether it was asked to be. */
  share: Uint8Array | undefined
  isSigning: boolean
  /** The certified sum that was kept last. */
  kept: readonly bigint[] | undefined
  /** The account has had its tick for the message that comes next. */
  hasAdvanced: boolean
}

const agreed = agreeing<RatioState>(({ agreement }) => agreement)

/**
 * `ratio`: mass that every device splits among its neighbors, until each holds the same share. For
 * streams whose values change while they are summed, for one-way links, and where nobody's contribution
 * may travel past its neighbors. Messages do not grow with the number of devices but by one bit each;
 * rounds grow with the bits of the numbers over the spectral gap, so a poor graph is slow: a random
 * 8-regular one of 64 takes about 100, a ring of 64 thousands. Exact by a certificate (hull.ts).
 * Source: see ledger.ts.
 */
export const ratio: Method<RatioState> = {
  ...agreed,
  name: 'ratio',
  isPrompt: () => false,
  isAddressed: false,
  open,
  propose,
  unsigned(state) {
    if (state.isSigning || isFollowing(state)) return undefined
    state.isSigning = state.share !== undefined
    return state.share
  },
  contribute: retarget,
  claims: ({ agreement }, body) => agreementClaims(agreement.membership, body.agreement),
  receive,
  tick,
  publish,
  next,
  isAnnounced: () => false,
  dispute: () => undefined,
  estimate,
  survey(state) {
    return { ...agreed.survey(state), bitsApart: apart(state.account) }
  },
}

function open(context: EpochContext, now: Millis, remembered?: Remembered): RatioState {
  const { size, self, everyone, hears, heardBy, dimension, incarnation } = context
  const graph = { size, self, everyone, hears: hears[self] ?? [], heardBy: heardBy[self] ?? [] }
  // The books are not on disk: after a restart they are opened anew, under a number never used before.
  const account = newAccount(graph, dimension + 1, remembered ? incarnation : 0)
  const totals: Totals = []
  const agreement = openAgreement(context, sumsOf(account, totals), now, remembered)
  const state: RatioState = {
    agreement,
    account,
    totals,
    share: undefined,
    isSigning: false,
    kept: undefined,
    hasAdvanced: false,
  }
  if (remembered?.contribution) putInShare(state, payloadOf(remembered.contribution))
  return state
}

/** Shares may still change: the time for that is not over, and nobody is known to have voted. */
const isFollowing = ({ agreement: { context, voting, openedAt, tickedAt } }: RatioState): boolean =>
  tickedAt - openedAt < (context.follow ?? 0) && voting.attempt === 0 && voting.votes.length === 0

/** Puts in a share, in the place of the last one, until one is signed. */
function propose(state: RatioState, now: Millis, payload: Uint8Array): void {
  const { share, isSigning, agreement } = state
  if (isSigning || agreement.contribution || (share && equalBytes(share, payload))) return
  state.share = payload
  putInShare(state, payload)
  news(agreement, now)
}

/**
 * Puts in the device's signed contribution. Another one of the same epoch takes its place, and the sum
 * that the devices work on follows it, until this device has voted for a sum of the epoch.
 * @returns whether it was taken
 */
export function retarget(state: RatioState, now: Millis, signed: Uint8Array): boolean {
  const { agreement } = state
  const { contribution, voting } = agreement
  if (contribution && equalBytes(contribution, signed)) return true
  if (contribution && (voting.mine || voting.lock || voting.final)) return false
  agreement.contribution = signed
  const payload = payloadOf(signed)
  if (!state.share || !equalBytes(state.share, payload)) putInShare(state, payload)
  state.share = undefined
  news(agreement, now)
  return true
}

function putInShare({ agreement, account }: RatioState, payload: Uint8Array): void {
  const contribution = decodeRecord(Contribution, payload)
  const sum = decodeVector(contribution, agreement.context.dimension)
  putIn(account, withRows({ sum, rows: contribution.rows }))
}

function receive(state: RatioState, now: Millis, from: number, exchange: Exchange): boolean {
  const { agreement, account, totals } = state
  const { agreement: said, ratio: body, seq } = exchange
  if (!said || hear(agreement, from, exchange) === 'stale') return false
  let learned = false
  if (body?.total) learned = hearTotal(totals, agreement.context, said, body.total)
  learned = learn(agreement, now, from, said) || learned
  heedGone(account, agreement.membership.gone)
  if (body && !has(account.gone, from)) learned = hearBody(account, from, seq, body) || learned
  keepSum(state, now)
  return learned
}

/** A sum that has just been certified can be voted for, once our share in it is signed. */
function keepSum(state: RatioState, now: Millis): void {
  const { agreement, account, totals } = state
  if (state.share && !agreement.contribution) return
  const sum = account.books?.hull.sum
  if (!sum || sum === state.kept || !keepCertified(totals, account, agreement.voting)) return
  state.kept = sum
  news(agreement, now)
}

function tick(state: RatioState, now: Millis): void {
  const { agreement, account } = state
  if (!state.hasAdvanced) advance(account)
  state.hasAdvanced = true
  keepSum(state, now)
  tickAgreement(agreement, now)
  heedGone(account, agreement.membership.gone)
  const { context, leaving } = agreement
  const room = LIMITS.message / 2
  if (account.books && leaving === undefined && roomFor(account.books, context.size) > room)
    leave(agreement, 'the numbers of this job are too long, or too many, for the method ratio')
}

function publish(state: RatioState, now: Millis): Outgoing[] {
  const { agreement, account, totals } = state
  const { bodies, filled } = agreementBodies(agreement, now)
  const total = totalToTell(totals, bodies[0] ?? {})
  const out = bodies.map((body): Body => ({ agreement: body }))
  const body = out[filled]?.agreement ?? plainBody(agreement)
  out[filled] = { agreement: body, ratio: { ...bodyOf(account), total } }
  agreement.publishedAt = now
  agreement.isDirty = false
  agreement.isAsked = false
  state.hasAdvanced = false
  return out.map((body) => ({ to: 'neighbors', body }))
}

/** Once a period, whatever is new: a round that comes early would find that little has arrived. */
function next({ agreement }: RatioState): Millis {
  const { publishedAt, context, isAsked } = agreement
  return isAsked || !isAllSaid(agreement) ? publishedAt + context.period : Infinity
}

function apart({ books, graph }: Account): number | undefined {
  if (!books) return undefined
  const { hull, scale } = books
  return isRough(hull) ? bitsApart(hull.spread, scale, graph.size) : 0
}

/** The mean of what is held, times the number of devices. */
function estimate({ account }: RatioState): number[] | undefined {
  const { books, graph } = account
  if (!books) return undefined
  const { scale, ledger, hull } = books
  const weight = toDouble(weightOf(ledger.held, scale.limbs), -scale.bits)
  if (weight <= 0) return undefined
  return scale.exponents.slice(0, -1).map((exponent, k) => {
    const held = toDouble(integerAt(ledger.held, k, scale.limbs), exponent)
    return (held / weight) * Math.min(graph.size, hull.count)
  })
}
