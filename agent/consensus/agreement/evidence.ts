import { isEmpty } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { Millis } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { AgreementBody, SignedStatement, Tombstone } from '../../wire/messages.ts'
import type { Agreement } from './agreement.ts'
import { longestResend, RESEND } from './link.ts'
import { isUntroubled } from './membership.ts'
import { mayListen } from './silence.ts'

/** Most messages of one publish; what is left goes with the next. */
export const MOST_BODIES = 8
const EVIDENCE_BYTES = LIMITS.message * 0.8

/**
 * Periods to wait for an acknowledgement before something is sent again: two are a round trip when
 * nothing is late; each repetition waits longer, for links that are slow or cannot answer, within what
 * the worst link that lacks it allows (`longestResend`).
 */
export const FIRST_PATIENCE = 2
export const nextPatience = (periods: number): number => periods * 1.25

/**
 * What is to be said of life and votes, as bodies of messages: at least one. The first carries the votes;
 * the first `filled` of them have no room for anything large beside it.
 */
export function agreementBodies(
  agreement: Agreement,
  now: Millis,
): { readonly bodies: AgreementBody[]; readonly filled: number } {
  const { voting, membership } = agreement
  const first = votesBody(agreement)
  if (voting.final) first.final = voting.final
  if (voting.lock && (!voting.final || membership.excluded)) {
    first.lock = voting.lock
    first.ready = voting.ready.slice()
  }
  if (!isEmpty(voting.finals)) first.finals = voting.finals.slice()
  const proofs = inParts(evidence(agreement, now), EVIDENCE_BYTES)
  const plain = plainBody(agreement)
  const rest = proofs.slice(1).map((part) => ({ ...plain, ...part }))
  return { bodies: [{ ...first, ...plain, ...proofs[0] }, ...rest], filled: proofs.length }
}

/** The votes of this attempt as far as they are known. */
export function votesBody({ voting }: Agreement): AgreementBody {
  const body: AgreementBody = { attempt: voting.attempt }
  if (voting.votes.length > 0) {
    body.votes = voting.votes.map(({ hash, by }) => ({ hash, by: by.slice() }))
  }
  return body
}

/** A body that says nothing of life or votes but what every message says. */
export function plainBody({ voting, membership }: Agreement): AgreementBody {
  if (isUntroubled(membership)) return { attempt: voting.attempt }
  return { attempt: voting.attempt, evidence: membership.digest }
}

interface Evidence {
  statements?: SignedStatement[]
  tombstones?: Tombstone[]
}

/**
 * Statements that are new since the last time; or, when some neighbor's evidence still differs a while
 * later, everything, at growing distances.
 */
function evidence(agreement: Agreement, now: Millis): Required<Evidence> {
  const { context, membership, untold } = agreement
  const told = (of: Iterable<number>): SignedStatement[] =>
    [...of].flatMap((index) => {
      const signed = membership.latest.get(index)?.signed
      return signed ? [{ index, signed }] : []
    })
  const fresh = told(untold)
  untold.clear()
  if (fresh.length > 0) agreement.evidencePatience = FIRST_PATIENCE
  const periods = Math.min(agreement.evidencePatience, longestUntold(agreement))
  const isDue = now - agreement.evidenceSentAt >= periods * context.period
  if (!isDue || periods === 0) return { statements: fresh, tombstones: [] }
  agreement.evidenceSentAt = now
  agreement.evidencePatience = nextPatience(periods)
  return { statements: told(membership.latest.keys()), tombstones: membership.tombstones }
}

/**
 * The most periods between two sendings to the neighbors that may still listen and are not known to
 * hold the same evidence; 0 where there are none.
 */
function longestUntold(agreement: Agreement): number {
  const { context, membership, links } = agreement
  if (isUntroubled(membership)) return 0
  let longest = 0
  for (const j of context.heardBy[context.self] ?? []) {
    const link = links.get(j)
    if (!mayListen(agreement, j)) continue
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
