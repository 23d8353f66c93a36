import type { Dealt } from '../../agent/consensus/context.ts'
import { balanceOf, type Ledger } from '../../agent/consensus/ratio/ledger.ts'
import type { Effect } from '../../agent/core/effect.ts'
import type { SignPurpose } from '../../agent/core/input.ts'
import type { Part } from '../../agent/fusion/gate.ts'
import { doublesTo } from '../../agent/math/doubles.ts'
import { canonical, type ExactVector, SUM_TOP } from '../../agent/math/exactVector.ts'
import { decodeVector } from '../../agent/math/wireForm.ts'
import { type Bitset, has, includesAll, members, union } from '../../agent/wire/bitset.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { Gate, type Gate as GateSeal } from '../../agent/wire/gateMessages.ts'
import { bytesToHex, equalBytes } from '../../agent/wire/hash.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import {
  Contribution,
  type Exchange,
  Seal,
  type SealReport,
  Statement,
} from '../../agent/wire/messages.ts'
import { payloadOf } from '../../agent/wire/signature.ts'
import { greatestError, slowSum } from './exactSum.ts'
import type { Host } from './host.ts'
import { forgery, isProvable, type Lie } from './lying.ts'
import type { Ties } from './ties.ts'
import type { Report } from './trace.ts'

/** An answer that a device is final with, as its seal says. */
export interface Answer {
  readonly epoch: number
  readonly contributors: Bitset
  readonly tombstones: Bitset
  readonly sum: ExactVector
  readonly rows: number
  /** Of a model with a gate: who is refused, and what is left. */
  readonly gate: GateSeal | undefined
  /** Where it was taken, if not the first of several in a row. */
  readonly at: Float64Array | undefined
  /** Equal exactly where contributors, tombstones and sum are. */
  readonly key: string
}

/** What the checks know of the run that they look at. */
export interface Checked {
  readonly dimension: number
  /** Whether the method promises exact sums that all agree on. */
  readonly isExact: boolean
  /** Whether books of mass are looked into. */
  readonly isAudited: boolean
  readonly everyone: Bitset
  /** What a device must contribute by the readings of one of its lives, counted from 1, to a sum taken there. */
  readonly contributionOf: (
    index: number,
    life: number,
    at: Float64Array | undefined,
  ) => { readonly vector: ExactVector; readonly rows: number }
  /** Where several devices do the same work, what more than half of them found counts, once. */
  readonly dealt?: Dealt | undefined
  /** Of a model with a gate: whom it refuses of those who contributed so. */
  readonly refusedOf?: ((parts: readonly Part[]) => readonly number[]) | undefined
  readonly hostAt: (index: number) => Host
  readonly ties: Ties
  /** How a device lies, if it does. */
  readonly lieOf: (index: number) => Lie | undefined
  readonly report: Report
  /** Added to every complaint: how to see it again. */
  readonly replay: string
}

/** Effects of one step: each open epoch sets timers, reports, persists and sends a few bodies. */
const MOST_EFFECTS = 64 * LIMITS.jobs

/**
 * What must hold at every instant (trust.md 8). Everything is seen from outside, in what the devices
 * sign and publish. Each function throws HypernetError `INVARIANT` with the replay command.
 */
export class Checks {
  /** Final answers by device, of each epoch. */
  readonly finals = new Map<number, Map<number, Answer>>()
  /** Greatest relative error of any component of any final sum; of exact methods 0, or it was thrown. */
  greatestError = 0
  private readonly checked: Checked
  /** What was signed first for one purpose, key and label. */
  private readonly signatures = new Map<string, Uint8Array>()
  /** In which of its lives each device first signed a contribution. */
  private readonly boundIn = new Map<string, number>()
  private readonly answers = new Map<string, Answer>()
  /** Names of the answers that some device ended with, by epoch. */
  private readonly keys = new Map<number, Set<string>>()

  constructor(checked: Checked) {
    this.checked = checked
  }

  /**
   * No key signs two contents for one purpose, epoch and (of statements) version. A seal counts when it is told:
   * one whose device ended before that is forgotten with its attempt.
   */
  signed(host: Host, purpose: SignPurpose, payload: Uint8Array): void {
    if (purpose !== 'seal') this.signedOnce(host, purpose, payload)
  }

