import type { EpochContext } from '../consensus/context.ts'
import { contributionPayload } from '../consensus/contribution.ts'
import { flood } from '../consensus/flood/flood.ts'
import type { FloodState } from '../consensus/flood/floodState.ts'
import type { Standing } from '../consensus/method.ts'
import { statementPayload } from '../core/signing.ts'
import { dyadicOf, toDouble } from '../math/dyadic.ts'
import type { ExactVector } from '../math/exactVector.ts'
import { readInteger } from '../math/twosComplement.ts'
import { members } from '../wire/bitset.ts'
import { decodeRecord } from '../wire/codec.ts'
import { invariant } from '../wire/errors.ts'
import type { Millis } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { Contribution, type Exchange } from '../wire/messages.ts'
import { payloadOf } from '../wire/signature.ts'
import { PROTOCOL } from '../wire/version.ts'
import type { Group } from './group.ts'
import { type Shape, shapeOf, tagOf } from './shape.ts'
import type { Pace, Signer } from './transport.ts'

/** What all ranks that ended an epoch hold. */
export interface Agreed {
  /** Ranks whose contributions are in it, ascending. */
  readonly contributors: readonly number[]
  /** The exact sum over the contributors. */
  readonly sum: ExactVector
  /** What one of the contributors gave. */
  of(rank: number): ExactVector
}

/** A rank that made another call than this one did, or than the first that was heard did. */
export interface Mismatch {
  readonly rank: number
  readonly shape: Shape
}

/**
 * One epoch of the consensus engine in the service of one call, or of one part of a long one. A rank that
 * is not yet at the call takes part without a share of its own, so that nobody takes it for gone.
 * Components are those of the part after the call's tag (shape.ts).
 */
export class Epoch {
  readonly number: number
  /** The first contribution heard that does not fit the call. */
  mismatch: Mismatch | undefined
  private readonly group: Group
  private readonly pace: Pace
  private readonly signer: Signer
  private readonly offline = new Set<number>()
  private state: FloodState | undefined
  /** This rank's call or, until it makes it, the first that was heard. */
  private call: Call | undefined
  private openedAt: Millis = 0
  private seq = 0
  /** This rank has handed its share in, or left. */
  private isSettled = false

  constructor(group: Group, number: number, pace: Pace, signer: Signer) {
    this.group = group
    this.number = number
    this.pace = pace
    this.signer = signer
  }

  /** Hands in this rank's share. @throws MathError for what is out of range */
  contribute(now: Millis, shape: Shape, part: ExactVector): void {
    const tag = tagOf(shape)
    const { mantissas, exponents } = part
    const head = dyadicOf(tag)
    const vector = {
      mantissas: [head.mantissa, ...mantissas],
      exponents: [head.exponent, ...exponents],
    }
    const ours = { tag, dimension: vector.mantissas.length, rank: this.group.rank }
    if (this.call && !isSame(this.call, ours)) {
      this.accuse(this.call)
      return
    }
    this.call = ours
    const state = this.opened(now, ours.dimension)
    this.isSettled = true
    const payload = contributionPayload(state.agreement.context, ours.rank, vector, 1)
    flood.contribute(state, now, this.signer.sign('contribution', payload))
  }

  /** Takes this rank out of the epoch, for a reason that the others get to know. @param part as long as the share would be */
  leave(now: Millis, part: ExactVector, reason: string): void {
    this.isSettled = true
    flood.leave(this.opened(now, part.mantissas.length + 1), reason)
  }

  /** The same for a call that the others have made and this rank never will; of its own calls nothing changes. */
  leaveUncalled(reason: string): void {
    if (!this.state || this.isSettled) return
    this.isSettled = true
    flood.leave(this.state, reason)
  }

  hear(now: Millis, exchange: Exchange): void {
    const from = this.group.rankOf.get(exchange.from)
    if (from === undefined || from === this.group.rank) return
    if (!this.state) {
      const first = exchange.flood?.entries?.find(({ index, signed }) =>
        this.isGenuine('contribution', index, signed),
      )
      this.call = first && callOf(first.index, first.signed)
      if (this.call) this.opened(now, this.call.dimension)
    }
    if (this.state) this.take(this.state, now, from, exchange)
  }

  private take(state: FloodState, now: Millis, from: number, exchange: Exchange): void {
    for (const claim of flood.claims(state, exchange, from)) {
      if (!this.isGenuine(claim.purpose, claim.index, claim.signed)) claim.drop()
      else if (claim.purpose === 'contribution') this.compare(claim.index, claim.signed)
    }
    flood.receive(state, now, from, exchange)
  }

