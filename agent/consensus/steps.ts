import { minus } from '../wire/bitset.ts'
import { invariant } from '../wire/errors.ts'
import { domainDigest, equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import type { EpochContext } from './context.ts'
import type { AnyMethod, Body, Method, Outgoing, Remembered, RememberedStep } from './method.ts'

/** What one device knows in an epoch of several sums in a row. */
interface StepsState {
  readonly context: EpochContext
  /** The newest sum last, and before it the one that others may still be at: nobody who takes part is further behind. */
  passes: Pass[]
  /** The newest sum is the answer. */
  isConcluded: boolean
  leaving: string | undefined
}

/** One of the sums. */
interface Pass {
  readonly context: EpochContext
  /** What it is taken at; undefined: it is the first. */
  readonly at: Uint8Array | undefined
  /** Names it in messages; those of the first carry no name. */
  readonly tag: Uint8Array | undefined
  /** How many sums come before it. */
  readonly number: number
  readonly exchange: object
}

const TAG = 8

/**
 * Stands for the roster in all that is signed for a sum: nothing that is signed for one is good for another, and only those who take
 * it at the same agree on it. @param at undefined: the first
 */
export const rosterAt = (roster: Uint8Array, at: Uint8Array | undefined): Uint8Array =>
  at ? domainDigest('hypernet/1/step', roster, at) : roster

const made = new Map<AnyMethod, AnyMethod>()

/**
 * Several sums in a row, each agreed on by the method `inner` and each taken at what the sums before it led to, as the steps of an
 * iteration. Everybody works that out alike, since sums are the same bits everywhere. Whoever is not in one sum is in none of those
 * that follow, so that the answer's contributors are in each.
 */
export function stepped(inner: AnyMethod): AnyMethod {
  const method = made.get(inner) ?? (makeStepped(inner) as unknown as AnyMethod) // it alone looks into its state
  made.set(inner, method)
  return method
}

const newest = ({ passes }: StepsState): Pass => {
  const last = passes.at(-1)
  invariant(last, 'an epoch without a sum')
  return last
}

function makeStepped(inner: AnyMethod): Method<StepsState> {
  const of = (state: StepsState): object => newest(state).exchange
  const { propose, unsigned, contents } = inner
  return {
    name: inner.name,
    isAddressed: inner.isAddressed,
    open: (context, now, remembered) => open(inner, context, now, remembered),
    ...(propose && {
      propose: (state: StepsState, now: Millis, payload: Uint8Array) =>
        propose(of(state), now, payload),
    }),
    ...(unsigned && { unsigned: (state: StepsState) => unsigned(of(state)) }),
    ...(contents && { contents: (state: StepsState) => contents(of(state)) }),
    contribute: (state, now, signed) => inner.contribute(of(state), now, signed),
    isPrompt: (state) => inner.isPrompt(of(state)),
    leave(state, reason) {
      state.leaving = reason
      for (const { exchange } of state.passes) inner.leave(exchange, reason)
    },
    claims(state, body, from) {
      const pass = passOf(state, body)
      return pass ? inner.claims(pass.exchange, body, from) : []
    },
    receive(state, now, from, exchange) {
      const pass = passOf(state, exchange)
      const last = newest(state)
      if (pass !== last && isNear(last, pass, exchange)) inner.noticed?.(last.exchange, from)
      if (!pass) return false
      return inner.receive(pass.exchange, now, from, exchange)
    },
    presence(state, from, online) {
      for (const { exchange } of state.passes) inner.presence(exchange, from, online)
    },
    tick(state, now) {
      for (const { exchange } of state.passes) inner.tick(exchange, now)
    },
    forgive(state, now, grace) {
      for (const { exchange } of state.passes) inner.forgive(exchange, now, grace)
    },
    publish: (state, now) => state.passes.flatMap((pass) => publishIn(inner, pass, now)),
    next(state) {
      if (isSettled(inner, state)) return Number.NEGATIVE_INFINITY
      return Math.min(...state.passes.map(({ exchange }) => inner.next(exchange)))
    },
    draft(state) {
      for (const { exchange, context } of state.passes) {
        const draft = inner.draft(exchange)
        if (draft) return { ...draft, roster: context.roster }
      }
      return undefined
    },
    stated(state, now, signed) {
      // Each takes what names its own sum.
      for (const { exchange } of state.passes) inner.stated(exchange, now, signed)
    },
    remember: (state) => remember(inner, state),
    standing(state) {
      const standing = inner.standing(of(state))
      return state.isConcluded ? standing : { ...standing, isFinal: false }
    },
    survey: (state) => inner.survey(of(state)),
    isAnnounced: (state) => state.isConcluded && inner.isAnnounced(of(state)),
    dispute: (state) => inner.dispute(of(state)),
    estimate: (state) => inner.estimate(of(state)),
    answer: (state) => (state.isConcluded ? inner.answer(of(state)) : undefined),
    steps: {
      contextOf: (state) => newest(state).context,
      settled: (state) => (state.isConcluded ? undefined : inner.answer(of(state))),
      proceed: (state, now, at) => proceed(inner, state, now, at),
      conclude(state) {
        state.isConcluded = true
      },
    },
  }
}

function open(
  inner: AnyMethod,
  context: EpochContext,
  now: Millis,
  remembered: Remembered | undefined,
): StepsState {
  const kept = remembered?.steps
  const passes = kept
    ? kept.map((each) => passAt(inner, context, now, each))
    : [passAt(inner, context, now, remembered)]
  return { context, passes, isConcluded: false, leaving: remembered?.leaving }
}

function passAt(
  inner: AnyMethod,
  base: EpochContext,
  now: Millis,
  { at, absent, number = 0, ...remembered }: Partial<RememberedStep> & Partial<Remembered> = {},
): Pass {
  const roster = rosterAt(base.roster, at)
  const context: EpochContext = at ? { ...base, roster, absent } : base
  const kept = 'statement' in remembered ? (remembered as Remembered) : undefined // all of it, or nothing
  const exchange = inner.open(context, now, kept)
  return { context, at, tag: at && roster.slice(0, TAG), number, exchange }
}

function passOf({ passes }: StepsState, { pass: tag }: Body): Pass | undefined {
  return passes.find((pass) =>
    tag && pass.tag ? equalBytes(tag, pass.tag) : tag === undefined && pass.tag === undefined,
  )
}

function publishIn(inner: AnyMethod, { exchange, tag, number }: Pass, now: Millis): Outgoing[] {
  if (inner.next(exchange) > now) return []
  const messages = inner.publish(exchange, now)
  if (!tag) return messages
  return messages.map(({ to, body }) => ({ to, body: { ...body, pass: tag, step: number } }))
}

/**
 * Whoever is at the sum before, or already at the one after, is not silent in this one. But one that ended the sum before otherwise
 * never comes, nor one that is further on, for it went another way, nor one that began from the first again, without its memory.
 */
const isNear = (last: Pass, pass: Pass | undefined, { step, agreement }: Body): boolean =>
  pass ? !agreement?.final : step === last.number + 1

const isSettled = (inner: AnyMethod, state: StepsState): boolean =>
  !state.isConcluded && inner.answer(newest(state).exchange) !== undefined

function proceed(inner: AnyMethod, state: StepsState, now: Millis, at: Uint8Array): void {
  const last = newest(state)
  const answer = inner.answer(last.exchange)
  invariant(answer && !state.isConcluded, 'a step after a sum that is not there')
  invariant(!last.at || !equalBytes(last.at, at), 'a step that leads nowhere')
  const absent = minus(state.context.everyone, answer.contributors)
  const pass = passAt(inner, state.context, now, { at, absent, number: last.number + 1 })
  if (state.leaving !== undefined) inner.leave(pass.exchange, state.leaving)
  state.passes = [last, pass]
}

/** Of the first sum alone as the method itself does. */
function remember(inner: AnyMethod, state: StepsState): Remembered {
  const { exchange, at } = newest(state)
  const last = inner.remember(exchange)
  if (!at) return last
  const steps = state.passes.map(
    (pass): RememberedStep => ({
      ...inner.remember(pass.exchange),
      at: pass.at,
      absent: pass.context.absent,
      number: pass.number,
    }),
  )
  return { ...last, leaving: state.leaving, steps }
}
