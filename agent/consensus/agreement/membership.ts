import {
  add,
  addAll,
  type Bitset,
  checkedSet,
  emptySet,
  has,
  includesAll,
  members,
  minus,
  remove,
  union,
} from '../../wire/bitset.ts'
import { decodeRecord } from '../../wire/codec.ts'
import { HypernetError } from '../../wire/errors.ts'
import { domainDigest, equalBytes } from '../../wire/hash.ts'
import { LIMITS } from '../../wire/limits.ts'
import { Statement, type Tombstone } from '../../wire/messages.ts'
import { payloadOf } from '../../wire/signature.ts'
import type { EpochContext } from '../context.ts'
import { isLie } from '../flood/entries.ts'

/**
 * Who is taken to be gone. Each device signs statements of whom it suspects; the newest of each device
 * counts, and a newer one of the suspect takes a suspicion back. Gone is whoever left by its own
 * statement, is proven a liar, or is cut off: no chain of unsuspected links leads from it to us. So whoever is
 * heard by anybody with whom we are in touch is not gone, whatever others say; clusters that died together go
 * together; and one liar can bury nobody whom another device still hears. Devices that are in touch both
 * ways and hold the same statements take the same devices for gone.
 *
 * It may change as long as no answer is final: two sides that gave each other up and meet again are one
 * again. What stays are **tombstones**: sets that were gone once, with the statements that prove it to
 * everybody. An answer may bury only whom tombstones have buried.
 */
export interface Membership {
  readonly latest: Map<number, Known>
  readonly tombstones: Tombstone[]
  /** Who is gone as far as is known now (`conclude`); never ourselves. */
  gone: Bitset
  /** Whom most of those who hear them take for lost: a hint, which halves the patience of the others. */
  doubted: Bitset
  /** Union of all proven tombstones' sets, those that name us included. */
  readonly certified: Bitset
  /** Devices that left by their own statement. */
  readonly left: Bitset
  /** Proven liars: what they contributed is not summed, since others may hold another version. */
  readonly liars: Bitset
  /** We left: we listen on, but vote no more. */
  excluded: boolean
  /** Nothing was learned since `gone` was worked out. */
  isConcluded: boolean
  /** Digest of all of the above, compared between neighbors. */
  digest: Uint8Array
}

export interface Known {
  readonly statement: Statement
  readonly signed: Uint8Array
}

export function newMembership(context: EpochContext): Membership {
  const absent = absentIn(context)
  const gone = absent.slice()
  remove(gone, context.self)
  return {
    latest: new Map(),
    tombstones: [],
    gone,
    doubted: emptySet(context.size),
    certified: absent.slice(),
    left: absent.slice(),
    liars: emptySet(context.size),
    excluded: has(absent, context.self),
    isConcluded: true,
    digest: new Uint8Array(8),
  }
}

const absentIn = ({ absent, size }: EpochContext): Bitset => absent ?? emptySet(size)

/** Nothing was ever said of anybody's life, so nobody is gone. */
export const isUntroubled = ({ latest, tombstones }: Membership): boolean =>
  latest.size === 0 && tombstones.length === 0

/** Takes in a signed statement whose signature is verified. @returns whether it was new */
export function learnStatement(
  membership: Membership,
  context: EpochContext,
  index: number,
  signed: Uint8Array,
): boolean {
  const known = membership.latest.get(index)
  if (known && equalBytes(known.signed, signed)) return false
  const statement = statementOf(signed)
  if (!statement || !belongs(statement, context, index)) return false
  if (known && !isNewer(statement, known.statement)) return false
  membership.latest.set(index, { statement, signed })
  if (statement.leave !== undefined) add(membership.left, index)
  membership.isConcluded = false
  membership.digest = digestOf(membership)
  return true
}

