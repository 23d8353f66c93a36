import type { Standing } from '../consensus/method.ts'
import type { Clock } from '../io/clock.ts'
import { addVectors, type ExactVector, zeroVector } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Millis } from '../wire/ids.ts'
import { someOf } from '../wire/words.ts'
import { Consensus, type Outcome, type Settle } from './consensus.ts'
import type { Agreed } from './epoch.ts'
import type { Exchanger, Part } from './exchanger.ts'
import { describe, type Shape } from './shape.ts'

export interface CallOptions {
  /**
   * `all`: the call fails with `PEER_LOST` when the share of any rank is missing. `some`: it ends with
   * the shares of those who are there, and `outcome` names them. Default: that of the communicator.
   */
  readonly required?: 'all' | 'some' | undefined
  /** Ends the wait. What this rank contributed stays in: the others can end the call with it. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds to wait for the answer. Default: that of the communicator. */
  readonly timeout?: Millis | undefined
}

/** A collective call: what this rank gives, and how the answer follows from what all gave. */
export interface Collective<T> {
  readonly shape: Shape
  /** This rank's share, of `shape.length` components, or why it has none. */
  readonly share: ExactVector | HypernetError
  /** Components that travel in one message. */
  readonly partLength: number
  fold(joined: Joined): T
}

/** The parts of a call put together, over the ranks that contributed to every part. */
export interface Joined {
  readonly contributors: readonly number[]
  sum(): ExactVector
  of(rank: number): ExactVector
}

/** Begins a call. It counts as made at once, in the order in which the program makes its calls. */
export function begin<T>(
  exchanger: Exchanger,
  clock: Clock,
  collective: Collective<T>,
  options: CallOptions,
): Consensus<T> {
  const parts = partsOf(collective)
  const size = exchanger.group.members.length
  return new Consensus<T>(parts.length * size, (settle) => {
    const call = new Call(exchanger, clock, collective, options, settle)
    call.submit(parts)
  })
}

interface Slice {
  readonly vector: ExactVector
  readonly fault: HypernetError | undefined
}

/** Cuts a share into parts; a call without components has one, which is empty. */
function partsOf<T>({ shape, share, partLength }: Collective<T>): Slice[] {
  const fault = share instanceof HypernetError ? share : undefined
  const count = Math.max(1, Math.ceil(shape.length / partLength))
  return Array.from({ length: count }, (_, k) => {
    const [from, to] = [k * partLength, Math.min(shape.length, (k + 1) * partLength)]
    if (share instanceof HypernetError) return { vector: zeroVector(to - from), fault }
    return {
      vector: {
        mantissas: share.mantissas.slice(from, to),
        exponents: share.exponents.slice(from, to),
      },
      fault,
    }
  })
}

class Call<T> {
  private readonly exchanger: Exchanger
  private readonly collective: Collective<T>
  private readonly options: CallOptions
  private readonly settle: Settle<T>
  private readonly agreed: Agreed[] = []
  private readonly standings: Standing[] = []
  private parts = 0
  private ended = 0
  private isOver = false
  private readonly release: () => void

  constructor(
    exchanger: Exchanger,
    clock: Clock,
    collective: Collective<T>,
    options: CallOptions,
    settle: Settle<T>,
  ) {
    this.exchanger = exchanger
    this.collective = collective
    this.options = options
    this.settle = settle
    const { signal, timeout = Number.POSITIVE_INFINITY } = options
    const abort = () => this.fail(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const cancel =
      timeout === Number.POSITIVE_INFINITY
        ? undefined
        : clock.after(timeout, () => this.fail(this.timedOut(timeout)))
    this.release = () => {
      cancel?.()
      signal?.removeEventListener('abort', abort)
    }
  }

  submit(slices: readonly Slice[]): void {
    this.parts = slices.length
    slices.forEach((slice, k) => {
      const part: Part = {
        shape: this.collective.shape,
        ...slice,
        progress: (standing) => this.advance(k, standing),
        ended: (outcome) => this.partEnded(k, outcome),
      }
      this.exchanger.submit(part)
    })
    if (this.options.signal?.aborted) this.fail(this.options.signal.reason)
  }

  private advance(part: number, standing: Standing): void {
    this.standings[part] = standing
    if (this.isOver) return
    const known = this.standings.filter((each) => each !== undefined)
    const size = this.exchanger.group.members.length
    this.settle.advance({
      phase:
        known.length === this.parts && known.every((s) => s.hasVoted) ? 'voting' : 'exchanging',
      contributions: known.reduce((sum, each) => sum + each.contributions, 0),
      expected: this.parts * size,
    })
  }

  private partEnded(part: number, outcome: Agreed | HypernetError): void {
    if (this.isOver) return
    if (outcome instanceof HypernetError) {
      this.fail(outcome)
      return
    }
    this.agreed[part] = outcome
    this.ended++
    if (this.ended === this.parts) this.finish()
  }

  private finish(): void {
    const { group } = this.exchanger
    const joined = join(this.agreed)
    const present = new Set(joined.contributors)
    const missing = group.members.map((_, rank) => rank).filter((rank) => !present.has(rank))
    if (missing.length > 0 && this.options.required !== 'some') {
      this.fail(
        new HypernetError(
          'PEER_LOST',
          `${this.named(missing)} ${missing.length === 1 ? 'is' : 'are'} not in the ` +
            `${describe(this.collective.shape)}; all were required`,
        ),
      )
      return
    }
    let outcome: Outcome<T>
    try {
      const value = this.collective.fold(joined)
      outcome = { value, contributors: joined.contributors, missing }
    } catch (error) {
      this.fail(error)
      return
    }
    this.isOver = true
    this.release()
    this.settle.final(outcome)
  }

  private fail(reason: unknown): void {
    if (this.isOver) return
    this.isOver = true
    this.release()
    this.settle.fail(reason)
  }

  private timedOut(timeout: Millis): HypernetError {
    const waiting = new Set(this.standings.flatMap((each) => each?.waitingFor() ?? []))
    const whom = waiting.size > 0 ? this.named([...waiting]) : 'an answer'
    const what = describe(this.collective.shape)
    return new HypernetError('TIMEOUT', `${what}: still waiting for ${whom} after ${timeout} ms`)
  }

  private named(ranks: readonly number[]): string {
    const { members } = this.exchanger.group
    return someOf(ranks.map((rank) => `rank ${rank} (${members[rank]?.id})`))
  }
}

/** Parts may differ in who contributed, when one was lost between them: what counts is who is in all. */
function join(parts: readonly Agreed[]): Joined {
  const [first] = parts
  const contributors = (first?.contributors ?? []).filter((rank) =>
    parts.every((part) => part.contributors.includes(rank)),
  )
  return {
    contributors,
    sum: () => concatenate(parts.map((part) => sumOf(part, contributors))),
    of: (rank) => concatenate(parts.map((part) => part.of(rank))),
  }
}

function sumOf(part: Agreed, contributors: readonly number[]): ExactVector {
  if (contributors.length === part.contributors.length) return part.sum
  const zero = zeroVector(part.sum.mantissas.length)
  return contributors.reduce((sum, rank) => addVectors(sum, part.of(rank)), zero)
}

function concatenate(vectors: readonly ExactVector[]): ExactVector {
  const [only] = vectors
  if (only && vectors.length === 1) return only
  return {
    mantissas: vectors.flatMap(({ mantissas }) => mantissas),
    exponents: vectors.flatMap(({ exponents }) => exponents),
  }
}
