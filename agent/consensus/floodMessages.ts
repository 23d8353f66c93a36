import { has, isEmpty, members, minus, union } from '../wire/bitset.ts'
import { equalBytes } from '../wire/hash.ts'
import type { Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Entry, FloodBody } from '../wire/messages.ts'
import type { FloodState } from './floodState.ts'
import { isSilent } from './link.ts'

/** Most messages of one publish; what is left goes with the next. */
const MOST_BODIES = 8
/** Part of a message that entries may fill, in bytes; the rest is for sets, votes and evidence. */
const ENTRY_BYTES = LIMITS.message * 0.6
const EVIDENCE_BYTES = LIMITS.message * 0.3

/**
 * Periods to wait for an acknowledgement before an entry is sent again: two are a round trip when
 * nothing is late; each repetition waits longer, for links that are slow or cannot answer.
 */
export const FIRST_PATIENCE = 2
const nextPatience = (periods: number): number => Math.min(8, periods * 1.25)

/** What the neighbors do not have yet, as messages. The first carries the votes and evidence. */
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
  addEvidence(state, now, first)
  const bodies = [first]
  let room = ENTRY_BYTES
  let batch: Entry[] = []
  for (const index of missing(state, now)) {
    const signed = entries.held[index]?.signed
    if (!signed) continue
    if (signed.length > room && batch.length > 0) {
      if (bodies.length >= MOST_BODIES) break
      attach(bodies, batch)
      bodies.push({ ...common, attempt: voting.attempt })
      batch = []
      room = ENTRY_BYTES
    }
    room -= signed.length + 8
    batch.push({ index, signed })
    if (state.sentAt[index] !== -Infinity) {
      state.patience[index] = nextPatience(state.patience[index] ?? FIRST_PATIENCE)
    }
    state.sentAt[index] = now
  }
  attach(bodies, batch)
  if (membership.latest.size > 0 || !isEmpty(membership.certified)) {
    for (const body of bodies) body.evidence = membership.digest
  }
  return bodies
}

function attach(bodies: FloodBody[], batch: Entry[]): void {
  const last = bodies.at(-1)
  if (last && batch.length > 0) last.entries = batch
}

/** Entries that some neighbor which may still listen is not known to hold, and that are due. */
function missing(state: FloodState, now: Millis): number[] {
  const { context, entries, membership } = state
  const wanted = new Uint8Array(entries.have.length)
  for (const j of context.heardBy[context.self] ?? []) {
    const link = state.links.get(j)
    const isHere = link ? !isSilent(link, now, context) : !has(membership.gone, j)
    if (!isHere) continue
    const lacks = link ? minus(entries.have, link.have) : entries.have
    for (let k = 0; k < wanted.length; k++) wanted[k] = (wanted[k] ?? 0) | (lacks[k] ?? 0)
  }
  const due = (index: number): boolean => {
    const last = state.sentAt[index] ?? -Infinity
    return now - last >= (state.patience[index] ?? 0) * context.period || last === -Infinity
  }
  return members(wanted).filter(due)
}

function addEvidence(state: FloodState, now: Millis, body: FloodBody): void {
  const { context, membership } = state
  if (membership.latest.size === 0 && membership.tombstones.length === 0) return
  const isFresh = state.changedAt > state.evidenceSentAt
  const differs = (context.heardBy[context.self] ?? []).some((j) => {
    const link = state.links.get(j)
    if (!link) return !has(union(membership.gone, membership.certified), j)
    return !isSilent(link, now, context) && !equalBytes(link.evidence, membership.digest)
  })
  if (!differs || (!isFresh && now - state.evidenceSentAt < 2 * context.period)) return
  state.evidenceSentAt = now
  let room = EVIDENCE_BYTES
  body.tombstones = membership.tombstones.filter(({ statements, entries = [] }) => {
    room -=
      64 + [...statements, ...entries].reduce((bytes, each) => bytes + each.signed.length + 8, 0)
    return room > 0
  })
  body.statements = [...membership.latest].flatMap(([index, { signed }]) => {
    room -= signed.length + 8
    return room > 0 ? [{ index, signed }] : []
  })
}
