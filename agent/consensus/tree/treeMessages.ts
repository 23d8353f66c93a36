import { includesAll } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { TreeBody, TreeStep } from '../../wire/messages.ts'
import { openCose } from '../../wire/signature.ts'
import { votesBody } from '../agreement/evidence.ts'
import type { Body, Outgoing } from '../method.ts'
import { isOverdue } from './ascent.ts'
import { lacking, stepsFor } from './descent.ts'
import { labelOf, partToWire, stepToWire } from './part.ts'
import { type Below, isComplete, isWhole, LACKS, partUp, type TreeState } from './treeState.ts'

/**
 * Periods between two words of a device that waits. A device without others below it, which most are,
 * first waits for a round trip. Once something was lost, and for those on whom others depend, waiting for
 * an answer costs more than repeating; whatever repeats slows down.
 */
const PAUSE = { roundTrip: 2.25, repeat: 1, growth: 1.1, most: 2.5 } as const
/** Part of a message that steps may fill. */
const STEP_BYTES = LIMITS.message * 0.8

/**
 * Periods between the total and its proof. Nobody waits for the proof, and as many messages as there are
 * devices would be in the way of those that are waited for.
 */
const PROOF = 0.2
/** Periods after which a device below is told that its part is here, if nothing better can be said till then. */
const RECEIPT = 0.2

/** When we next have something to say. */
export function nextWord(state: TreeState): Millis {
  const { due, spokenAt, below } = state
  if (due.up || due.everyone || due.thought || spokenAt === -Infinity) return -Infinity
  const answers = [...below.values()].map((each) => answerAt(state, each))
  const soonest = Math.min(due.down ? (state.proofAt ?? -Infinity) : Infinity, ...answers)
  return isAtRest(state) ? soonest : Math.min(soonest, nextQuestion(state))
}

/** When a device that waits speaks again though nothing happened. */
function nextQuestion({ below, repeats, spokenAt, agreement }: TreeState): Millis {
  const isPatient = repeats === 0 && below.size === 0
  const repeated = PAUSE.repeat * PAUSE.growth ** Math.max(0, repeats - 1)
  const periods = isPatient ? PAUSE.roundTrip : Math.min(PAUSE.most, repeated)
  return spokenAt + Math.ceil(periods * agreement.context.period)
}

/** Final, and the device above has what it needs of us to become so. */
const isAtRest = ({ agreement, parent, areVotesHeld }: TreeState): boolean =>
  agreement.voting.final !== undefined && (parent === undefined || areVotesHeld)

/** When a device below is answered, at once where we have what it lacks; or called, if it was never heard. */
function answerAt(state: TreeState, { lacks, heardAt, callAt }: Below): Millis {
  if (lacks === undefined) return callAt
  // What it asked for before the total came is on its way.
  if (state.due.down) return state.proofAt ?? Infinity
  const hasAnswer =
    lacks === LACKS.votes
      ? state.agreement.voting.final !== undefined
      : lacks === LACKS.proof
        ? state.isAttested
        : isComplete(state)
  return hasAnswer ? -Infinity : heardAt + RECEIPT * state.agreement.context.period
}

/** All that is to be said now, to the device above, to those below and, by the root, to everyone. */
export function messagesFor(state: TreeState, now: Millis): Outgoing[] {
  const { due } = state
  if (due.down) state.proofAt ??= now + PROOF * state.agreement.context.period
  const isProofDue = due.down && now >= (state.proofAt ?? now)
  const isAsking = !isAtRest(state) && now >= nextQuestion(state)
  const out: Outgoing[] = []
  if (state.parent === undefined) {
    const isRepeat = isAsking && isComplete(state)
    if (due.everyone || isRepeat) out.push({ to: 'everyone', body: announcement(state) })
  } else if (isAsking || due.up) {
    out.push({ to: state.parent, body: upwards(state, now) })
  }
  if (isAsking || out.length > 0) {
    state.repeats = due.up || isProofDue || due.everyone ? 0 : state.repeats + 1
    state.spokenAt = now
  }
  for (const [child, below] of state.below)
    out.push(...downwards(state, now, child, below, isProofDue))
  Object.assign(due, { up: false, down: due.down && !isProofDue, everyone: false, thought: false })
  return out
}