  private signedOnce(host: Host, purpose: SignPurpose, payload: Uint8Array): void {
    const { epoch, label } = labelOf(purpose, payload)
    if (purpose === 'contribution') this.bind(host, epoch)
    // A device that lost its state cannot know what it signed before; its seal binds that life alone.
    const life = purpose === 'seal' ? host.blanks : 0
    const key = `${purpose}/${host.plan.index}/${label}/${life}`
    const first = this.signatures.get(key)
    if (first === undefined) this.signatures.set(key, payload)
    else
      this.demand(
        equalBytes(first, payload),
        host,
        () => `signed two contents for ${purpose} ${label}`,
      )
  }

  /** Readings may differ in each life: those of the first that contributed count. */
  private bind(host: Host, epoch: number): void {
    const key = `${epoch}/${host.plan.index}`
    if (!this.boundIn.has(key)) this.boundIn.set(key, host.lives)
  }

  /**
   * A final answer is exact, is final, and is that of everybody who was in touch; of one that lies in
   * what it says to others nothing is demanded. @returns the answer, unless it is a failure */
  sealed(host: Host, report: SealReport): Answer | undefined {
    if (report.seal === undefined) return undefined
    const index = host.plan.index
    const seal = decodeRecord(Seal, payloadOf(report.seal))
    if (isProvable(this.checked.lieOf(index))) return this.readSeal(seal)
    const answer = this.answerOf(host, seal)
    const ofEpoch = this.finals.get(answer.epoch) ?? new Map<number, Answer>()
    this.finals.set(answer.epoch, ofEpoch)
    const before = ofEpoch.get(index)
    const isSame = before === undefined || before.key === answer.key
    this.demand(isSame || host.blanks > 1, host, () => 'final twice, with two answers')
    this.signedOnce(host, 'seal', payloadOf(report.seal))
    if (before?.key === answer.key) return answer
    ofEpoch.set(index, answer)
    const keys = this.keys.get(answer.epoch) ?? new Set()
    this.keys.set(answer.epoch, keys.add(answer.key))
    if (this.checked.isExact && keys.size > 1) this.checkAgreement(host, answer, ofEpoch)
    return answer
  }

  /** A message keeps the limits of the protocol. */
  published(host: Host, { agreement }: Exchange, bytes: number): void {
    const within = (what: string, count: number, most: number) =>
      this.demand(count <= most, host, () => `published ${count} ${what}, more than ${most}`)
    within('bytes in a message', bytes, LIMITS.message)
    within('votes in a message', agreement?.votes?.length ?? 0, LIMITS.votes)
    within('statements in a message', agreement?.statements?.length ?? 0, LIMITS.evidence)
    within('tombstones in a message', agreement?.tombstones?.length ?? 0, LIMITS.evidence)
  }

  /** What a step asks for, and what it keeps, is bounded. */
  stepped(host: Host, effects: readonly Effect[]): void {
    this.demand(effects.length <= MOST_EFFECTS, host, () => `${effects.length} effects of one step`)
    if (this.checked.isAudited)
      for (const ledger of host.ledgers)
        this.demand(isBalanced(ledger), host, () => 'holds mass that its books do not account for')
    for (const effect of effects) {
      if (effect.kind !== 'persist') continue
      const { jobs } = effect.snapshot
      this.demand(jobs.length <= LIMITS.jobs, host, () => `keeps ${jobs.length} jobs`)
      // A share that was told unsigned binds as a signed one does.
      for (const { epoch, share } of jobs.flatMap(({ epochs }) => epochs))
        if (share) this.bind(host, epoch)
      // Two open ones and the last that ended.
      for (const { epochs } of jobs)
        this.demand(epochs.length <= LIMITS.epochs + 1, host, () => `keeps ${epochs.length} epochs`)
    }
  }

  /** The exact sum of what these devices contributed to an epoch. */
  exactSum(epoch: number, contributors: Bitset, at?: Float64Array): ExactVector {
    const vectors = this.partsOf(epoch, contributors, at).map(({ vector }) => vector)
    const { integers, powers } = slowSum(vectors, this.checked.dimension)
    return canonical({ mantissas: integers, exponents: powers })
  }

