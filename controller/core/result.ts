import { statisticHash, voteHash } from '../../agent/consensus/answer.ts'
import { rosterAt } from '../../agent/consensus/steps.ts'
import { doublesTo } from '../../agent/math/doubles.ts'
import { type ExactVector, SUM_TOP } from '../../agent/math/exactVector.ts'
import { MathError } from '../../agent/math/mathError.ts'
import { decodeVector, type WireForm } from '../../agent/math/wireForm.ts'
import {
  type Bitset,
  checkedSet,
  count,
  fullSet,
  has,
  includesAll,
  members,
  minus,
  union,
} from '../../agent/wire/bitset.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { Gate, type Refusal } from '../../agent/wire/gateMessages.ts'
import { bytesToHex, digest, equalBytes } from '../../agent/wire/hash.ts'
import type { NodeId } from '../../agent/wire/ids.ts'
import type { Roster, Seal, SealReport } from '../../agent/wire/messages.ts'
import { type Alike, alike } from './alike.ts'

/** Devices that sealed the same sum over the same devices. */
export interface SealedAnswer {
  readonly contributors: Bitset
  readonly tombstones: Bitset
  readonly sum: ExactVector
  /** Where it was taken, if not the first of several in a row. */
  readonly at: Float64Array | undefined
  /** What a program ended with, canonical JSON, by who sealed it; those who are in no sum ended with nothing. */
  readonly told: Map<string, number>
  /** Of a model with a gate: what the result is made of. */
  readonly gate?: SealedGate | undefined
  /** Rows in it. */
  readonly rows: number
  /** Names sum and contributors (agent/consensus/answer.ts). */
  readonly statistic: Uint8Array
  /** Roster indices of those who sealed it. */
  readonly by: Set<number>
}

/** Who is not believed, by roster index, and the sum of the others. */
export interface SealedGate {
  readonly sum: ExactVector
  readonly rows: number
  readonly refused: readonly {
    readonly index: number
    readonly reason: Refusal['reason']
    readonly distance: number
  }[]
}

/** What the devices of a roster reported of one epoch. */
export interface Collection {
  readonly roster: Roster
  /** SHA-256 of the roster's payload bytes. */
  readonly rosterHash: Uint8Array
  readonly epoch: number
  /** Components of the statistic. */
  readonly dimension: number
  readonly indexOf: ReadonlyMap<NodeId, number>
  /** The report that counts of each device, by roster index. */
  readonly reports: Map<number, SealReport>
  /** By the hash that the devices voted for, hex. */
  readonly answers: Map<string, SealedAnswer>
}

export function newCollection(
  roster: Roster,
  rosterHash: Uint8Array,
  epoch: number,
  dimension: number,
): Collection {
  const indexOf = new Map(roster.members.map(({ id }, i) => [id, i]))
  return {
    roster,
    rosterHash,
    epoch,
    dimension,
    indexOf,
    reports: new Map(),
    answers: new Map(),
  }
}

/**
 * Takes a device's report. The caller has verified the seal's signature by the roster's key.
 * The first seal of a device counts; a failure counts until a seal comes, and that it left until it ended.
 * @param seal the opened payload of `report.seal`
 * @returns whether it was new
 * @throws HypernetError `BAD_MESSAGE` for a report that cannot belong here, or a device's second and different seal
 */
export function collect(
  collection: Collection,
  report: SealReport,
  seal: Seal | undefined,
): boolean {
  const index = collection.indexOf.get(report.from)
  if (index === undefined) throw bad(`${report.from} is not in the roster`)
  if (!equalBytes(report.roster, collection.rosterHash) || report.epoch !== collection.epoch)
    throw bad(`report of ${report.from} belongs to another roster or epoch`)
  const known = collection.reports.get(index)
  if (!seal) {
    if (report.failure === undefined)
      throw bad(`report of ${report.from} holds neither seal nor failure`)
    if (known && !(known.left && !report.left)) return false
    collection.reports.set(index, report)
    return true
  }
  const [name, answer] = answerOf(collection, index, report.from, seal)
  if (known?.seal) {
    if (answer.by.has(index)) return false
    throw bad(`${report.from} sealed two different answers of epoch ${report.epoch}`)
  }
  collection.answers.set(name, answer)
  answer.by.add(index)
  if (seal.result !== undefined && has(answer.contributors, index))
    answer.told.set(seal.result, (answer.told.get(seal.result) ?? 0) + 1)
  collection.reports.set(index, report)
  return true
}

/** What most contributors say that the program ended with; of equals the text that comes first. */
export const toldIn = ({ told }: SealedAnswer): string | undefined =>
  [...told].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0]

/**
 * The answer with the most seals; of equals the one of more devices, then the one whose name comes
 * first, so that it is always the same.
 */
export function leading(collection: Collection): SealedAnswer | undefined {
  return [...collection.answers].sort(
    ([oneName, one], [otherName, other]) =>
      other.by.size - one.by.size ||
      count(other.contributors) - count(one.contributors) ||
      (oneName < otherName ? -1 : 1),
  )[0]?.[1]
}

