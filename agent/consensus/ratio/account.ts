import type { ExactVector } from '../../math/exactVector.ts'
import type { Wrapping } from '../../math/wrapping.ts'
import { addAll, type Bitset, emptySet, has, includesAll, minus } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import { boundsOf, hullOf, type Range } from './bounds.ts'
import { type Hull, isWatching, newHull, passWindows } from './hull.ts'
import { close, type Ledger, newLedger, reopen, retarget, split } from './ledger.ts'
import { type Life, type Lives, labelOf, learnLife, lifeOf } from './lives.ts'
import { leastShare, massOf, type Scale, vectorOfSums } from './scale.ts'
import { addVector, newSetup, type Setup, scaleId, settledScale } from './setup.ts'
import { wordSetOf } from './wordSet.ts'

/**
 * One device's part in `ratio`, from its vector to the certified sum: units are agreed on, then mass is
 * exchanged in them. Who is gone is said by whoever holds the account.
 */
export interface Account {
  readonly graph: Graph
  /** Components of the vectors, the number of rows among them. */
  readonly components: number
  readonly lives: Lives
  readonly gone: Bitset
  vector: ExactVector | undefined
  readonly setup: Setup
  scaleId: Uint8Array
  books: Books | undefined
  /** What neighbors said last: their units, and the label of their windows. */
  readonly said: Map<number, { scale: Uint8Array | undefined; label: Uint8Array | undefined }>
  /** How many of `lives` have been told, so that all get their turn. */
  livesTold: number
}

/** The devices of an epoch as one of them sees them. */
export interface Graph {
  readonly size: number
  readonly self: number
  readonly everyone: Bitset
  readonly hears: readonly number[]
  readonly heardBy: readonly number[]
}

/** What there is once the units are known. */
export interface Books {
  readonly scale: Scale
  readonly ledger: Ledger
  hull: Hull
  /** Where running sums are read into. */
  readonly arrived: Wrapping
}

/** Accounts that a device may open between two starts, each under a number never used before. */
const LIVES = 2 ** 20

/** @param incarnation of a device that may have opened its account in this epoch before; else 0 */
export function newAccount(graph: Graph, components: number, incarnation = 0): Account {
  const lives: Lives = new Map()
  if (incarnation > 0) learnLife(lives, graph.self, { life: incarnation * LIVES, version: 0 })
  const setup = newSetup(graph.size, components)
  return {
    graph,
    components,
    lives,
    gone: emptySet(graph.size),
    vector: undefined,
    setup,
    scaleId: scaleId(setup),
    books: undefined,
    said: new Map(),
    livesTold: 0,
  }
}

/**
 * Puts in the device's vector. Another one later takes its place: the network's sum follows it, and what
 * was certified before holds no more.
 * @param vector canonical, of `components` components
 */
export function putIn(account: Account, vector: ExactVector): void {
  const { graph, lives, setup } = account
  const isFirst = account.vector === undefined
  account.vector = vector
  if (!isFirst) {
    const { life, version } = lives.get(graph.self) ?? { life: 0, version: 0 }
    learnLife(lives, graph.self, { life, version: version + 1 })
  }
  if (addVector(setup, graph.self, vector)) rescale(account)
  const { books } = account
  if (!books || isFirst) return
  retarget(books.ledger, massOf(books.scale, vector))
  relabel(account)
}

/** The units may have become finer, or are known to all: then mass is counted anew, in these. */
export function rescale(account: Account): void {
  const { graph, gone, lives, setup, vector } = account
  const id = scaleId(setup)
  if (account.books && equalBytes(id, account.scaleId)) return
  account.scaleId = id
  account.books = undefined
  const live = minus(graph.everyone, gone)
  const scale = vector && settledScale(setup, wordSetOf(graph.size, live))
  if (!scale) return
  const isLive = (j: number): boolean => !has(gone, j)
  const hears = graph.hears.filter(isLive)
  const start = massOf(scale, vector)
  const isReturning = lifeOf(lives, graph.self) > 0
  const ledger = newLedger(scale.limbs, start, graph.heardBy.filter(isLive), hears, isReturning)
  for (const [j, { life }] of lives) if (life > 0) reopen(ledger, j, life, isReturning)
  const hull = newHull(graph.size, graph.self, labelOf(id, gone, lives), live, hears)
  account.books = { scale, ledger, hull, arrived: new Uint32Array(start.length) }
}

/**
 * Takes over who is gone now. What was settled with a device that turns out to live cannot be undone, so
 * then the account is opened anew, as after a restart.
 */
export function heedGone(account: Account, gone: Bitset): void {
  if (includesAll(gone, account.gone)) bury(account, gone)
  else startOver(account, gone)
}

/** More devices are gone: the mass exchanged with them is taken back. */
export function bury(account: Account, gone: Bitset): void {
  const earlier = account.gone.slice()
  if (!addAll(account.gone, gone)) return
  const { books } = account
  if (!books) {
    rescale(account)
    return
  }
  for (const j of linked(account.graph))
    if (has(account.gone, j) && !has(earlier, j)) close(books.ledger, j)
  relabel(account)
}

function startOver(account: Account, gone: Bitset): void {
  const { graph, lives } = account
  const { life, version } = lives.get(graph.self) ?? { life: 0, version: 0 }
  learnLife(lives, graph.self, { life: life + 1, version })
  account.gone.set(gone)
  account.books = undefined
  rescale(account)
}

const linked = ({ hears, heardBy }: Graph): Set<number> => new Set([...hears, ...heardBy])

/** Takes in that a device opened its account anew, or put in another vector. */
export function notice(account: Account, index: number, news: Life): boolean {
  const { lives, graph, books } = account
  const before = lifeOf(lives, index)
  if (index === graph.self || !learnLife(lives, index, news)) return false
  if (books) {
    if (news.life > before) reopen(books.ledger, index, news.life, lifeOf(lives, graph.self) > 0)
    relabel(account)
  }
  return true
}

function relabel({ graph, gone, lives, books, ...account }: Account): void {
  if (!books) return
  const label = labelOf(account.scaleId, gone, lives)
  const hears = graph.hears.filter((j) => !has(gone, j))
  const live = minus(graph.everyone, gone)
  books.hull = newHull(graph.size, graph.self, label, live, hears)
}

/** One tick: shares are sent, and windows pass. To be called once before each message. */
export function advance(account: Account): void {
  const { books } = account
  if (!books) return
  const { scale, ledger, hull } = books
  const share = split(ledger, leastShare(scale))
  passWindows(hull, isWatching(hull) ? rangeOf(books, share) : 'wide')
}

/** Between what the means of what is held and of what was sent lie. */
function rangeOf({ scale, ledger, hull }: Books, share: Wrapping | undefined): Range {
  const held = boundsOf(ledger.held, scale.limbs, scale.bits)
  if (!share) return held
  return hullOf(held, boundsOf(share, scale.limbs, scale.bits), hull.count)
}

/** The certified sum of all who are not gone, as an exact vector, canonical. */
export function certifiedSum({ books }: Account): ExactVector | undefined {
  return books?.hull.sum && vectorOfSums(books.scale, books.hull.sum)
}
