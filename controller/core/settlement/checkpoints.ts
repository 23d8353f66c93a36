import { equalBytes, hexOf } from '../../../agent/wire/hash.ts'
import { chainOfWords } from '../../../agent/wire/market.ts'
import type { Finding } from '../../../agent/wire/marketMessages.ts'
import { commitmentOf, WORD } from '../../../agent/wire/typedData.ts'
import { commitCalls } from './commits.ts'
import type { Call, SettlementEffect } from './seam.ts'
import { type OnChain, pair, type Settlement } from './state.ts'

/**
 * What the running checkpoint needs: bind what the sellers committed, show their signatures once its time is over, and
 * end it when its window is.
 */
export function checkpointCalls(state: Settlement, out: SettlementEffect[]): Call[] {
  const { chain, terms, time } = state
  const { index, commitBy } = chain
  const window = Number(terms.window)
  const calls: Call[] = []
  if (isPayDue(state)) calls.push(payout(state))
  if (time <= commitBy) {
    calls.push(...(chain.anchor === undefined ? anchor(state, out) : commitCalls(state)))
  } else if (time <= commitBy + window) {
    calls.push(...attest(state))
  } else {
    calls.push(call(`close/${index}`, 'close', [index]))
  }
  return calls
}

const DONE = ['JobEscrowWrongIndex', 'JobEscrowWrongPhase', 'JobEscrowAnchored']
const call = (step: string, name: string, args: readonly unknown[]): Call => ({
  step,
  to: 'job',
  name,
  args,
  done: [...DONE, 'JobEscrowNotMore'],
})

const isPayDue = ({ chain, terms }: Settlement): boolean =>
  chain.history.length / 2 >= Number(terms.payEvery)

const payout = ({ chain }: Settlement): Call =>
  call(`payout/${chain.index}`, 'payout', [chain.sellers, chain.history])

/** Parts of the window before the checkpoint's time at which a list is anchored in which somebody is missing. */
const LAST = { named: 5 / 8, other: 1 / 4 } as const

/**
 * The part of the window for which more is waited for once the first finding was heard: a relay that comes late hears what is
 * retained one by one, and its list is to hold all of that.
 */
const PATIENCE = 1 / 16

/**
 * The list is anchored once all have committed, or at the last moment: late enough for the slow. For the relay of the
 * terms that is while it alone may anchor, since a stranger could bind junk; for others, once that one must be gone.
 * With half of the sellers or fewer it waits as long as others: such a list pays nobody.
 */
function anchor(state: Settlement, out: SettlementEffect[]): Call[] {
  const { chain, terms, time, findings } = state
  const { index, commitBy, sellers } = chain
  const window = Number(terms.window)
  const isNamed = equalBytes(terms.relay, state.relay)
  const isOurs = isNamed || terms.relay.every((byte) => byte === 0)
  const at = findings.get(index)
  const committed = sellers.filter((seller) => at?.has(seller)).length
  if (committed > 0 && state.listening?.index !== index) state.listening = { index, since: time }
  if (committed === 0 || time < commitBy - (isOurs ? window : window / 2)) return []
  const isEnough = 2 * committed > sellers.length
  const isLast = time >= commitBy - window * (isNamed && isEnough ? LAST.named : LAST.other)
  if (committed < sellers.length && !(isLast && isHeardOut(state))) return []
  if (state.listed?.index !== index) {
    const words = sellers.map((seller) => at?.get(seller)?.commitment ?? new Uint8Array(WORD))
    state.listed = { index, words }
  }
  const { words } = state.listed
  const hash = chainOfWords(words)
  // Known before it is bound: whoever comes after us finds what the hash stands for.
  if (!state.lists.has(hash)) {
    state.lists.set(hash, words)
    out.push({ kind: 'list', index, commitments: words })
  }
  return [call(`anchor/${index}`, 'anchor', [index, hash])]
}

/** Whether what the broker retains was heard: with some later block, and soon enough for the list to be bound. */
function isHeardOut({ chain, terms, time, listening }: Settlement): boolean {
  const { since = time } = listening ?? {}
  const patience = Number(terms.window) * PATIENCE
  return time > since && time >= Math.min(since + patience, chain.commitBy - patience)
}

/**
 * Signatures that are the ones that were bound, as soon as the contract has all with them or, when half of the window is
 * over, what there is: those that it has once more, so that nobody holds us up by showing some just before. Where
 * nobody told what was anchored, of those that bound themselves.
 */
function attest(state: Settlement): Call[] {
  const { chain, terms, time, lists } = state
  const { index, commitBy, sellers, anchor, own } = chain
  const told = anchor === undefined ? undefined : lists.get(anchor)
  const list = told?.length === sellers.length ? told : []
  const isKnown = (place: number) => ((chain.shown.sellers >> BigInt(place)) & 1n) === 1n
  const shown = sellers.map((seller, place) =>
    shownBy(state, seller, place, own.get(place) ?? list[place]),
  )
  const isNews = shown.some((finding, place) => finding && !isKnown(place))
  const count = sellers.filter((_, place) => isKnown(place) || shown[place]).length
  const isLast = time > commitBy + Number(terms.window) / 2
  if (!isNews || (count < sellers.length && !isLast)) return []
  // Once somebody else has shown some, it is another call.
  const step = `attest/${index}/${count}/${chain.shown.sellers}`
  return [call(step, 'attest', [index, revealsOf(chain, list, shown)])]
}

function shownBy(
  { chain, findings }: Settlement,
  seller: string,
  place: number,
  bound: Uint8Array | undefined,
): Finding | undefined {
  const finding = findings.get(chain.index)?.get(seller)
  if (!finding?.signature || !bound) return undefined
  // The contract refuses all signatures together where one is of another group than it dealt.
  if (finding.group !== chain.groups[place]) return undefined
  return equalBytes(commitmentOf(finding.signature), bound) ? finding : undefined
}

/** The argument of `attest`: the different claims, who signed which, and what is known of the others. */
function revealsOf(
  { sellers, own, shown: earlier }: OnChain,
  list: readonly Uint8Array[],
  shown: readonly (Finding | undefined)[],
) {
  const claims = new Map<string, { place: number; claim: object }>()
  const places: number[] = []
  for (const finding of shown) {
    if (!finding) continue
    const { group = 0, roster, share, result } = finding
    const claim = { group, roster: hex(roster), share: hex(share), result: hex(result) }
    const name = JSON.stringify(claim)
    const known = claims.get(name) ?? { place: claims.size, claim }
    claims.set(name, known)
    places.push(known.place)
  }
  const hidden = sellers.map((_, i) => i).filter((i) => !shown[i])
  return {
    claims: [...claims.values()].map(({ claim }) => claim),
    revealed: shown.reduce((sum, finding, i) => (finding ? sum | (1n << BigInt(i)) : sum), 0n),
    claimOf: hexOf(Uint8Array.from(places)),
    signatures: shown.flatMap((finding) => (finding?.signature ? [pair(finding.signature)] : [])),
    absent: hidden.map((i) => sellers[i]),
    withheld: hidden.map((i) => hex(list[i])),
    replaced: sellers.flatMap((_, i) => (own.has(i) ? [hex(list[i])] : [])),
    shown: earlier.bytes,
  }
}

const hex = (word: Uint8Array | undefined): string => hexOf(word ?? new Uint8Array(WORD))
