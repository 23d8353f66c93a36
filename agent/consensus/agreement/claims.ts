import { includesAll } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import type { AgreementBody } from '../../wire/messages.ts'
import type { Claim } from '../method.ts'
import { accusesAnew, type Membership } from './membership.ts'

/**
 * Lists those of some signed parts that the device does not hold yet, so that each is verified once.
 * @param known the signed bytes that the device holds in the place of such a part
 */
export function claimsAmong<T extends { index: number; signed: Uint8Array }>(
  items: T[] | undefined,
  purpose: Claim['purpose'],
  known: (index: number) => Uint8Array | undefined,
): Claim[] {
  return (items ?? []).flatMap((item) => {
    const { index, signed } = item
    const held = known(index)
    if (held && equalBytes(held, signed)) return []
    return [{ purpose, index, signed, drop: () => drop(items, item) }]
  })
}

/** Signed parts of what a message says of life and votes. */
export function agreementClaims(membership: Membership, body: AgreementBody | undefined): Claim[] {
  const statementOf = (index: number) => membership.latest.get(index)?.signed
  const claims = claimsAmong(body?.statements, 'statement', statementOf)
  for (const tombstone of body?.tombstones ?? []) {
    const { set, statements, entries } = tombstone
    if (includesAll(membership.certified, set) && !accusesAnew(membership, tombstone)) continue
    claims.push(...claimsAmong(statements, 'statement', statementOf))
    claims.push(...claimsAmong(entries, 'contribution', () => undefined))
  }
  return claims
}

function drop<T>(items: T[] | undefined, item: T): void {
  const at = items?.indexOf(item) ?? -1
  if (at >= 0) items?.splice(at, 1)
}
