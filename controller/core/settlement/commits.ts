import { equalBytes, hexOf } from '../../../agent/wire/hash.ts'
import { marketDigest } from '../../../agent/wire/market.ts'
import type { Finding } from '../../../agent/wire/marketMessages.ts'
import { signerOf } from '../../../agent/wire/typedData.ts'
import type { Call } from './seam.ts'
import { type Batch, pair, type Settlement } from './state.ts'

/** The contract has it, or takes no more. */
const DONE = [
  'JobEscrowWrongIndex',
  'JobEscrowWrongPhase',
  'JobEscrowCommitted',
  'JobEscrowTooLate',
] as const
/** The part of the window for which a list is waited for whose anchor is known, since each binding costs gas. */
const PATIENCE = 1 / 8
/** Sellers whom one call binds at most: 64 of 256 cost 2.2 million gas, less than the largest call of a job. */
const MOST_AT_ONCE = 64

/**
 * Binds for the running checkpoint what sellers told, by their own signatures, where the anchored list has another
 * word for them: it was left out, came late, or the list is nobody's and its relay wants the work for nothing. With
 * each block those that came since the last go together: the list of all sellers, which a call brings along, costs
 * eight times what binding one of them does.
 */
export function commitCalls(state: Settlement): Call[] {
  const { chain, terms, time, lists, block } = state
  const { index, commitBy, anchor, own } = chain
  const list = anchor === undefined ? undefined : lists.get(anchor)
  if (!list) {
    const patience = Number(terms.window) * PATIENCE
    const seen = chain.anchorSeen ?? time
    if (time < Math.min(seen + patience, commitBy - patience)) return []
  }
  if (state.binding?.index !== index) state.binding = { index, block: -1, batches: [] }
  if (block > state.binding.block) {
    const sent = new Set(state.binding.batches.flatMap(({ places }) => places))
    const more = inBatches(leftOut(state, list).filter(({ place }) => !sent.has(place)))
    const fresh = more.map((words) => batchOf(state, words))
    if (fresh.length > 0)
      state.binding = { index, block, batches: [...state.binding.batches, ...fresh] }
  }
  return state.binding.batches
    .filter(({ places }) => places.some((place) => !own.has(place)))
    .map(({ call }) => call)
}

interface Word {
  readonly place: number
  readonly commitment: Uint8Array
  readonly commit: Uint8Array
}

/** Sellers whom neither the list nor their own word binds to what they told. */
function leftOut(state: Settlement, list: readonly Uint8Array[] | undefined): Word[] {
  const { index, sellers, own } = state.chain
  const at = state.findings.get(index)
  return sellers.flatMap((seller, place) => {
    const finding = at?.get(seller)
    if (!finding?.commit || own.has(place)) return []
    const { commitment, commit } = finding
    const word = list?.[place]
    if (word && equalBytes(word, commitment)) return []
    return isSigned(state, seller, finding, commit) ? [{ place, commitment, commit }] : []
  })
}

const inBatches = (words: readonly Word[]): Word[][] =>
  Array.from({ length: Math.ceil(words.length / MOST_AT_ONCE) }, (_, i) =>
    words.slice(i * MOST_AT_ONCE, (i + 1) * MOST_AT_ONCE),
  )

function batchOf({ chain: { index, sellers } }: Settlement, words: readonly Word[]): Batch {
  const bits = words.reduce((sum, { place }) => sum | (1n << BigInt(place)), 0n)
  const own = {
    places: bits,
    commitments: words.map(({ commitment }) => hexOf(commitment)),
    signatures: words.map(({ commit }) => pair(commit)),
  }
  return {
    places: words.map(({ place }) => place),
    // Named by whom it binds: after a restart others may go together.
    call: {
      step: `commit/${index}/${bits.toString(16)}`,
      to: 'job',
      name: 'commit',
      args: [index, own, sellers],
      done: DONE,
    },
  }
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
