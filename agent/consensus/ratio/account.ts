import type { ExactVector } from '../../math/exactVector.ts'
import type { Wrapping } from '../../math/wrapping.ts'
import { type Bitset, emptySet, has, includesAll, minus } from '../../wire/bitset.ts'
import { equalBytes } from '../../wire/hash.ts'
import { boundsOf, hullOf, type Range } from './bounds.ts'
import { type Hull, isRough, isWatching, newHull, passWindows } from './hull.ts'
import { close, type Ledger, newLedger, reopen, retarget, split } from './ledger.ts'
import { type Life, type Lives, labelOf, learnLife, lifeOf } from './lives.ts'
import { leastShare, massOf, type Scale, vectorOfSums } from './scale.ts'
import { addVector, newSetup, type Setup, scaleId, settledScale } from './setup.ts'
import { meanAsOne } from './spread.ts'
import { type WordSet, wordSetOf } from './wordSet.ts'

/**
 * One device's part in `ratio`, from its vector to the certified sum: units are agreed on, then mass is
 * exchanged in them. Who is gone is said by whoever holds the account.
 */
export interface Account {
  readonly graph: Graph
  /** Components of the vectors, the number of rows among them. */
  readonly components: number
  readonly lives: Lives
  /** Who is gone, and who is not: replaced together, never changed in place. */
  gone: Bitset
  live: WordSet
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
    live: wordSetOf(graph.size, graph.everyone),
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
  if (addVector(setup, graph.self, vector).isFiner) learnUnits(account)
  else openBooks(account)
  const { books } = account
  if (!books || isFirst) return
  retarget(books.ledger, massOf(books.scale, vector))
  relabel(account)
}

/** More is known of the units. Where they became finer, mass is counted anew, in these. */
export function learnUnits(account: Account): void {
  const id = scaleId(account.setup)
  if (!equalBytes(id, account.scaleId)) account.books = undefined
  account.scaleId = id
  openBooks(account)
}

/** Mass is counted as soon as the units are known to all who live. */
export function openBooks(account: Account): void {
  const { graph, gone, live, lives, setup, vector, scaleId: id, books } = account
  if (books) return
  const scale = vector && settledScale(setup, live)
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
  if (gone === account.gone) return
  if (includesAll(gone, account.gone)) bury(account, gone)
  else startOver(account, gone)
}

/** More devices are gone: the mass exchanged with them is taken back. @param gone all who are */
export function bury(account: Account, gone: Bitset): void {
  const earlier = account.gone
  replaceGone(account, gone)
  if (includesAll(earlier, gone)) return
  const { books } = account
  if (!books) {
    openBooks(account)
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
  replaceGone(account, gone)
  account.books = undefined
  openBooks(account)
}

function replaceGone(account: Account, gone: Bitset): void {
  const { size, everyone } = account.graph
  account.gone = gone
  account.live = wordSetOf(size, minus(everyone, gone))
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

function relabel({ graph, gone, live, lives, books, scaleId: id }: Account): void {
  if (!books) return
  const label = labelOf(id, gone, lives)
  const hears = graph.hears.filter((j) => !has(gone, j))
  books.hull = newHull(graph.size, graph.self, label, live, hears)
}

/** One tick: shares are sent, and windows pass. To be called once before each message. */
export function advance(account: Account): void {
  const { books } = account
  if (!books) return
  const { scale, ledger, hull } = books
  const share = split(ledger, leastShare(scale))
  const mean = isRough(hull) ? meanAsOne(ledger.held, scale) : undefined
  passWindows(hull, isWatching(hull) ? rangeOf(books, share) : 'wide', mean)
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
