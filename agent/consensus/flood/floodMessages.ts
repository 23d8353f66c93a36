import { type Bitset, emptySet, has, isEmpty, members, minus, union } from '../../wire/bitset.ts'
import type { Millis } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { Entry } from '../../wire/messages.ts'
import type { Agreement } from '../agreement/agreement.ts'
import {
  agreementBodies,
  FIRST_PATIENCE,
  MOST_BODIES,
  nextPatience,
  plainBody,
} from '../agreement/evidence.ts'
import { countsOf, longestResend, RESEND } from '../agreement/link.ts'
import { mayListen } from '../agreement/silence.ts'
import type { Body, Outgoing } from '../method.ts'
import { digestWithout } from './entries.ts'
import type { FloodState } from './floodState.ts'

/** Part of a message that entries may fill, in bytes; the rest is for sets, votes and evidence. */
const ENTRY_BYTES = LIMITS.message * 0.8

/** What the neighbors do not have yet, as messages. The first carries the votes. */
export function messagesFor(state: FloodState, now: Millis): Outgoing[] {
  const { agreement, entries } = state
  const have = entries.have.slice()
  const digest = digestWithout(entries, agreement.membership.liars)
  const { bodies, filled } = agreementBodies(agreement, now)
  const out = bodies.map((body): Body => ({ agreement: body, flood: { have, digest } }))
  entriesInParts(state, now).forEach((part, k) => {
    const body = out[filled + k]?.agreement ?? plainBody(agreement)
    out[filled + k] = { agreement: body, flood: { have, digest, entries: part } }
  })
  return out.map((body) => ({ to: 'neighbors', body }))
}

/** Entries to send now, a message's share each; they count as sent. What is too much waits for the next time. */
function entriesInParts(state: FloodState, now: Millis): Entry[][] {
  const parts: Entry[][] = []
  let room = 0
  for (const { index, longest } of missing(state, now)) {
    const signed = state.entries.held[index]?.signed
    if (!signed) continue
    if (signed.length > room) {
      if (parts.length >= MOST_BODIES) break
      parts.push([])
      room = ENTRY_BYTES
    }
    room -= signed.length + 8
    parts.at(-1)?.push({ index, signed })
    if (state.sentAt[index] !== -Infinity) {
      const { [index]: waited = FIRST_PATIENCE } = state.patience
      state.patience[index] = nextPatience(Math.min(waited, longest))
    }
    state.sentAt[index] = now
  }
  return parts
}

/** Neighbors of a device on which all behind it depend. */
const FEW = 2

/**
 * Whether messages are lost where few ways lead on: there a loss keeps everybody behind it waiting, and to
 * repeat an entry before it can have been acknowledged costs less than that.
 */
const isThin = ({ context, links }: Agreement): boolean =>
  (context.heardBy[context.self]?.length ?? 0) <= FEW &&
  [...links.values()].some((link) => countsOf(link).lost > 0)

/**
 * Entries that some neighbor which may still listen is not known to hold, and that are due. A neighbor
 * that we do not hear cannot acknowledge: for it everything is said again in each period.
 */
function missing(state: FloodState, now: Millis): { index: number; longest: number }[] {
  const { agreement, entries, known } = state
  const { context, links } = agreement
  const lacking: { by: Bitset; longest: number }[] = []
  for (const j of context.heardBy[context.self] ?? []) {
    const link = links.get(j)
    if (!mayListen(agreement, j)) continue
    const held = known.get(j)
    const by = link && held ? minus(entries.have, held) : entries.have
    if (!isEmpty(by)) lacking.push({ by, longest: link ? longestResend(link) : RESEND.least })
  }
  lacking.sort((a, b) => a.longest - b.longest)
  const isHurried = isThin(agreement)
  const all = lacking.reduce((set, { by }) => union(set, by), emptySet(context.size))
  return members(all).flatMap((index) => {
    const waited = (now - (state.sentAt[index] ?? -Infinity)) / context.period
    // Most were sent a moment ago: nothing more has to be known of them.
    if (waited < RESEND.least) return []
    if (isHurried) return [{ index, longest: RESEND.least }]
    const longest = lacking.find(({ by }) => has(by, index))?.longest ?? RESEND.most
    return waited >= Math.min(longest, state.patience[index] ?? 0) ? [{ index, longest }] : []
  })
}
