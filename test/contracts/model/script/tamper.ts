import type { Address, Message, Signature } from '../rules/speech.ts'
import type { Verdict } from '../rules/state.ts'
import type { Dice } from './dice.ts'
import { PEOPLE } from './world.ts'

/** Honest values with one thing wrong, in some part of all cases. */

/** A signature by somebody else, over something else, or none. */
export function tamper(dice: Dice, signature: Signature, part: number): Signature {
  if (!dice.chance(part)) return signature
  return dice.pick<Signature>([
    { ...signature, by: dice.pick(PEOPLE) },
    { ...signature, message: changed(dice, signature.message) },
    { ...signature, broken: true },
  ])
}

function changed(dice: Dice, message: Message): Message {
  if ('joins' in message) {
    const { joins, minPrice, deadline } = message
    return dice.pick([
      { ...message, joins: joins.slice(1) },
      { ...message, minPrice: minPrice + 1n },
      { ...message, deadline: deadline + 1 },
    ])
  }
  if ('amount' in message) return { ...message, amount: message.amount + 1n }
  if ('deadline' in message) return { ...message, deadline: message.deadline + 1 }
  if ('index' in message) return { ...message, index: message.index + 1 }
  return { type: dice.pick(['Cancel', 'Stop']), job: message.job }
}

/** Sellers in another order, one too few, or one too many. */
export function tamperSellers(dice: Dice, sellers: readonly Address[], part: number): Address[] {
  if (!dice.chance(part)) return [...sellers]
  return dice.pick([
    dice.shuffled(sellers),
    sellers.slice(1),
    sellers.slice(0, -1),
    [...sellers, dice.pick(PEOPLE)],
    sellers.map(() => dice.pick(PEOPLE)),
  ])
}

/** Verdicts with somebody paid who is not, or one too few, or one torn in two. */
export function tamperHistory(
  dice: Dice,
  history: readonly Verdict[],
  part: number,
): { history: readonly Verdict[]; torn?: boolean } {
  if (!dice.chance(part)) return { history }
  return dice.pick([
    { history: history.slice(1) },
    { history: [...history, { ok: [0], bad: [] }] },
    { history: history.map(({ ok }) => ({ ok: [...ok, 30], bad: [] })) },
    { history: history.map(({ ok, bad }) => ({ ok: bad, bad: ok })) },
    { history, torn: true },
    { history, torn: true },
  ])
}