/** Takes in a tombstone whose signatures are verified. @returns whether it was new and its proof holds */
export function learnTombstone(
  membership: Membership,
  context: EpochContext,
  tombstone: Tombstone,
): boolean {
  const set = checkedSet(tombstone.set, context.size)
  const { certified, liars, tombstones } = membership
  const proof = liarsIn(context, tombstone)
  const isKnown = includesAll(certified, set) && proof.every((index) => has(liars, index))
  if (isKnown || !isProven(membership, context, tombstone, proof)) return false
  addAll(certified, set)
  for (const index of proof) add(liars, index)
  // A larger set stands for those in it; the proof of a lie stays.
  const kept = tombstones.filter(
    (old) => (old.entries?.length ?? 0) > 0 || !includesAll(set, old.set),
  )
  tombstones.splice(0, tombstones.length, ...[...kept, tombstone].slice(-LIMITS.evidence))
  membership.isConcluded = false
  membership.digest = digestOf(membership)
  return true
}

/**
 * Whether a tombstone tells of a liar that was not known for one. He may long be taken to be gone for
 * another reason; what he contributed must not count either.
 */
export const accusesAnew = ({ liars }: Membership, { entries = [] }: Tombstone): boolean =>
  entries.some(({ index }) => !has(liars, index))

/**
 * Whether `observer` says, and has not been contradicted, that `suspect` is silent. What one that left says
 * stands until it takes it back: without its memory it may know of no statement that others hold, and
 * what is older than its own words would contradict them for ever.
 */
export function suspects(membership: Membership, observer: number, suspect: number): boolean {
  const said = suspicionOf(membership, observer, suspect)
  if (!said) return false
  if (said.apart || has(membership.left, observer)) return true
  const own = membership.latest.get(suspect)?.statement
  return !own || !isNewer(own, said)
}

const suspicionOf = ({ latest }: Membership, observer: number, suspect: number) =>
  latest.get(observer)?.statement.suspects.find(({ index }) => index === suspect)

/** Whether anybody takes `suspect` for silent, who can say that it is not. */
export function isSuspected(
  membership: Membership,
  context: EpochContext,
  suspect: number,
): boolean {
  return (context.heardBy[suspect] ?? []).some((observer) => {
    const said = suspicionOf(membership, observer, suspect)
    if (said === undefined || said.apart || has(membership.left, observer)) return false
    return suspects(membership, observer, suspect)
  })
}

/**
 * Draws the conclusion from what is known: who is gone now.
 * @returns whether that changed, and a tombstone if none has buried all of them yet
 */
export function conclude(
  membership: Membership,
  context: EpochContext,
): { changed: boolean; tombstone: Tombstone | undefined } {
  if (membership.isConcluded) return { changed: false, tombstone: undefined }
  membership.isConcluded = true
  const reached = reachedFrom(membership, context)
  const gone = union(union(minus(context.everyone, reached), membership.left), membership.liars)
  remove(gone, context.self)
  const changed = !equalBytes(gone, membership.gone)
  membership.gone = gone
  membership.doubted = doubtedBy(membership, context)
  if (includesAll(membership.certified, gone)) return { changed, tombstone: undefined }
  const tombstone = { set: gone.slice(), statements: statementsOn(membership, context, gone) }
  return { changed, tombstone }
}

/** Those whom most of those who hear them take for lost. */
function doubtedBy(membership: Membership, context: EpochContext): Bitset {
  const accusers = new Map<number, number>()
  for (const [observer, { statement }] of membership.latest)
    for (const { index } of statement.suspects)
      if (hears(context, observer, index) && suspects(membership, observer, index))
        accusers.set(index, (accusers.get(index) ?? 0) + 1)
  const set = emptySet(context.size)
  for (const [index, by] of accusers)
    if (by * 2 > (context.heardBy[index]?.length ?? 0)) add(set, index)
  return set
}

/**
 * Everyone from whom a chain of unsuspected links leads to us. Whoever left still passes things on while it is
 * heard; a proven liar may keep from us, or from them, what they would have to know to agree.
 */
