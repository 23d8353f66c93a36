import { canonicalBytes } from '../math/exactVector.ts'
import { emptySet, has, minus, union } from '../wire/bitset.ts'
import { domainDigest, equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import { agreeing } from './agreement/part.ts'
import type { EpochContext } from './context.ts'
import { contributionPayload } from './contribution.ts'
import { commitmentTo } from './flood/entries.ts'
import { flood } from './flood/flood.ts'
import type { FloodState } from './flood/floodState.ts'
import type { Body, Method, Outgoing, Remembered, StatementDraft, Survey } from './method.ts'

/** What one device knows in one epoch of the method `commit`. */
interface CommitState {
  readonly context: EpochContext
  readonly commitments: Pass
  /** Begins when it is final who has committed itself, and to what. */
  opening: Pass | undefined
  /** Our share, signed; shown to nobody before the opening. */
  contribution: Uint8Array | undefined
  /** Our share before it is signed. */
  share: Uint8Array | undefined
  /** Payloads that wait for a signature. */
  readonly unsigned: Uint8Array[]
  /** What an earlier life of this device knew of the opening. */
  readonly kept: Remembered | undefined
  leaving: string | undefined
}

interface Pass {
  readonly flood: FloodState
  /** Names it in messages. */
  readonly tag: Uint8Array
}

/**
 * `commit`: `flood` in two passes, so that nobody can copy what another puts in. In the first, devices flood
 * what stands for their signed contributions, and agree on who has committed itself just as on a sum; in the
 * second they show what they committed. Whoever is not among those that committed themselves is left out,
 * and whoever shows something else is a proven liar. Since nothing is shown before the first pass is final, and
 * its outcome is one for all who can still agree, no timing lets a latecomer in. Commit and reveal: Blum, "Coin
 * flipping by telephone", CRYPTO 1981.
 */
export const commit: Method<CommitState> = {
  ...agreeing<CommitState>((state) => current(state).flood.agreement),
  name: 'commit',
  isAddressed: false,
  open,
  propose(state, _now, payload) {
    state.share = payload
    state.unsigned.push(payload)
  },
  unsigned: ({ unsigned }) => unsigned.shift(),
  contribute,
  isPrompt: () => false,
  leave(state, reason) {
    state.leaving = reason
    for (const { flood: pass } of passes(state)) flood.leave(pass, reason)
  },
  claims(state, body, from) {
    const pass = passOf(state, body)
    return pass ? flood.claims(pass.flood, body, from) : []
  },
  receive(state, now, from, exchange) {
    const pass = passOf(state, exchange)
    if (!pass) return false
    // Whoever is still in the first pass is not silent in the second; with another outcome it never comes.
    const { opening } = state
    if (opening && pass !== opening && !exchange.agreement?.final)
      flood.noticed?.(opening.flood, from)
    return flood.receive(pass.flood, now, from, exchange)
  },
  presence: (state, from, online) => {
    for (const { flood: pass } of passes(state)) flood.presence(pass, from, online)
  },
  tick(state, now) {
    for (const { flood: pass } of passes(state)) flood.tick(pass, now)
    if (!state.opening) beginOpening(state, now)
  },
  forgive(state, now, grace) {
    for (const { flood: pass } of passes(state)) flood.forgive(pass, now, grace)
  },
  publish: (state, now) => passes(state).flatMap((pass) => publishIn(pass, now)),
  next(state) {
    if (state.unsigned.length > 0) return Number.NEGATIVE_INFINITY
    return Math.min(...passes(state).map(({ flood: pass }) => flood.next(pass)))
  },
  draft,
  stated(state, now, signed) {
    // Each takes what names its own pass.
    for (const { flood: pass } of passes(state)) flood.stated(pass, now, signed)
  },
  remember(state) {
    const { contribution, share, commitments, opening, kept, leaving } = state
    const first = flood.remember(commitments.flood)
    const { statement, bound } = opening ? flood.remember(opening.flood) : (kept ?? UNBOUND)
    return { contribution, share, statement, bound, leaving, commitments: first }
  },
  standing(state) {
    const standing = flood.standing(current(state).flood)
    return state.opening ? standing : { ...standing, hasVoted: false, isFinal: false }
  },
  survey,
  isAnnounced: () => false,
  dispute: () => undefined,
  estimate: ({ opening }) => (opening ? flood.estimate(opening.flood) : undefined),
  answer({ opening, commitments }) {
    const answer = opening && flood.answer(opening.flood)
    const before = answer && flood.answer(commitments.flood)
    return before && { ...answer, tombstones: union(before.tombstones, answer.tombstones) }
  },
  contents: ({ opening }) => opening && flood.contents?.(opening.flood),
}

const UNBOUND: Pick<Remembered, 'statement' | 'bound'> = { statement: 0, bound: { attempt: 0 } }

function open(context: EpochContext, now: Millis, remembered?: Remembered): CommitState {
  // Nothing that is signed in this pass is good for the other.
  const roster = domainDigest('hypernet/1/commitments', context.roster)
  const first: EpochContext = { ...context, roster, dimension: 0, pass: 'commitments' }
  const state: CommitState = {
    context,
    commitments: {
      flood: flood.open(first, now, remembered?.commitments),
      tag: roster.slice(0, TAG),
    },
    opening: undefined,
    contribution: remembered?.contribution,
    share: remembered?.share,
    unsigned: [],
    kept: remembered,
    leaving: remembered?.leaving,
  }
  if (state.contribution && !remembered?.commitments?.contribution) commitTo(state)
  else if (state.share && !state.contribution) state.unsigned.push(state.share)
  return state
}

/** Bytes that name a pass in messages. */
const TAG = 8

const passes = ({ commitments, opening }: CommitState): Pass[] =>
  opening ? [commitments, opening] : [commitments]

const current = ({ commitments, opening }: CommitState): Pass => opening ?? commitments

const passOf = (state: CommitState, { pass }: Body): Pass | undefined =>
  pass && passes(state).find(({ tag }) => equalBytes(tag, pass))

/** First our share is signed, then what stands for it. */
function contribute(state: CommitState, now: Millis, signed: Uint8Array): void {
  if (state.contribution) flood.contribute(state.commitments.flood, now, signed)
  else {
    state.contribution = signed
    commitTo(state)
  }
}

function commitTo({ contribution, commitments, unsigned }: CommitState): void {
  if (!contribution) return
  const { context } = commitments.flood.agreement
  const empty = { mantissas: [], exponents: [] }
  unsigned.push(contributionPayload(context, context.self, empty, 0, commitmentTo(contribution)))
}

/** It is final who has committed itself, and to what: now it may be shown. */
function beginOpening(state: CommitState, now: Millis): void {
  const { context, commitments, kept, contribution } = state
  const answer = flood.answer(commitments.flood)
  if (!answer) return
  const { contributors } = answer
  const { held } = commitments.flood.entries
  const of = held.map((each, i) => (has(contributors, i) ? each?.commitment : undefined))
  const absent = minus(context.everyone, contributors)
  const said = [contributors, answer.tombstones, canonicalBytes(answer.sum)]
  const tag = domainDigest('hypernet/1/opening', ...said).slice(0, TAG)
  const second: EpochContext = { ...context, absent, pass: { opens: { of } } }
  const remembered = kept && { ...kept, contribution: undefined, share: undefined }
  state.opening = { flood: flood.open(second, now, remembered), tag }
  const { self } = context
  if (state.leaving !== undefined) flood.leave(state.opening.flood, state.leaving)
  else if (contribution && of[self]) flood.contribute(state.opening.flood, now, contribution)
}

function publishIn({ flood: pass, tag }: Pass, now: Millis): Outgoing[] {
  if (flood.next(pass) > now) return []
  return flood.publish(pass, now).map(({ to, body }) => ({ to, body: { ...body, pass: tag } }))
}

function draft({ commitments, opening }: CommitState): StatementDraft | undefined {
  const first = flood.draft(commitments.flood)
  if (first) return { ...first, roster: commitments.flood.agreement.context.roster }
  return opening && flood.draft(opening.flood)
}

/** Whoever has only committed itself has contributed nothing yet. */
function survey({ commitments, opening, context }: CommitState): Survey {
  if (opening) return flood.survey(opening.flood)
  const { contributed, gone } = flood.survey(commitments.flood)
  return { contributed, voted: emptySet(context.size), final: emptySet(context.size), gone }
}