const bodyOf = (state: TreeState, tree: TreeBody): Body => {
  const votes = votesBody(state.agreement)
  return votes.votes || votes.attempt > 0 ? { agreement: votes, tree } : { tree }
}

/** How it ended, for those who missed it. */
export function endings(state: TreeState): Outgoing[] {
  const out = [...state.askers].map((to): Outgoing => ({ to, body: ending(state) }))
  state.askers.clear()
  return out
}

/** The total, the votes, the answer. */
function ending(state: TreeState): Body {
  const { total, agreement } = state
  const { final } = agreement.voting
  const tree = total ? { total: partToWire(total) } : {}
  return { agreement: { ...votesBody(agreement), ...(final ? { final } : {}) }, tree }
}

/** The total; at the end, when everybody has it and has voted, the votes alone. */
function announcement(state: TreeState): Body {
  const { total, agreement } = state
  return bodyOf(state, total && !agreement.voting.final ? { total: partToWire(total) } : {})
}

function upwards(state: TreeState, now: Millis): Body {
  const tree: TreeBody = { lacks: lacking(state) }
  const part = isWhole(state) || isOverdue(state, now) ? partUp(state) : undefined
  if (part) {
    const label = labelOf(part)
    if (!state.sent || !equalBytes(state.sent.label, label)) state.sent = { label, isHeld: false }
    if (!state.sent.isHeld && !isComplete(state)) tree.part = partToWire(part)
  }
  // Whoever votes shows what it signed. Where others are below us, the part holds their shares too.
  const { contribution, voting } = state.agreement
  if (state.below.size === 0 && contribution && voting.mine)
    tree.signature = openCose(contribution).signature
  state.asked++
  return bodyOf(state, tree)
}

/** An answer to a device below that asked, and the proof as soon as we can give it. */
function downwards(
  state: TreeState,
  now: Millis,
  child: number,
  below: Below,
  isProofDue: boolean,
): Outgoing[] {
  const isAnswerDue = answerAt(state, below) <= now
  if (!isAnswerDue && !(isProofDue && !hasVoted(state, below))) return []
  const asked = isAnswerDue ? below.lacks : undefined
  below.lacks = undefined
  if (now >= below.callAt) below.callAt = now + 2 * (below.callAt - state.openedAt)
  const holds = below.part ? labelOf(below.part).slice(0, 8) : new Uint8Array(8)
  const tree: TreeBody = { holds }
  // What was announced a moment ago need not be told again.
  const lacksTotal = asked === LACKS.total && !isProofDue
  if (lacksTotal && state.total && isComplete(state)) tree.total = partToWire(state.total)
  const steps = asked === LACKS.votes ? [] : (stepsFor(state, child) ?? [])
  const [first = [], ...rest] = packed(steps.map(stepToWire))
  if (first.length > 0) tree.steps = first
  return [
    { to: child, body: bodyOf(state, tree) },
    ...rest.map((part): Outgoing => ({ to: child, body: { tree: { steps: part } } })),
  ]
}

const hasVoted = ({ agreement }: TreeState, { subtree }: Below): boolean =>
  agreement.voting.votes.some(({ by }) => includesAll(by, subtree))

/** Deals steps to messages that hold them. */
function packed(steps: readonly TreeStep[]): TreeStep[][] {
  const out: TreeStep[][] = []
  let room = 0
  for (const step of steps) {
    const size = bytesOf(step)
    if (size > room) {
      out.push([])
      room = STEP_BYTES
    }
    room -= size
    out.at(-1)?.push(step)
  }
  return out
}

const bytesOf = ({ before, whole, digests }: TreeStep): number =>
  before.mantissas.length * (whole ? 2 : 1) + 40 * digests.length + 200
