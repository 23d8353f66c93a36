import { toDoubles } from '../../math/exactVector.ts'
import { count, includesAll } from '../../wire/bitset.ts'
import type { Millis } from '../../wire/ids.ts'
import type { Exchange } from '../../wire/messages.ts'
import { payloadOf } from '../../wire/signature.ts'
import { advance, forgive, learn, leave, vote } from '../agreement/agreement.ts'
import { agreementClaims } from '../agreement/claims.ts'
import { isDenied } from '../agreement/offers.ts'
import { agreeing } from '../agreement/part.ts'
import type { EpochContext } from '../context.ts'
import { flood } from '../flood/flood.ts'
import type { Body, Claim, Method, Remembered } from '../method.ts'
import {
  checkVoter,
  haveAllVoted,
  heardFromBelow,
  isOverdue,
  signedBelow,
  takeOwn,
} from './ascent.ts'
import { attest, heardFromAbove, learnTotal, tryAttest } from './descent.ts'
import { fallBack, isTroubled, treeSums } from './fallback.ts'
import { endings, messagesFor, nextWord } from './treeMessages.ts'
import { chainIn, isComplete, newTreeState, type TreeState } from './treeState.ts'

const agreed = agreeing<TreeState>(({ agreement }) => agreement)

/**
 * `tree`: sums go up an assigned r-ary tree, the total comes down in one announcement. The fast method
 * where the overlay is free: two messages a device, as many deliveries as central fusion needs, and
 * other heads in each epoch. Every part is exact and labelled with the devices in it, so nothing is
 * counted twice. Each device is shown that its own part is in the total before it votes for it
 * (part.ts), so no inner device can cheat unseen. What is lost is asked for again. Whatever else goes
 * wrong - a device is gone, the total is disputed, votes differ - turns the epoch into a `flood` of the
 * same signed contributions, which settles it. Sources: reduce and broadcast of MPI; for the proof
 * Chan, Perrig, Song: Secure hierarchical in-network aggregation in sensor networks, CCS 2006.
 */
export const tree: Method<TreeState> = {
  ...agreed,
  name: 'tree',
  isAddressed: true,
  isPrompt: (state) => state.flood === undefined,
  open,
  propose(state, _now, payload) {
    state.share = payload
    takeOwn(state, payload)
  },
  unsigned(state) {
    // What a flood passes on is signed; else a device signs what it has seen counted.
    if (state.isSigning || (!state.isShown && !state.flood)) return undefined
    state.isSigning = state.share !== undefined
    return state.share
  },
  contribute(state, now, signed) {
    state.agreement.contribution = signed
    state.share = undefined
    if (state.flood) flood.contribute(state.flood, now, signed)
    takeOwn(state, payloadOf(signed))
    if (state.isShown) attest(state)
  },
  remember: (state) => ({ ...agreed.remember(state), share: state.share }),
  survey(state) {
    const known = agreed.survey(state)
    // Nobody tells of its end where nothing went wrong: whoever voted held the answer then.
    const isOver = state.agreement.voting.final !== undefined && state.flood === undefined
    return isOver ? { ...known, final: known.voted } : known
  },
  claims,
  receive,
  forgive(state, now, grace) {
    forgive(state.agreement, grace)
    const since = now + grace
    state.heardAt = Math.max(state.heardAt, since)
    for (const below of state.below.values()) below.heardAt = Math.max(below.heardAt, since)
  },
  tick,
  publish: (state, now) => [
    ...endings(state),
    ...(state.flood ? flood.publish(state.flood, now) : messagesFor(state, now)),
  ],
  next(state) {
    // Whoever floods although we have ended needs no more of us than how it ended.
    if (state.askers.size > 0) return -Infinity
    return state.flood ? flood.next(state.flood) : nextWord(state)
  },
  dispute: ({ dispute }) => dispute,
  isAnnounced: (state) => isComplete(state) && !state.flood,
  estimate,
}

function open(context: EpochContext, now: Millis, remembered?: Remembered): TreeState {
  const state: TreeState = newTreeState(
    context,
    treeSums(() => state),
    now,
    remembered,
  )
  const { contribution, share } = remembered ?? {}
  const payload = contribution ? payloadOf(contribution) : share
  if (payload) takeOwn(state, payload)
  // What a head knew of those below is gone with its memory, and they may have no more to send.
  const isReborn = remembered !== undefined && state.below.size > 0
  // Where links are given there is no way from each device to each.
  if (context.isDeclared || isReborn) fallBack(state, now)
  return state
}

function claims(state: TreeState, body: Body, from: number): Claim[] {
  const { agreement, below, flood: flooded } = state
  const { tree: said } = body
  const found = agreementClaims(agreement.membership, body.agreement)
  if (flooded) found.push(...flood.claims(flooded, { flood: body.flood }, from))
  if (!said?.signature || below.get(from)?.signed) return found
  const signed = signedBelow(state, from, said.signature)
  const drop = () => delete said.signature
  if (signed) found.push({ purpose: 'contribution', index: from, signed, drop })
  return found
}

function receive(state: TreeState, now: Millis, from: number, exchange: Exchange): boolean {
  const { tree: said, agreement: body } = exchange
  if (exchange.flood) {
    const isOver = state.agreement.voting.final !== undefined && state.isAttested
    if (isOver && !body?.final) state.askers.add(from)
    if (isOver && !state.flood) return !body?.final
    // Somebody is in trouble: only together do we get out of it.
    const flooded = state.flood ?? fallBack(state, now)
    return flood.receive(flooded, now, from, exchange)
  }
  if (!said) return false
  heardFromBelow(state, now, from, said)
  checkVoter(state, from, body?.votes ?? [])
  const isEnd = body?.final !== undefined
  if (from === state.parent || from === state.root || isEnd) heardFromAbove(state, now, from, said)
  if (body && learn(state.agreement, now, from, body)) state.due.thought = true
  if (from === state.parent) seeVotes(state, body)
  if (isEnd) tryAttest(state)
  return state.due.thought
}

/** The device above tells of its votes: those of all below us may be among them. */
function seeVotes(state: TreeState, body: Body['agreement']): void {
  if (state.areVotesHeld) return
  state.areVotesHeld = (body?.votes ?? []).some(({ by }) => includesAll(by, state.subtree))
}

function tick(state: TreeState, now: Millis): void {
  const { agreement, due, parent } = state
  if (state.flood) {
    flood.tick(state.flood, now)
    // Others were shown a total whose parts went down with the tree: who votes against it would hold them up.
    if (!agreement.context.isDeclared && isDenied(agreement))
      leave(agreement, 'nobody has what it needs to check what the others vote for')
    return
  }
  advance(agreement, now)
  const chain = parent === undefined && isOverdue(state, now) ? chainIn(state) : undefined
  if (chain) learnTotal(state, chain.whole)
  const { final } = agreement.voting
  vote(agreement, now)
  if (parent === undefined && agreement.voting.final !== final) due.everyone = true
  if (parent !== undefined && !state.areVotesSent && haveAllVoted(state)) {
    state.areVotesSent = true
    due.up = true
  }
  if (isTroubled(state, now)) fallBack(state, now)
}

/** The widest total that is known, scaled up to the roster. */
function estimate(state: TreeState) {
  const { context } = state.agreement
  if (state.flood) return flood.estimate(state.flood)
  const part = state.total ?? chainIn(state)?.whole
  if (!part) return undefined
  const held = count(part.set)
  return toDoubles(part.sum).map((each) => (each * context.size) / held)
}
