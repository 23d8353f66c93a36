import { includesAll } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import type { TreeBody } from '../../wire/messages.ts'
import type { Choice } from '../agreement/voting.ts'
import { statisticHash, voteHash } from '../answer.ts'
import {
  isShown,
  labelOf,
  type Part,
  partFromWire,
  type Step,
  stepAt,
  stepFromWire,
} from './part.ts'
import { chainIn, isComplete, isWhole, LACKS, partUp, type TreeState } from './treeState.ts'

/** Takes in what the device above us, or the root, sent. */
export function heardFromAbove(
  state: TreeState,
  now: Millis,
  from: number,
  { holds, total, steps }: TreeBody,
): void {
  const { context } = state.agreement
  if (from === state.parent) {
    state.heardAt = now
    state.answered = Math.min(state.asked, state.answered + 1)
    const { sent } = state
    if (sent && holds) {
      const isHeld = equalBytes(holds, sent.label.subarray(0, 8))
      if (isHeld && !sent.isHeld) hold(state, now)
      sent.isHeld = isHeld
    }
    for (const step of steps ?? []) {
      if (state.steps[step.level]) continue
      state.steps[step.level] = stepFromWire(context, step)
      hold(state, now)
    }
  }
  const before = state.total
  if (total) learnTotal(state, partFromWire(context, total))
  if (state.total !== before) hold(state, now)
  tryAttest(state)
}

/** Something came: the next question can wait as if it were the first. */
function hold(state: TreeState, now: Millis): void {
  state.spokenAt = now
  state.repeats = 0
}

/** Takes in an announced total: the wider counts. */
export function learnTotal(state: TreeState, total: Part): void {
  const known = state.total
  if (known && equalBytes(known.set, total.set)) {
    if (!equalBytes(labelOf(known), labelOf(total)))
      state.dispute ??= 'two totals of the same devices were announced'
    return
  }
  if (known && !includesAll(total.set, known.set)) return
  state.total = total
  state.due.thought = true
  if (state.parent === undefined) state.due.everyone = true
  tryAttest(state)
}

/** Makes sure that our part is in the total, or finds that it is not. */
export function tryAttest(state: TreeState): void {
  const { total, agreement } = state
  if (state.isAttested || !total || !isComplete(state)) return
  const { mine } = agreement.voting
  if (mine || agreement.leaving !== undefined) {
    // An earlier life of ours saw the proof and voted; or has lost its say, and others have ended.
    const known = mine ?? agreement.offers.find(({ isFinal }) => isFinal)?.answer
    if (known && isNamed(state, total, known)) attest(state)
    return
  }
  const part = partUp(state)
  const steps = state.steps.slice(0, state.level).flatMap((step) => step ?? [])
  if (!part || !isWhole(state) || steps.length < state.level) return
  if (isShown(part, steps, total)) {
    state.isShown = true
    state.due.thought = true
    if (agreement.contribution) attest(state)
  } else state.dispute ??= 'our part is not in the total that was announced'
}

/** Makes the vote for the total possible, and passes the proof on. */
export function attest(state: TreeState): void {
  state.isAttested = true
  state.due.thought = true
  state.due.down = state.below.size > 0
}

/** Whether an answer is that total. */
function isNamed({ agreement }: TreeState, { set, sum }: Part, choice: Choice): boolean {
  const { roster, epoch } = agreement.context
  if (!equalBytes(choice.contributors, set)) return false
  const hash = voteHash(statisticHash(roster, epoch, set, sum), choice.tombstones)
  return equalBytes(hash, choice.hash)
}

/** The proof for a device below us: its step to our part, and ours to the total; undefined before we have it. */
export function stepsFor(state: TreeState, child: number): Step[] | undefined {
  const { total } = state
  const chain = total && isWhole(state) && isComplete(state) ? chainIn(state) : undefined
  if (!chain) return undefined
  const above = state.steps.slice(0, state.level).flatMap((step) => step ?? [])
  if (above.length < state.level) return undefined
  const place = 1 + [...state.below.keys()].indexOf(child)
  const whole = state.level === 0 ? undefined : chain.whole
  return [{ ...stepAt(chain, place), whole }, ...above]
}

/** What we still need of the device above. */
export function lacking(state: TreeState): number {
  if (!isComplete(state)) return LACKS.total
  return state.isAttested ? LACKS.votes : LACKS.proof
}
