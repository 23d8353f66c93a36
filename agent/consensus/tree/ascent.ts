import { addAll, emptySet, has, includesAll, isEmpty, setOf } from '../../wire/bitset.ts'
import { HypernetError } from '../../wire/errors.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import type { TreeBody, TreePart, Vote } from '../../wire/messages.ts'
import { coseOf } from '../../wire/signature.ts'
import { ballotHash } from '../answer.ts'
import { learnTotal } from './descent.ts'
import { labelOf, type Part, partFromWire, partOf, payloadBehind } from './part.ts'
import { type Below, isLeaf, isWhole, partUp, type TreeState } from './treeState.ts'

/** Periods that a device waits, for each level below it, before it passes on what it has. */
const DEADLINE = 8

/** Takes in our own share. @param payload of our contribution */
export function takeOwn(state: TreeState, payload: Uint8Array): void {
  const { context } = state.agreement
  const part = partOf(context, context.self, payload, setOf(context.size, [context.self]))
  if (state.own && part && equalBytes(labelOf(part), labelOf(state.own))) return
  state.own = part
  rebuild(state)
}

/** The contribution of a device below, put together from its part and the signature that it sent. */
export function signedBelow(
  { agreement, below }: TreeState,
  from: number,
  signature: Uint8Array,
): Uint8Array | undefined {
  const each = below.get(from)
  if (!each?.part || !isLeaf(each)) return undefined
  const payload = payloadBehind(agreement.context, from, each.part)
  return payload && coseOf(payload, signature)
}

/** Takes in what a device below us sent. @returns whether its part was new */
export function heardFromBelow(
  state: TreeState,
  now: Millis,
  from: number,
  body: TreeBody,
): boolean {
  const below = state.below.get(from)
  if (!below) return false
  below.heardAt = now
  below.callAt = Infinity
  below.lacks = body.lacks
  // Before the part, which may be another one: its signature was verified with the part that we held.
  if (body.signature) below.signed ??= signedBelow(state, from, body.signature)
  const part = body.part && partIn(state, body.part)
  if (body.part && !part) return doubt(state, 'sent what is no sum of this job')
  if (!part || !includesAll(below.subtree, part.set) || isEmpty(part.set)) return false
  const known = below.part
  if (known && equalBytes(part.set, known.set)) {
    // The same devices cannot sum to two things.
    if (equalBytes(labelOf(part), labelOf(known))) return false
    return doubt(state, 'sent two sums of the same devices')
  }
  if (known && !includesAll(part.set, known.set)) return false
  below.part = part
  rebuild(state)
  return true
}

function partIn({ agreement }: TreeState, part: TreePart): Part | undefined {
  try {
    return partFromWire(agreement.context, part)
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code !== 'BAD_MESSAGE') throw error
    return undefined
  }
}

/** A vote binds to a sum, so whoever votes has signed its share, and sends the signature along. */
export function checkVoter(state: TreeState, from: number, votes: readonly Vote[]): void {
  const below = state.below.get(from)
  if (state.flood || !below?.part || !isLeaf(below) || below.signed) return
  if (votes.some(({ by }) => has(by, from)))
    doubt(state, 'voted for a sum without having signed what it contributed')
}

/** Something that no honest device sends: the flood that follows finds out what it proves. */
function doubt(state: TreeState, what: string): boolean {
  state.dispute ??= `a device below ${what}`
  state.due.thought = true
  return true
}

/** Takes a new part in; the root announces the sum of all. */
function rebuild(state: TreeState): void {
  const { own, parent } = state
  if (!own) return
  state.parts = [own, ...[...state.below.values()].flatMap(({ part }) => part ?? [])]
  state.held = emptySet(state.agreement.context.size)
  for (const { set } of state.parts) addAll(state.held, set)
  state.chain = undefined
  if (!isWhole(state)) return
  state.due.up = true
  if (parent === undefined) learnTotal(state, partUp(state) ?? own)
}

/** Whether what we have goes up although parts are missing: somebody below may never come. */
export const isOverdue = (state: TreeState, now: Millis): boolean =>
  now - state.openedAt >= DEADLINE * state.height * state.agreement.context.period

/** Whether everyone below us is known to have voted as we did, and to have signed what we added up. */
export function haveAllVoted({ agreement, below, subtree }: TreeState): boolean {
  const { mine, votes } = agreement.voting
  const isUnsigned = (each: Below) => isLeaf(each) && each.part && !each.signed
  if ([...below.values()].some(isUnsigned)) return false
  const all = emptySet(agreement.context.size)
  const ballot = mine && ballotHash(mine)
  for (const { hash, by } of votes) if (ballot && equalBytes(hash, ballot)) addAll(all, by)
  return includesAll(all, subtree)
}
