import type { Standing } from '../consensus/method.ts'
import { graceAfter } from '../core/outage.ts'
import type { ExactVector } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import { equalBytes } from '../wire/hash.ts'
import type { Millis, NodeId } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Exchange } from '../wire/messages.ts'
import { type Agreed, Epoch } from './epoch.ts'
import type { Group } from './group.ts'
import { describe, type Shape } from './shape.ts'
import type { Transport } from './transport.ts'

/** Epochs of a group that may be under way at a time. */
export const WINDOW = 8

/** One part of a call: a share of a sum, and who wants to know. Its functions are called synchronously. */
export interface Part {
  readonly shape: Shape
  readonly vector: ExactVector
  /** Why this rank has no share, if it has none: it then leaves the epoch, so that the others can end it. */
  readonly fault: HypernetError | undefined
  progress(standing: Standing): void
  ended(outcome: Agreed | HypernetError): void
}

/**
 * Makes the parts of calls the epochs of one group, numbered in the order in which they are handed in: the
 * program of every rank makes the same calls in the same order, so the numbers agree.
 *
 * An epoch begins when the one that is WINDOW before it has ended here. Hence, once an epoch is agreed, all
 * who took part had ended everything that is WINDOW before it, and that can be forgotten; and nobody who
 * waits for us can be WINDOW ahead.
 */
export class Exchanger {
  readonly group: Group
  /** Ranks that some ended epoch is without; alike on all ranks that ended the same epochs. */
  readonly lost = new Set<number>()
  private readonly transport: Transport
  private readonly detach: () => void
  private readonly epochs = new Map<number, Epoch>()
  private readonly open = new Map<number, Part>()
  private readonly waiting: Part[] = []
  private readonly offline = new Set<number>()
  private readonly timers = new Map<number, { at: Millis; cancel(): void }>()
  private next = 0
  private isPaused = false
  /** This rank's program makes no more calls. */
  private isDone = false
  private broken: HypernetError | undefined
  private isIdle: (() => void) | undefined
  private readonly onEnd: (() => void)[] = []

  constructor(group: Group, transport: Transport) {
    this.group = group
    this.transport = transport
    const neighbors = (group.hears[group.rank] ?? []).flatMap((i) => group.members[i]?.id ?? [])
    this.detach = transport.attach(neighbors, {
      hear: (exchange) => this.hear(exchange),
      presence: (node, online) => this.presence(node, online),
      lost: () => this.pause(),
      returned: (outage) => this.resume(outage),
    })
  }

  /** Queues the part for the next epoch. */
  submit(part: Part): void {
    if (this.broken) part.ended(this.broken)
    else {
      this.waiting.push(part)
      this.begin()
    }
  }

  /** Fails what is under way and whatever is submitted later. Others go on to be answered. */
  break(error: HypernetError): void {
    if (this.broken) return
    this.broken = error
    const parts = [...this.open.values(), ...this.waiting]
    this.open.clear()
    this.waiting.length = 0
    for (const part of parts) part.ended(error)
    for (const resolve of this.onEnd.splice(0)) resolve()
  }