/**
 * Devices that sealed another answer than the leading one since the fleet fell apart: they count all
 * that sealed the leading one as gone. (That one may have been voted for before they were missed, and
 * need not name them.) `undefined` where answers contradict each other.
 */
export function apart(collection: Collection): number[] | undefined {
  const lead = leading(collection)
  const others = [...collection.answers.values()].filter((answer) => answer !== lead)
  const isOtherSide = ({ tombstones }: SealedAnswer): boolean =>
    !!lead && [...lead.by].every((i) => has(tombstones, i))
  if (!others.every(isOtherSide)) return undefined
  return others.flatMap(({ by }) => [...by]).sort((a, b) => a - b)
}

/**
 * Devices that still owe a report: those of the roster that the leading answer does not count as gone. One that left
 * listens on for an answer, and owes nothing more where there is none.
 */
export function awaited(collection: Collection): NodeId[] {
  const everyone = fullSet(collection.roster.members.length)
  const gone = leading(collection)?.tombstones
  return unreported(collection, gone ? minus(everyone, gone) : everyone)
}

/** Devices that the leading answer counts as gone and that have not reported either. */
export function buried(collection: Collection): NodeId[] {
  const gone = leading(collection)?.tombstones
  return gone ? unreported(collection, gone) : []
}

const unreported = ({ roster, reports, answers }: Collection, set: Bitset): NodeId[] =>
  idsOf(
    roster,
    members(set).filter((i) => !reports.has(i) || (reports.get(i)?.left && answers.size > 0)),
  )

/** Reasons that devices gave for having no answer (`alike`). */
export const failures = ({ reports }: Collection): Alike[] =>
  alike(
    [...reports.values()].flatMap(({ from, seal, failure }) =>
      seal || failure === undefined ? [] : { node: from, reason: failure },
    ),
  )

/** Ids of the devices with these roster indices. */
export const idsOf = (roster: Roster, indices: readonly number[]): NodeId[] =>
  indices.flatMap((i) => roster.members[i]?.id ?? [])

/** Finds or makes the answer that a seal stands for, by recomputing what its device voted for. */
function answerOf(
  collection: Collection,
  index: number,
  from: NodeId,
  seal: Seal,
): [string, SealedAnswer] {
  const { roster, rosterHash, epoch, dimension, answers } = collection
  const size = roster.members.length
  if (
    seal.job !== roster.job ||
    seal.epoch !== epoch ||
    seal.index !== index ||
    !equalBytes(seal.roster, rosterHash)
  )
    throw bad(`seal of ${from} belongs to another job, roster, epoch or device`)
  const contributors = checkedSet(seal.contributors, size).slice()
  const tombstones = checkedSet(seal.tombstones, size).slice()
  if (!includesAll(union(contributors, tombstones), fullSet(size)))
    throw bad(
      `seal of ${from} covers ${count(union(contributors, tombstones))} of ${size} devices, wanted all`,
    )
  const sum = sumOf(from, seal, dimension)
  const { at } = seal
  const signedFor = rosterAt(rosterHash, at && doublesTo(at))
  const statistic = statisticHash(signedFor, epoch, contributors, sum)
  const gate = gateOf(from, seal, contributors, dimension)
  const name = nameOf(voteHash(statistic, tombstones), seal)
  const known = answers.get(name)
  return [
    name,
    known ?? {
      contributors,
      tombstones,
      sum,
      at,
      gate,
      told: new Map(),
      rows: seal.rows,
      statistic,
      by: new Set(),
    },
  ]
}

/** Devices that voted alike and yet refuse others than each other have not the same answer. */
const nameOf = (vote: Uint8Array, { gate }: Seal): string =>
  [vote, ...(gate ? [digest(encodeRecord(Gate, gate))] : [])].map(bytesToHex).join('/')

function gateOf(
  from: NodeId,
  { gate }: Seal,
  contributors: Bitset,
  dimension: number,
): SealedGate | undefined {
  if (!gate) return undefined
  const refused = gate.refused.map(({ index, reason, distance: [distance = 0] }) => ({
    index,
    reason,
    distance,
  }))
  refused.forEach(({ index }, i) => {
    const before = refused[i - 1]?.index ?? -1
    if (index <= before || !has(contributors, index))
      throw bad(`seal of ${from} refuses device ${index}, which is not in its sum, or twice`)
  })
  return { sum: sumOf(from, gate, dimension), rows: gate.rows, refused }
}

function sumOf(from: NodeId, seal: WireForm, dimension: number): ExactVector {
  try {
    return decodeVector(seal, dimension, SUM_TOP)
  } catch (error) {
    if (!(error instanceof MathError)) throw error
    throw bad(`sum in the seal of ${from}: ${error.message}`)
  }
}

const bad = (message: string): HypernetError => new HypernetError('BAD_MESSAGE', message)
