import {
  add,
  addAll,
  type Bitset,
  checkedSet,
  count,
  emptySet,
  has,
  includesAll,
  members,
  minus,
  union,
} from '../../wire/bitset.ts'
import { decodeRecord } from '../../wire/codec.ts'
import { HypernetError } from '../../wire/errors.ts'
import { domainDigest, equalBytes } from '../../wire/hash.ts'
import { LIMITS } from '../../wire/limits.ts'
import { type Entry, Statement, type Tombstone } from '../../wire/messages.ts'
import { payloadOf } from '../../wire/signature.ts'
import type { EpochContext } from '../context.ts'
import { isLie } from '../flood/entries.ts'

/**
 * Who is taken to be gone. Each device signs statements of whom it suspects; the newest of each device
 * counts. A set C of devices is buried when each member left by its own statement, is proven a liar, or is
 * suspected by a strict majority of those of its observers that are not in C. A member of C that nobody
 * outside C observes needs no suspicion of its own: whatever it sends must pass other members of C. So clusters that died
 * together are buried together, and one liar can bury nobody whom another device outside C still hears.
 * A tombstone carries the statements that prove it, so it means the same to every receiver.
 */
export interface Membership {
  readonly latest: Map<number, Known>
  tombstones: Tombstone[]
  /** Union of the accepted tombstones' sets; never ourselves. */
  readonly gone: Bitset
  /** Union of all proven tombstones' sets, those that name us included. */
  readonly certified: Bitset
  /** Proven liars among them: what they contributed is not summed, since others may hold another version. */
  readonly liars: Bitset
  /** A proven tombstone of more than half names us: we listen on, but vote no more. */
  excluded: boolean
  /** Digest of all of the above, compared between neighbors. */
  digest: Uint8Array
}
/** Contradictory entries that one tombstone may carry, as its record says. */
const MOST_LIES = 2

export interface Known {
  readonly statement: Statement
  readonly signed: Uint8Array
}

export function newMembership(context: EpochContext): Membership {
  return {
    latest: new Map(),
    tombstones: [],
    gone: emptySet(context.size),
    certified: emptySet(context.size),
    liars: emptySet(context.size),
    excluded: false,
    digest: new Uint8Array(8),
  }
}

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
  const known = has(set, context.self) ? membership.certified : membership.gone
  if (includesAll(known, set) && !accusesAnew(membership, tombstone)) return false
  if (!isProven(context, tombstone)) return false
  const liars = liarsIn(context, tombstone)
  addAll(membership.certified, set)
  for (const index of liars) add(membership.liars, index)
  if (has(set, context.self)) {
    if (isLeftBehind(membership, context, tombstone)) membership.excluded = true
  } else {
    addAll(membership.gone, set)
  }
  membership.tombstones = [
    ...membership.tombstones.filter(
      (old) =>
        !includesAll(set, old.set) || liarsIn(context, old).some((index) => !liars.includes(index)),
    ),
    tombstone,
  ].slice(-LIMITS.evidence)
  merge(membership, context)
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
 * Whether a tombstone that names us means that the fleet goes on without us: it leaves more than half
 * of the roster. If all who say so are gone for us, they and we stand on two sides of a partition, and
 * the smaller side gives way.
 */
function isLeftBehind(
  { gone }: Membership,
  context: EpochContext,
  { set, statements }: Tombstone,
): boolean {
  const leads = (devices: number, hasFirst: boolean): boolean =>
    devices * 2 > context.size || (devices * 2 === context.size && hasFirst)
  const theyLead = leads(context.size - count(set), !has(set, 0))
  const isOtherSide = statements.length > 0 && statements.every(({ index }) => has(gone, index))
  return theyLead && !(isOtherSide && leads(context.size - count(gone), !has(gone, 0)))
}

/** Puts one tombstone in the place of several, where their proofs together prove the union. */
function merge(membership: Membership, context: EpochContext): void {
  const ours = membership.tombstones.filter(({ set }) => !has(set, context.self))
  if (ours.length < 2) return
  const set = membership.gone.slice()
  const united = { set, ...evidenceFor(membership, context, set) }
  // Each liar's proof is a tombstone of its own: together they would not fit the message.
  if ((united.entries?.length ?? 0) > 0 || !isProven(context, united)) return
  const others = membership.tombstones.filter(({ set }) => has(set, context.self))
  membership.tombstones = [...others, united]
}

/** Whether `observer` says, and has not been contradicted, that `suspect` is silent. */
export function suspects(membership: Membership, observer: number, suspect: number): boolean {
  const said = membership.latest.get(observer)?.statement.suspects.find((s) => s.index === suspect)
  if (!said) return false
  const own = membership.latest.get(suspect)?.statement
  return !own || !isNewer(own, said)
}

/** Whether anybody's standing suspicion names `suspect`. */
export function isSuspected(
  membership: Membership,
  context: EpochContext,
  suspect: number,
): boolean {
  return (context.heardBy[suspect] ?? []).some((observer) =>
    suspects(membership, observer, suspect),
  )
}