  /** Resolves when everything that was submitted has ended. */
  async drained(): Promise<void> {
    while (this.open.size > 0 || this.waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.onEnd.push(resolve)
      })
    }
  }

  /** Takes no further parts, but goes on to answer those who have not heard the last answers. */
  retire(): void {
    this.break(new HypernetError('CLOSED', 'this communicator has shrunk: use the new one'))
  }

  /**
   * This rank's program makes no more calls: whatever the others call from now on ends without it. Those
   * that it has made go on, and so do answers to whoever has not heard of theirs.
   */
  async leave(): Promise<void> {
    await this.drained()
    this.stop(new HypernetError('CLOSED', 'this communicator is closed'))
  }

  /** Takes no further calls, and leaves those that others have made, or will make. */
  private stop(error: HypernetError): void {
    if (this.isDone) return
    this.isDone = true
    this.break(error)
    for (const epoch of this.epochs.values()) this.leaveCall(epoch)
  }

  private leaveCall(epoch: Epoch): void {
    if (!this.isDone) return
    epoch.leaveUncalled('its program makes no such call')
    this.schedule(epoch)
  }

  /** Resolves when nobody is known to need this rank any more, or after so long. */
  async quiet(most: Millis): Promise<void> {
    if (this.timers.size === 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.transport.clock.after(most, resolve)
      this.isIdle = () => {
        cancel()
        resolve()
      }
    })
  }

  close(): void {
    this.detach()
    for (const { cancel } of this.timers.values()) cancel()
    this.timers.clear()
    this.epochs.clear()
    this.break(new HypernetError('CLOSED', 'this communicator is closed'))
  }

  private begin(): void {
    const oldest = this.open.keys().next().value ?? this.next
    while (this.waiting.length > 0 && this.next < oldest + WINDOW) {
      const part = this.waiting.shift()
      if (!part) return
      const number = this.next++
      const epoch = this.epochAt(number)
      this.open.set(number, part)
      const fault = part.fault ?? this.contribute(epoch, part)
      if (fault) {
        epoch.leave(this.transport.clock.now(), part.vector, fault.message)
        this.lost.add(this.group.rank)
        this.end(number, fault)
      }
      this.settle(epoch)
    }
  }

  /** @returns why the share cannot be sent */
  private contribute(epoch: Epoch, part: Part): HypernetError | undefined {
    try {
      epoch.contribute(this.transport.clock.now(), part.shape, part.vector)
      return undefined
    } catch (error) {
      if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
      return error
    }
  }

  private hear(exchange: Exchange): void {
    const { epoch: number, roster } = exchange
    if (!equalBytes(roster, this.group.hash.subarray(0, 8))) return
    const known = this.epochs.has(number)
    if (!known && (number < this.next || number >= this.next + WINDOW)) return
    const epoch = this.epochAt(number)
    try {
      epoch.hear(this.transport.clock.now(), exchange)
    } catch (error) {
      // A neighbor may send what no honest rank sends: it must not stop this one.
      if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    }
    this.settle(epoch)
    this.leaveCall(epoch)
  }

  private presence(node: NodeId, online: boolean): void {
    const rank = this.group.rankOf.get(node)
    if (rank === undefined) return
    if (online) this.offline.delete(rank)
    else this.offline.add(rank)
    for (const epoch of this.epochs.values()) epoch.presence(rank, online)
  }

  /** While nobody can be heard nobody is silent. */
  private pause(): void {
    this.isPaused = true
    for (const { cancel } of this.timers.values()) cancel()
    this.timers.clear()
  }

  private resume(outage: Millis): void {
    this.isPaused = false
    const now = this.transport.clock.now()
    for (const epoch of this.epochs.values()) {
      epoch.forgive(now, graceAfter(outage))
      this.schedule(epoch)
    }
  }

  private epochAt(number: number): Epoch {
    let epoch = this.epochs.get(number)
    if (!epoch) {
      const { pace, signer } = this.transport
      epoch = new Epoch(this.group, number, pace, signer)
      for (const rank of this.offline) epoch.presence(rank, false)
      this.epochs.set(number, epoch)
    }
    return epoch
  }

  /** Draws conclusions from where an epoch stands, and sets its timer. */
  private settle(epoch: Epoch): void {
    if (epoch.mismatch && this.open.has(epoch.number)) this.stop(this.mismatched(epoch))
    this.schedule(epoch)
  }

  private mismatched({ number, mismatch }: Epoch): HypernetError {
    const ours = this.open.get(number)?.shape
    const name = (rank = -1): string => `rank ${rank} (${this.group.members[rank]?.id})`
    const theirs = mismatch && `${name(mismatch.rank)} made ${describe(mismatch.shape)}`
    return new HypernetError(
      'MISMATCH',
      `call ${number}: ${theirs}, ${name(this.group.rank)} made ${ours && describe(ours)}; ` +
        'all ranks must make the same calls in the same order',
    )
  }

  private act(epoch: Epoch): void {
    this.timers.delete(epoch.number)
    for (const exchange of epoch.act(this.transport.clock.now())) this.transport.send(exchange)
    this.report(epoch)
    if (this.epochs.has(epoch.number)) this.schedule(epoch)
    if (this.timers.size === 0) this.isIdle?.()
  }

  private report(epoch: Epoch): void {
    const part = this.open.get(epoch.number)
    if (!part) return
    const { standing } = epoch
    if (!standing) return
    if (standing.isFinal) {
      const { agreed } = epoch
      if (agreed) this.end(epoch.number, agreed)
    } else if (standing.attempt > LIMITS.attempts) {
      const message = `call ${epoch.number}: no agreement in ${LIMITS.attempts} attempts`
      this.end(epoch.number, new HypernetError('TIMEOUT', message))
    } else part.progress(standing)
  }

  private end(number: number, outcome: Agreed | HypernetError): void {
    const part = this.open.get(number)
    this.open.delete(number)
    if (!(outcome instanceof HypernetError)) {
      for (const old of this.epochs.keys()) if (old <= number - WINDOW) this.forget(old)
      const present = new Set(outcome.contributors)
      this.group.members.forEach((_, rank) => {
        if (!present.has(rank)) this.lost.add(rank)
      })
    }
    part?.ended(outcome)
    this.begin()
    for (const resolve of this.onEnd.splice(0)) resolve()
  }

  private forget(number: number): void {
    this.epochs.delete(number)
    this.timers.get(number)?.cancel()
    this.timers.delete(number)
  }

  private schedule(epoch: Epoch): void {
    if (this.isPaused) return
    const { clock } = this.transport
    const now = clock.now()
    const at = epoch.wanted(now)
    const set = this.timers.get(epoch.number)
    if (set && set.at <= at) return
    set?.cancel()
    this.timers.delete(epoch.number)
    if (at === Number.POSITIVE_INFINITY) return
    this.timers.set(epoch.number, { at, cancel: clock.after(at - now, () => this.act(epoch)) })
  }
}