  private answerOf(host: Host, seal: Seal): Answer {
    const key = keyOf(seal)
    const known = this.answers.get(key)
    if (known) return known
    const answer = this.readSeal(seal)
    this.checkSum(host, answer)
    this.answers.set(key, answer)
    return answer
  }

  private readSeal(seal: Seal): Answer {
    const { epoch, contributors, tombstones, rows, at, gate } = seal
    const sum = decodeVector(seal, this.checked.dimension, SUM_TOP)
    return { epoch, contributors, tombstones, sum, rows, at, gate, key: keyOf(seal) }
  }

  private partsOf(
    epoch: number,
    contributors: Bitset,
    at: Float64Array | undefined,
  ): { vector: ExactVector; rows: number }[] {
    const parts = members(contributors).map((index) => ({
      index,
      ...this.checked.contributionOf(index, this.boundIn.get(`${epoch}/${index}`) ?? 1, at),
    }))
    const { dealt } = this.checked
    return dealt ? outvoting(parts, dealt) : parts
  }

  /** The sum is exactly that of the contributions of exactly those named. */
  private checkSum(host: Host, answer: Answer): void {
    const { dimension, everyone, lieOf } = this.checked
    const parts = this.partsOf(answer.epoch, answer.contributors, answer.at)
    const vectors = parts.map(({ vector }) => vector)
    // One that told two things counts with either of them, for all alike.
    const twofold = members(answer.contributors).filter((i) => lieOf(i) === 'equivocation')
    const errors = Array.from({ length: twofold.length + 1 }, (_, times) =>
      greatestError(answer.sum, slowSum([...vectors, forgery(times, dimension)], dimension)),
    )
    const error = Math.min(...errors)
    this.greatestError = Math.max(this.greatestError, error)
    if (!this.checked.isExact) return
    this.demand(error === 0, host, () => `final with a sum that is off by a factor of ${error}`)
    this.checkGate(host, answer)
    const rows = parts.reduce((total, part) => total + part.rows, 0)
    this.demand(answer.rows === rows, host, () => `final with ${answer.rows} rows, not ${rows}`)
    const accounted = includesAll(union(answer.contributors, answer.tombstones), everyone)
    this.demand(
      accounted,
      host,
      () => 'final with a set that does not account for the whole roster',
    )
  }

  /** What the result is made of is exactly the sum of those that the gate lets in, as its rule has it. */
  private checkGate(host: Host, answer: Answer): void {
    const { dimension, refusedOf } = this.checked
    const { contributors, epoch, gate } = answer
    this.demand(!gate === !refusedOf, host, () => 'final with a gate where none is, or without one')
    if (!gate || !refusedOf) return
    // One that told two things may be judged by either.
    if (members(contributors).some((index) => isProvable(this.checked.lieOf(index)))) return
    const parts = members(contributors).map((index) => ({
      index,
      ...this.checked.contributionOf(index, this.boundIn.get(`${epoch}/${index}`) ?? 1, undefined),
    }))
    const wanted = refusedOf(parts)
    const told = gate.refused.map(({ index }) => index)
    this.demand(wanted.join() === told.join(), host, () => `refuses ${told}, not ${wanted}`)
    const admitted = parts.filter(({ index }) => !told.includes(index))
    const vectors = admitted.map(({ vector }) => vector)
    const sum = decodeVector(gate, dimension, SUM_TOP)
    const error = greatestError(sum, slowSum(vectors, dimension))
    this.demand(error === 0, host, () => `admits a sum that is off by a factor of ${error}`)
    const rows = admitted.reduce((total, part) => total + part.rows, 0)
    this.demand(gate.rows === rows, host, () => `admits ${gate.rows} rows, not ${rows}`)
  }

  /**
   * Devices that were in touch all the time hold one answer, those included that ended and then stopped. One that was away may come back between
   * two parts that have ended apart, so it must hold the answer of some of those it is in touch with.
   */
  private checkAgreement(host: Host, { key }: Answer, finals: ReadonlyMap<number, Answer>): void {
    const { ties } = this.checked
    const index = host.plan.index
    for (const [other, theirs] of finals) {
      if (theirs.key === key || !ties.areTied(index, other)) continue
      const strays = [index, other].filter((each) => ties.wasAway(each))
      if (strays.some((stray) => this.isAtHome(stray, finals))) continue
      const [stray = index] = strays
      this.demandSame(stray, stray === index ? other : index, finals)
    }
  }

