import { addAll, emptySet, includesAll, isEmpty, setOf } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import type { Entry, TreeBody } from '../../wire/messages.ts'
import { ballotHash } from '../answer.ts'
import { isLie } from '../flood/entries.ts'
import { learnTotal } from './descent.ts'
import { labelOf, type Part, partFromWire, partOf } from './part.ts'
import { type Below, isWhole, partUp, type TreeState } from './treeState.ts'

/** Periods that a device waits, for each level below it, before it passes on what it has. */
const DEADLINE = 8

/** Takes in our own signed contribution. */
export function takeOwn(state: TreeState, signed: Uint8Array): void {
  const { context } = state.agreement
  state.own = partOf(context, context.self, signed, setOf(context.size, [context.self]))
  rebuild(state)
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
  below.lacks = body.lacks
  const part = partIn(state, from, body)
  const { entry } = body
  if (!part) {
    const isFalse = entry && isLie(state.agreement.context, from, [entry.signed])
    return isFalse ? doubt(state, below, entry, 'contributed what is no vector of the job') : false
  }
  if (!includesAll(below.subtree, part.set) || isEmpty(part.set)) return false
  const known = below.part
  if (known && equalBytes(part.set, known.set)) {
    // The same devices cannot sum to two things.
    if (equalBytes(labelOf(part), labelOf(known))) return false
    return doubt(state, below, entry, 'sent two sums of the same devices')
  }
  if (known && !includesAll(part.set, known.set)) return false
  below.part = part
  below.entries = entry ? [entry] : []
  rebuild(state)
  return true
}

/** Something that no honest device sends: the flood that follows finds out what it proves. */
function doubt(state: TreeState, below: Below, entry: Entry | undefined, what: string): boolean {
  if (entry) below.entries = [...below.entries.slice(0, 1), entry]
  state.dispute ??= `a device below ${what}`
  state.due.thought = true
  return true
}

function partIn(state: TreeState, from: number, { entry, part }: TreeBody): Part | undefined {
  const { context } = state.agreement
  if (part) return partFromWire(context, part)
  if (!entry || entry.index !== from || from >= context.size) return undefined
  return partOf(context, from, entry.signed, setOf(context.size, [from]))
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

/** Whether everyone below us is known to have voted as we did. */
export function haveAllVoted({ agreement, subtree }: TreeState): boolean {
  const { mine, votes } = agreement.voting
  const all = emptySet(agreement.context.size)
  const ballot = mine && ballotHash(mine)
  for (const { hash, by } of votes) if (ballot && equalBytes(hash, ballot)) addAll(all, by)
  return includesAll(all, subtree)
}