  private isGenuine(
    purpose: 'contribution' | 'statement',
    index: number,
    signed: Uint8Array,
  ): boolean {
    const key = this.group.members[index]?.key
    return key !== undefined && this.signer.verify(purpose, signed, key)
  }

  private compare(rank: number, signed: Uint8Array): void {
    const theirs = callOf(rank, signed)
    if (theirs && this.call && !isSame(theirs, this.call)) this.accuse(theirs)
  }

  private accuse({ rank, tag }: Call): void {
    const shape = shapeOf(tag)
    if (shape) this.mismatch ??= { rank, shape }
  }

  presence(rank: number, online: boolean): void {
    if (online) this.offline.delete(rank)
    else this.offline.add(rank)
    if (this.state) flood.presence(this.state, rank, online)
  }

  forgive(now: Millis, grace: Millis): void {
    if (this.state) flood.forgive(this.state, now, grace)
  }

  /** Lets time pass. @returns what is to be sent */
  act(now: Millis): Exchange[] {
    const { state, group } = this
    if (!state) return []
    flood.tick(state, now)
    const draft = flood.draft(state)
    if (draft) {
      const payload = statementPayload(state.agreement.context, draft)
      flood.stated(state, now, this.signer.sign('statement', payload))
      flood.tick(state, now)
    }
    const self = group.members[group.rank]
    if (!self) return []
    return flood.publish(state, now).map(({ body }) => ({
      version: PROTOCOL,
      job: group.job,
      from: self.id,
      incarnation: self.incarnation,
      seq: ++this.seq,
      epoch: this.number,
      round: Math.max(0, Math.floor((now - this.openedAt) / this.pace.period)),
      roster: group.hash.slice(0, 8),
      ...body,
    }))
  }

  /** When `act` wants to be called next; Infinity when all is done and said. */
  wanted(now: Millis): Millis {
    if (!this.state) return Number.POSITIVE_INFINITY
    const { gather, period } = this.pace
    const earliest = Math.max(now + gather, this.state.agreement.publishedAt + (gather || period))
    return Math.max(flood.next(this.state), earliest)
  }

  get standing(): Standing | undefined {
    return this.state && flood.standing(this.state)
  }

  /** The outcome, once it is final. */
  get agreed(): Agreed | undefined {
    const { state } = this
    const answer = state && flood.answer(state)
    if (!answer) return undefined
    return {
      contributors: members(answer.contributors),
      sum: withoutTag(answer.sum),
      of(rank) {
        const held = state.entries.held[rank]
        invariant(held, `a final epoch holds what rank ${rank} contributed`)
        return withoutTag(held.vector)
      },
    }
  }

  private opened(now: Millis, dimension: number): FloodState {
    if (this.state) return this.state
    const { group } = this
    const context: EpochContext = {
      job: group.job,
      roster: group.hash,
      epoch: this.number,
      size: group.members.length,
      self: group.rank,
      everyone: group.everyone,
      isDeclared: false,
      hears: group.hears,
      heardBy: group.heardBy,
      dimension,
      period: this.pace.period,
      incarnation: group.members[group.rank]?.incarnation ?? 0,
    }
    this.openedAt = now
    this.state = flood.open(context, now)
    for (const rank of this.offline) flood.presence(this.state, rank, false)
    return this.state
  }
}

/** What a contribution says of the call that it was made for. */
interface Call {
  readonly rank: number
  readonly tag: number
  /** Components of this part, the tag among them. */
  readonly dimension: number
}
const isSame = (a: Call, b: Call): boolean => a.tag === b.tag && a.dimension === b.dimension

/** Ranks of one process hold the same bytes: each is read once. */
const calls = new WeakMap<Uint8Array, Call>()

/** @throws HypernetError `BAD_MESSAGE` */
function callOf(rank: number, signed: Uint8Array): Call | undefined {
  const known = calls.get(signed)
  if (known) return known
  const { exponents, width, mantissas } = decodeRecord(Contribution, payloadOf(signed))
  const dimension = exponents.length / 2
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > LIMITS.dimension)
    return undefined
  const exponent = new DataView(exponents.buffer, exponents.byteOffset).getInt16(0, true)
  const tag = toDouble(readInteger(mantissas, 0, width), exponent)
  const call = { rank, tag, dimension }
  calls.set(signed, call)
  return call
}

/** Kept, since many ranks of one process hold the same vectors. */
const bodies = new WeakMap<ExactVector, ExactVector>()

function withoutTag(vector: ExactVector): ExactVector {
  let body = bodies.get(vector)
  if (!body) {
    body = { mantissas: vector.mantissas.slice(1), exponents: vector.exponents.slice(1) }
    bodies.set(vector, body)
  }
  return body
}
