import { equalBytes, hexOf } from '../../../agent/wire/hash.ts'
import { marketDigest } from '../../../agent/wire/market.ts'
import type { Finding } from '../../../agent/wire/marketMessages.ts'
import { signerOf } from '../../../agent/wire/typedData.ts'
import type { Call } from './seam.ts'
import { pair, type Settlement } from './state.ts'

/** The contract has it, or takes no more. */
const DONE = [
  'JobEscrowWrongIndex',
  'JobEscrowWrongPhase',
  'JobEscrowCommitted',
  'JobEscrowTooLate',
] as const
/** The part of the window for which a list is waited for whose anchor is known, since each binding costs gas. */
const PATIENCE = 1 / 8

/**
 * Binds for the running checkpoint what sellers told, by their own signatures, where the anchored list has another
 * word for them: it was left out, came late, or the list is nobody's and its relay wants the work for nothing.
 */
export function commitCalls(state: Settlement): Call[] {
  const { chain, terms, time, lists, findings } = state
  const { index, commitBy, sellers, anchor, own } = chain
  const list = anchor === undefined ? undefined : lists.get(anchor)
  if (!list) {
    const patience = Number(terms.window) * PATIENCE
    const seen = chain.anchorSeen ?? time
    if (time < Math.min(seen + patience, commitBy - patience)) return []
  }
  const at = findings.get(index)
  return sellers.flatMap((seller, place) => {
    const finding = at?.get(seller)
    const word = list?.[place]
    if (!finding?.commit || own.has(place)) return []
    if (word && equalBytes(word, finding.commitment)) return []
    if (!isSigned(state, seller, finding, finding.commit)) return []
    const args = [index, BigInt(place), hexOf(finding.commitment), pair(finding.commit), sellers]
    return [{ step: `commit/${index}/${place}`, to: 'job', name: 'commit', args, done: DONE }]
  })
}

/** Whether the seller itself signed that this is its commitment: looked at only where it is needed, and once. */
function isSigned(
  { market, address, isCommit }: Settlement,
  seller: string,
  finding: Finding,
  commit: Uint8Array,
): boolean {
  const known = isCommit.get(finding)
  if (known !== undefined) return known
  const { index, commitment } = finding
  const message = { job: address, index: BigInt(index), commitment }
  const signer = signerOf(marketDigest(market, 'Commit', message), commit)
  const isGood = signer !== undefined && hexOf(signer) === seller
  isCommit.set(finding, isGood)
  return isGood
}