/** Draws the conclusion from what is known: a new tombstone, if one can be proven. */
export function deriveTombstone(
  membership: Membership,
  context: EpochContext,
): Tombstone | undefined {
  const { gone, latest } = membership
  let telling = false
  const left = union(gone, emptySet(context.size))
  for (const [index, { statement }] of latest) {
    if (statement.leave !== undefined && index !== context.self) add(left, index)
    if (statement.suspects.length > 0 || statement.leave !== undefined) telling = true
  }
  if (!telling) return undefined
  const outvoted = outvotedFrom(membership, context, left)
  const cut = [cutOff(membership, context, outvoted), cutOff(membership, context, left)]
  for (const set of [...cut, outvoted, left]) {
    if (includesAll(gone, set) || has(set, context.self)) continue
    const tombstone = { set, ...evidenceFor(membership, context, set) }
    const isSendable = (tombstone.entries?.length ?? 0) <= MOST_LIES
    if (isSendable && isProven(context, tombstone)) return tombstone
  }
  return undefined
}

/** Adds, one after the other, those whom a strict majority of their remaining observers suspects. */
function outvotedFrom(membership: Membership, context: EpochContext, start: Bitset): Bitset {
  const set = start.slice()
  for (let grew = true; grew; ) {
    grew = false
    for (let j = 0; j < context.size; j++) {
      if (j === context.self || has(set, j)) continue
      const observers = (context.heardBy[j] ?? []).filter((k) => !has(set, k))
      const yes = observers.filter((k) => suspects(membership, k, j)).length
      if (yes * 2 > observers.length) {
        add(set, j)
        grew = true
      }
    }
  }
  return set
}

/** Everyone from whom no chain of unsuspected links leads to us, nor through `without`. */
function cutOff(membership: Membership, context: EpochContext, without: Bitset): Bitset {
  const reached = emptySet(context.size)
  add(reached, context.self)
  const open = [context.self]
  for (let x = open.pop(); x !== undefined; x = open.pop()) {
    for (const j of context.hears[x] ?? []) {
      if (has(reached, j) || has(without, j) || suspects(membership, x, j)) continue
      add(reached, j)
      open.push(j)
    }
  }
  return minus(context.everyone, reached)
}

/** What proves a set, without statements that add nothing to newer ones of the same device. */
function evidenceFor(
  membership: Membership,
  context: EpochContext,
  set: Bitset,
): Pick<Tombstone, 'statements' | 'entries'> {
  const entries = liesIn(membership, set)
  const earlier = membership.tombstones.flatMap((old) => old.statements)
  const latest = [...membership.latest].map(([index, { signed }]) => ({ index, signed }))
  const told = new Set<string>()
  const statements = [...latest, ...earlier.reverse()].filter(({ index, signed }) => {
    const statement = statementOf(signed)
    if (!statement) return false
    const points = has(set, index)
      ? statement.leave === undefined
        ? []
        : [`${index} left`]
      : statement.suspects
          .filter((s) => has(set, s.index) && hears(context, index, s.index))
          .map((s) => `${index} accuses ${s.index}`)
    const adds = points.some((point) => !told.has(point))
    for (const point of points) told.add(point)
    return adds
  })
  return entries.length > 0 ? { statements, entries } : { statements }
}

/** Entries that prove members of a set liars, as their tombstones brought them. */
function liesIn(membership: Membership, set: Bitset): Entry[] {
  const proofs = membership.tombstones.flatMap((old) => old.entries ?? [])
  const seen = new Set<Uint8Array>()
  return proofs.filter(({ index, signed }) => {
    const isNew = has(set, index) && !seen.has(signed)
    seen.add(signed)
    return isNew
  })
}

/** Checks the proof that a tombstone carries, by itself: signatures are verified before. */
function isProven(context: EpochContext, tombstone: Tombstone): boolean {
  const { set } = tombstone
  if ((tombstone.entries ?? []).some(({ index }) => !has(set, index))) return false
  const said = tombstone.statements.flatMap(({ index, signed }) => {
    const statement = statementOf(signed)
    return statement && belongs(statement, context, index) ? [statement] : []
  })
  const accused = new Map<number, Set<number>>()
  const excused = new Set<number>()
  for (const statement of said) {
    if (statement.leave !== undefined) excused.add(statement.index)
    if (has(set, statement.index)) continue
    for (const { index } of statement.suspects) {
      const by = accused.get(index) ?? new Set()
      accused.set(index, by.add(statement.index))
    }
  }
  for (const index of liarsIn(context, tombstone)) excused.add(index)
  let proven = 0
  for (const j of members(set)) {
    if (excused.has(j)) {
      proven++
      continue
    }
    const observers = (context.heardBy[j] ?? []).filter((k) => !has(set, k))
    const yes = observers.filter((k) => accused.get(j)?.has(k)).length
    if (observers.length > 0 && yes * 2 <= observers.length) return false
    if (yes > 0) proven++
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