function reachedFrom(membership: Membership, context: EpochContext): Bitset {
  const reached = emptySet(context.size)
  add(reached, context.self)
  const open = [context.self]
  for (let x = open.pop(); x !== undefined; x = open.pop()) {
    if (has(membership.liars, x) && x !== context.self) continue
    for (const j of context.hears[x] ?? []) {
      if (has(reached, j) || suspects(membership, x, j)) continue
      add(reached, j)
      open.push(j)
    }
  }
  return reached
}

/** The statements that prove a set: of those who left, and of everybody outside who accuses. */
function statementsOn({ latest }: Membership, context: EpochContext, set: Bitset) {
  return [...latest].flatMap(([index, { statement, signed }]) => {
    const tells = has(set, index)
      ? statement.leave !== undefined
      : statement.suspects.some((s) => has(set, s.index) && hears(context, index, s.index))
    return tells ? [{ index, signed }] : []
  })
}

/**
 * Checks the proof that a tombstone carries: signatures are verified before. Each member left, is a
 * proven liar, or is accused by everybody outside the set who hears it; one that nobody outside hears
 * goes with the others, since whatever it sends must pass one of them.
 */
function isProven(
  { liars }: Membership,
  context: EpochContext,
  { set, statements, entries = [] }: Tombstone,
  proof: readonly number[],
): boolean {
  if (entries.some(({ index }) => !has(set, index))) return false
  const excused = new Set(proof)
  const accused = new Set<number>()
  for (const { index, signed } of statements) {
    const statement = statementOf(signed)
    if (!statement || !belongs(statement, context, index)) continue
    if (statement.leave !== undefined) excused.add(index)
    if (!has(set, index))
      for (const s of statement.suspects) accused.add(index * context.size + s.index)
  }
  let proven = 0
  const absent = absentIn(context)
  for (const j of members(set)) {
    const outside = (context.heardBy[j] ?? []).filter((k) => !has(set, k))
    const isExcused = excused.has(j) || has(liars, j) || has(absent, j)
    if (!isExcused && !outside.every((k) => accused.has(k * context.size + j))) return false
    if (isExcused || outside.length > 0) proven++
  }
  return proven > 0
}

function liarsIn(context: EpochContext, { entries = [] }: Tombstone): number[] {
  const of = new Map<number, Uint8Array[]>()
  for (const { index, signed } of entries) of.set(index, [...(of.get(index) ?? []), signed])
  return [...of].filter(([index, signed]) => isLie(context, index, signed)).map(([index]) => index)
}

const hears = (context: EpochContext, observer: number, j: number): boolean =>
  (context.hears[observer] ?? []).includes(j)

/** Orders statements and the mention of one: by incarnation, then version. */
function isNewer(
  a: { incarnation: number; version: number },
  b: { incarnation: number; version: number },
): boolean {
  return a.incarnation > b.incarnation || (a.incarnation === b.incarnation && a.version > b.version)
}

function belongs(statement: Statement, context: EpochContext, index: number): boolean {
  return (
    statement.index === index &&
    index < context.size &&
    statement.epoch === context.epoch &&
    statement.job === context.job &&
    equalBytes(statement.roster, context.roster)
  )
}

/** Signed bytes are kept and passed on unchanged, so what they say is decoded once. */
const decoded = new WeakMap<Uint8Array, Statement | null>()

function statementOf(signed: Uint8Array): Statement | undefined {
  let statement = decoded.get(signed)
  if (statement === undefined) {
    try {
      statement = decodeRecord(Statement, payloadOf(signed))
    } catch (error) {
      if (!(error instanceof HypernetError)) throw error
      statement = null
    }
    decoded.set(signed, statement)
  }
  return statement ?? undefined
}

function digestOf(membership: Membership): Uint8Array {
  const numbers = [...membership.latest]
    .sort(([a], [b]) => a - b)
    .flatMap(([index, { statement }]) => [index, statement.incarnation, statement.version])
  const bytes = new Uint8Array(new Float64Array(numbers).buffer)
  const { certified, liars } = membership
  return domainDigest('hypernet/1/evidence', certified, liars, bytes).slice(0, 8)
}
