import { includesAll } from '../wire/bitset.ts'
import { equalBytes } from '../wire/hash.ts'
import type { FloodBody } from '../wire/messages.ts'
import type { FloodState } from './floodState.ts'
import type { Claim } from './method.ts'

/** Lists the signed parts of a message that the device does not hold yet, so that each is verified once. */
export function claimsOf(state: FloodState, body: FloodBody): Claim[] {
  const { entries, membership } = state
  const claims: Claim[] = []
  const list = <T extends { index: number; signed: Uint8Array }>(
    items: T[] | undefined,
    purpose: Claim['purpose'],
    known: (index: number) => Uint8Array | undefined,
  ): void => {
    for (const item of items ?? []) {
      const held = known(item.index)
      if (held && equalBytes(held, item.signed)) continue
      claims.push({
        purpose,
        index: item.index,
        signed: item.signed,
        drop: () => drop(items, item),
      })
    }
  }
  list(body.entries, 'contribution', (index) => entries.held[index]?.signed)
  list(body.statements, 'statement', (index) => membership.latest.get(index)?.signed)
  for (const { set, statements, entries: lies } of body.tombstones ?? []) {
    if (includesAll(membership.gone, set)) continue
    list(statements, 'statement', (index) => membership.latest.get(index)?.signed)
    list(lies, 'contribution', () => undefined)
  }
  return claims
}

function drop<T>(items: T[] | undefined, item: T): void {
  const at = items?.indexOf(item) ?? -1
  if (at >= 0) items?.splice(at, 1)
}