  /** Whether one that was away holds the answer of a steady device that it is tied to, or one in which it counts as gone. */
  private isAtHome(stray: number, finals: ReadonlyMap<number, Answer>): boolean {
    const { ties, hostAt } = this.checked
    const own = finals.get(stray)
    if (!own || isGone(stray, own)) return true
    for (const [other, theirs] of finals) {
      if (other === stray || ties.wasAway(other) || !hostAt(other).isUp) continue
      if (theirs.key === own.key && ties.areTied(stray, other)) return true
    }
    return false
  }

  private demandSame(one: number, two: number, finals: ReadonlyMap<number, Answer>): void {
    const { ties, hostAt } = this.checked
    const [a, b] = [finals.get(one), finals.get(two)]
    if (!a || !b || a.key === b.key) return
    // Those who went on without one that was away may count it as gone.
    if ((ties.wasAway(one) && isGone(one, b)) || (ties.wasAway(two) && isGone(two, a))) return
    const spelled = ({ contributors, tombstones }: Answer): string =>
      `contributors ${bytesToHex(contributors)} gone ${bytesToHex(tombstones)}`
    this.demand(
      false,
      hostAt(one),
      () =>
        `final with another answer than ${hostAt(two).name}: ${spelled(a)} against ${spelled(b)}`,
    )
  }

  private demand(holds: boolean, host: Host, complaint: () => string): void {
    if (holds) return
    const said = complaint()
    this.checked.report(host.name, 'broken', { complaint: said })
    throw new HypernetError('INVARIANT', `${host.name}: ${said}\nReplay: ${this.checked.replay}`)
  }
}

/** The slow obvious way, apart from the code that devices use: the first of each shard that most agree with. */
function outvoting<P extends { index: number; vector: ExactVector; rows: number }>(
  parts: readonly P[],
  { shards, replicas }: Dealt,
): P[] {
  const isSame = (a: P, b: P): boolean =>
    shards[a.index] === shards[b.index] &&
    a.rows === b.rows &&
    a.vector.mantissas.every((mantissa, k) => mantissa === b.vector.mantissas[k]) &&
    a.vector.exponents.every((exponent, k) => exponent === b.vector.exponents[k])
  return parts.filter(
    (part) =>
      parts.find((other) => isSame(part, other)) === part &&
      parts.filter((other) => isSame(part, other)).length > replicas / 2,
  )
}

const NOWHERE = new Float64Array()
const NONE = new Uint8Array()

/** Equal where two answers are the same. */
const keyOf = (seal: Seal): string =>
  `${seal.epoch}/${[seal.contributors, seal.tombstones, seal.exponents, seal.mantissas, doublesTo(seal.at ?? NOWHERE), seal.gate ? encodeRecord(Gate, seal.gate) : NONE].map(bytesToHex).join('/')}`

/**
 * Where every device's books balance, mass is conserved: what one counts as sent over a link, another counts
 * as received or has yet to hear, and links between the living cancel in pairs.
 */
const isBalanced = (ledger: Ledger): boolean => {
  const wanted = balanceOf(ledger)
  return ledger.held.every((limb, k) => limb === wanted[k])
}

const isGone = (index: number, { tombstones }: Answer): boolean => has(tombstones, index)

/** What a signature stands for: two contents under one label are a contradiction. */
function labelOf(
  purpose: SignPurpose,
  payload: Uint8Array,
): { readonly epoch: number; readonly label: string } {
  if (purpose === 'statement') {
    const { roster, epoch, incarnation, version } = decodeRecord(Statement, payload)
    const label = `${bytesToHex(roster.subarray(0, 8))}/${epoch}/${incarnation}/${version}`
    return { epoch, label }
  }
  const type = purpose === 'seal' ? Seal : Contribution
  const { roster, epoch } = decodeRecord<{ roster: Uint8Array; epoch: number }>(type, payload)
  return { epoch, label: `${bytesToHex(roster.subarray(0, 8))}/${epoch}` }
}
