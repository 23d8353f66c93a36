import { type Bitset, emptySet, has, isEmpty, members, minus, union } from '../wire/bitset.ts'
import { equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Entry, FloodBody, SignedStatement, Tombstone } from '../wire/messages.ts'
import type { FloodState } from './floodState.ts'
import { longestResend, RESEND } from './link.ts'
import { isSilent } from './silence.ts'

/** Most messages of one publish; what is left goes with the next. */
const MOST_BODIES = 8
/** Part of a message that entries may fill, in bytes; the rest is for sets, votes and evidence. */
const ENTRY_BYTES = LIMITS.message * 0.8
const EVIDENCE_BYTES = LIMITS.message * 0.8

/**
 * Periods to wait for an acknowledgement before an entry is sent again: two are a round trip when
 * nothing is late; each repetition waits longer, for links that are slow or cannot answer, within what
 * the worst link that lacks it allows (`longestResend`).
 */
export const FIRST_PATIENCE = 2
const nextPatience = (periods: number): number => periods * 1.25

/** What the neighbors do not have yet, as messages. The first carries the votes. */
export function bodiesFor(state: FloodState, now: Millis): FloodBody[] {
  const { context, entries, membership, voting } = state
  const common = { roster: context.roster.slice(0, 8), have: entries.have.slice() }
  const first: FloodBody = { ...common, attempt: voting.attempt }
  if (voting.votes.length > 0) {
    first.votes = voting.votes.map(({ hash, by }) => ({ hash, by: by.slice() }))
  }
  if (voting.final) first.final = voting.final
  else if (voting.lock) {
    first.lock = voting.lock
    first.ready = voting.ready.slice()
  }
  if (!isEmpty(voting.finals)) first.finals = voting.finals.slice()
  const bodies = [first]
  const bodyAt = (k: number): FloodBody => {
    bodies[k] ??= { ...common, attempt: voting.attempt }
    return bodies[k]
  }
  const proofs = inParts(evidence(state, now), EVIDENCE_BYTES)
  proofs.forEach((part, k) => {
    Object.assign(bodyAt(k), part)
  })
  entriesInParts(state, now).forEach((part, k) => {
    bodyAt(proofs.length + k).entries = part
  })
  if (membership.latest.size > 0 || !isEmpty(membership.certified)) {
    for (const body of bodies) body.evidence = membership.digest
  }
  return bodies
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

/**
 * Entries that some neighbor which may still listen is not known to hold, and that are due. A neighbor
 * that we do not hear cannot acknowledge: for it everything is said again in each period.
 */
function missing(state: FloodState, now: Millis): { index: number; longest: number }[] {
  const { context, entries, membership } = state
  const lacking: { by: Bitset; longest: number }[] = []
  for (const j of context.heardBy[context.self] ?? []) {
    const link = state.links.get(j)
    if (link ? isSilent(state, j, link) : has(membership.gone, j)) continue
    const by = link ? minus(entries.have, link.have) : entries.have
    if (!isEmpty(by)) lacking.push({ by, longest: link ? longestResend(link) : RESEND.least })
  }
  lacking.sort((a, b) => a.longest - b.longest)
  const all = lacking.reduce((set, { by }) => union(set, by), emptySet(context.size))
  return members(all).flatMap((index) => {
    const waited = (now - (state.sentAt[index] ?? -Infinity)) / context.period
    // Most were sent a moment ago: nothing more has to be known of them.
    if (waited < RESEND.least) return []
    const longest = lacking.find(({ by }) => has(by, index))?.longest ?? RESEND.most
    return waited >= Math.min(longest, state.patience[index] ?? 0) ? [{ index, longest }] : []
  })
}

interface Evidence {
  statements?: SignedStatement[]
  tombstones?: Tombstone[]
}

/**
 * Statements that are new since the last time; or, when some neighbor's evidence still differs a while
 * later, everything, at growing distances.
 */
function evidence(state: FloodState, now: Millis): Required<Evidence> {
  const { context, membership, untold } = state
  const told = (of: Iterable<number>): SignedStatement[] =>
    [...of].flatMap((index) => {
      const signed = membership.latest.get(index)?.signed
      return signed ? [{ index, signed }] : []
    })
  const fresh = told(untold)
  untold.clear()
  if (fresh.length > 0) state.evidencePatience = FIRST_PATIENCE
  const periods = Math.min(state.evidencePatience, longestUntold(state))
  const isDue = now - state.evidenceSentAt >= periods * context.period
  if (!isDue || periods === 0) return { statements: fresh, tombstones: [] }
  state.evidenceSentAt = now
  state.evidencePatience = nextPatience(periods)
  return { statements: told(membership.latest.keys()), tombstones: membership.tombstones }
}

/**
 * The most periods between two sendings to the neighbors that may still listen and are not known to
 * hold the same evidence; 0 where there are none.
 */
function longestUntold(state: FloodState): number {
  const { context, membership, links } = state
  if (membership.latest.size === 0 && membership.tombstones.length === 0) return 0
  const lost = union(membership.gone, membership.certified)
  let longest = 0
  for (const j of context.heardBy[context.self] ?? []) {
    const link = links.get(j)
    if (link ? isSilent(state, j, link) : has(lost, j)) continue
    if (link && equalBytes(link.evidence, membership.digest)) continue
    const least = link ? longestResend(link) : RESEND.most
    longest = longest === 0 ? least : Math.min(longest, least)
  }
  return longest
}

/**
 * Deals evidence to messages. Statements go first: from them everybody draws the same conclusions, so
 * that a tombstone whose proof fits no message is not missed unless a suspicion was taken back since.
 */
function inParts({ statements, tombstones }: Required<Evidence>, bytes: number): Evidence[] {
  const parts: Evidence[] = []
  let room = 0
  const place = (size: number): Evidence | undefined => {
    if (size > room && size <= bytes && parts.length < MOST_BODIES) {
      parts.push({})
      room = bytes
    }
    if (size > room) return undefined
    room -= size
    return parts.at(-1)
  }
  for (const statement of statements) {
    const part = place(statement.signed.length + 8)
    if (part) part.statements = [...(part.statements ?? []), statement]
  }
  for (const tombstone of tombstones) {
    const parts = [...tombstone.statements, ...(tombstone.entries ?? [])]
    const size = parts.reduce(
      (sum, each) => sum + each.signed.length + 8,
      32 + tombstone.set.length,
    )
    const part = place(size)
    if (part) part.tombstones = [...(part.tombstones ?? []), copyOf(tombstone)]
  }
  return parts
}

/** Receivers take unproven parts out of what they are given, so each message has lists of its own. */
const copyOf = (tombstone: Tombstone): Tombstone => ({
  ...tombstone,
  statements: [...tombstone.statements],
  ...(tombstone.entries ? { entries: [...tombstone.entries] } : {}),
})
