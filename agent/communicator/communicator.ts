import { Accumulator } from '../math/accumulator.ts'
import { splitDouble } from '../math/dyadic.ts'
import {
  CONTRIBUTION_TOP,
  canonical,
  checkRange,
  componentOf,
  type ExactVector,
  vectorOf,
  zeroVector,
} from '../math/exactVector.ts'
import { MathError } from '../math/mathError.ts'
import { rationalOf, squareRootToDouble } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import { type Millis, type NodeId, quote } from '../wire/ids.ts'
import { begin, type CallOptions, type Collective, type Joined } from './collective.ts'
import type { Consensus } from './consensus.ts'
import { Exchanger } from './exchanger.ts'
import { type Group, groupOf } from './group.ts'
import { checkOptions } from './options.ts'
import { doublesOf, extremes, meanOf } from './reductions.ts'
import { LONGEST, type Operation, type Shape } from './shape.ts'
import type { Transport } from './transport.ts'

const REDUCTIONS = ['sum', 'mean', 'min', 'max'] as const
export type Reduction = (typeof REDUCTIONS)[number]

/** Doubles take at most 9 bytes a component, exact sums of products rarely more than 40. */
const PART = { doubles: 1024, exact: 512 } as const
const EXACT: ReadonlySet<Operation> = new Set<Operation>([
  'exact sum',
  'dot product',
  'norm',
  'dot products',
])
/** Periods that a rank which closes goes on answering those who have not heard all. */
const LINGER = 20

/**
 * A fixed group of ranks whose programs make the same calls in the same order, as in MPI: a call ends on
 * every rank with the same bits. Sums are exact and rounded once, so no order of arrival and no way of
 * dividing the work can change a result. Calls may be made before earlier ones have ended.
 */
export class Communicator {
  private readonly exchanger: Exchanger
  private readonly transport: Transport
  private readonly defaults: CallOptions
  /** Exchanges of the groups that this one shrank from: somebody may still need their last answers. */
  private readonly elders: readonly Exchanger[]
  private isClosed = false

  constructor(
    group: Group,
    transport: Transport,
    defaults: CallOptions = {},
    elders: readonly Exchanger[] = [],
  ) {
    this.transport = transport
    this.defaults = defaults
    this.elders = elders
    this.exchanger = new Exchanger(group, transport)
  }

  /** This program's place among the ranks: 0 to size - 1. */
  get rank(): number {
    return this.exchanger.group.rank
  }
  get size(): number {
    return this.exchanger.group.members.length
  }
  /** Names of the ranks' nodes, rank by rank. */
  get members(): readonly NodeId[] {
    return this.exchanger.group.members.map(({ id }) => id)
  }
  /** Ranks that some call ended without. */
  get lost(): readonly number[] {
    return [...this.exchanger.lost].sort((a, b) => a - b)
  }

  /**
   * Reduces a number, or numbers place by place, over all ranks: `sum` and `mean` are exact and rounded once.
   * @throws HypernetError `NONFINITE`, like any failure by rejection
   */
  allreduce(value: number, reduction?: Reduction, options?: CallOptions): Consensus<number>
  allreduce(
    values: ArrayLike<number>,
    reduction?: Reduction,
    options?: CallOptions,
  ): Consensus<Float64Array>
  allreduce(
    given: number | ArrayLike<number>,
    reduction: Reduction = 'sum',
    options: CallOptions = {},
  ): Consensus<number> | Consensus<Float64Array> {
    const values = typeof given === 'number' ? [given] : numbers(given)
    if (!REDUCTIONS.includes(reduction))
      throw usage(`the reduction ${quote(String(reduction))}, wanted ${REDUCTIONS.join(', ')}`)
    const reduce = (joined: Joined): Float64Array => {
      if (reduction === 'sum') return doublesOf(joined.sum()).slice()
      if (reduction === 'mean') return meanOf(joined)
      return extremes(joined, reduction, values.length)
    }
    const shape = { operation: reduction, length: values.length, root: 0 }
    if (typeof given !== 'number') return this.call(shape, sharesOf(values), reduce, options)
    const first = (joined: Joined): number => reduce(joined)[0] ?? Number.NaN
    return this.call(shape, sharesOf(values), first, options)
  }

  /** Gives every rank the values of one. The others' values count by their number alone. */
  broadcast(
    values: ArrayLike<number>,
    root: number,
    options: CallOptions = {},
  ): Consensus<Float64Array> {
    const shape: Shape = { operation: 'broadcast', length: numbers(values).length, root }
    const share = this.rank === root ? sharesOf(values) : zeroVector(values.length)
    return this.call(shape, share, (joined) => this.fromRoot(joined, root), options)
  }

  /** Gives every rank the values of all, rank by rank; equally many of each. A missing rank's are undefined. */
  allgather(
    values: ArrayLike<number>,
    options: CallOptions = {},
  ): Consensus<(Float64Array | undefined)[]> {
    const shape: Shape = { operation: 'gather', length: numbers(values).length, root: 0 }
    const all = (joined: Joined): (Float64Array | undefined)[] => {
      const out = new Array<Float64Array | undefined>(this.size).fill(undefined)
      for (const rank of joined.contributors) out[rank] = doublesOf(joined.of(rank)).slice()
      return out
    }
    return this.call(shape, sharesOf(values), all, options)
  }

  /** Ends when every rank has come to it. */
  barrier(options: CallOptions = {}): Consensus<void> {
    const shape: Shape = { operation: 'barrier', length: 0, root: 0 }
    return this.call(shape, zeroVector(0), () => undefined, options)
  }

  /**
   * Sums vectors that are exact already, such as sums of products, and rounds the result once.
   * @throws HypernetError `BAD_USAGE` at once for what is no vector; `EXPONENT` by rejection
   */
  exactSum(vector: ExactVector, options: CallOptions = {}): Consensus<Float64Array> {
    const share = exactly(vector)
    const shape: Shape = { operation: 'exact sum', length: vector.mantissas.length, root: 0 }
    return this.call(shape, share, (joined) => doublesOf(joined.sum()).slice(), options)
  }

  /**
   * The scalar product of two vectors of which each rank holds a part: the double nearest to the exact
   * value, however the vectors are divided among ranks.
   */
  dot(x: ArrayLike<number>, y: ArrayLike<number>, options: CallOptions = {}): Consensus<number> {
    const shape: Shape = { operation: 'dot product', length: 1, root: 0 }
    const first = (joined: Joined): number => doublesOf(joined.sum())[0] ?? Number.NaN
    return this.call(shape, productsOf([x], y), first, options)
  }

  /** The Euclidean norm of a vector of which each rank holds a part: the double nearest to the exact value. */
  norm2(x: ArrayLike<number>, options: CallOptions = {}): Consensus<number> {
    const shape: Shape = { operation: 'norm', length: 1, root: 0 }
    const root = (joined: Joined): number =>
      squareRootToDouble(rationalOf(componentOf(joined.sum(), 0)))
    return this.call(shape, productsOf([x], x), root, options)
  }

  /** The scalar products of several vectors with one, in a single call. */
  dots(
    vectors: readonly ArrayLike<number>[],
    y: ArrayLike<number>,
    options: CallOptions = {},
  ): Consensus<Float64Array> {
    const shape: Shape = { operation: 'dot products', length: vectors.length, root: 0 }
    const all = (joined: Joined): Float64Array => doublesOf(joined.sum()).slice()
    return this.call(shape, productsOf(vectors, y), all, options)
  }

  /**
   * A communicator of the ranks that are left, in the same order, once all calls made so far have ended.
   * What was lost is agreed, so all that are left form the same one; each must call this at the same place
   * of its program. This one takes no further calls.
   * @throws HypernetError `PEER_LOST` on a rank that the others take to be gone; `TIMEOUT`, or the reason of
   *   the signal, while a call is still under way
   */
  async shrink(options: CallOptions = {}): Promise<Communicator> {
    checkOptions('call', options)
    const { signal, timeout } = { ...this.defaults, ...options }
    await this.drained(signal, timeout)
    const { group, lost } = this.exchanger
    const self = group.members[group.rank]
    if (!self || lost.has(group.rank)) {
      throw new HypernetError('PEER_LOST', 'the other ranks take this one to be gone')
    }
    const rest = group.members.filter((_, rank) => !lost.has(rank))
    const elders = [...this.elders, this.exchanger]
    const smaller = groupOf(group.job, rest, self.id, elders.length)
    this.exchanger.retire()
    return new Communicator(smaller, this.transport, { ...this.defaults, ...options }, elders)
  }

  /**
   * Says that this program makes no more calls, once those that it has made have ended: the others' end
   * without it from then on. It goes on answering those who have not heard the last answers until `close`.
   */
  leave(): Promise<void> {
    return this.exchanger.leave()
  }

  /** Goes on answering those who have not heard the last answers, for a while, and leaves. */
  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    const most: Millis = LINGER * this.transport.pace.period
    const exchangers = [this.exchanger, ...this.elders]
    await Promise.all(exchangers.map((each) => each.quiet(most)))
    for (const each of exchangers) each.close()
    await this.transport.close()
  }

  /** Waits until all calls made so far have ended. */
  private async drained(signal?: AbortSignal, timeout?: Millis): Promise<void> {
    signal?.throwIfAborted()
    const waiting = new AbortController()
    const late = (): void =>
      waiting.abort(
        new HypernetError('TIMEOUT', `shrink: calls are still under way after ${timeout} ms`),
      )
    const cancel = timeout === undefined ? undefined : this.transport.clock.after(timeout, late)
    const ends = signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal
    try {
      await Promise.race([
        this.exchanger.drained(),
        new Promise<never>((_, reject) => {
          ends.addEventListener('abort', () => reject(ends.reason), { once: true })
        }),
      ])
    } finally {
      cancel?.()
    }
  }

  private fromRoot(joined: Joined, root: number): Float64Array {
    if (joined.contributors.includes(root)) return doublesOf(joined.of(root)).slice()
    throw new HypernetError('PEER_LOST', `rank ${root}, whose values were to be sent, is gone`)
  }

  private call<T>(
    shape: Shape,
    share: ExactVector | HypernetError,
    fold: (joined: Joined) => T,
    options: CallOptions,
  ): Consensus<T> {
    checkOptions('call', options)
    checkShape(shape, this.size)
    const partLength = EXACT.has(shape.operation) ? PART.exact : PART.doubles
    const collective: Collective<T> = { shape, share, partLength, fold }
    return begin(this.exchanger, this.transport.clock, collective, { ...this.defaults, ...options })
  }
}

function checkShape({ operation, length, root }: Shape, size: number): void {
  const isRank = Number.isInteger(root) && root >= 0 && root < size
  if (length < LONGEST && isRank) return
  throw usage(
    isRank
      ? `a ${operation} of ${length} numbers, wanted a number, or an array of fewer than ${LONGEST}`
      : `a ${operation} with root ${root}, wanted a rank from 0 to ${size - 1}`,
  )
}

/** @throws HypernetError `BAD_USAGE` for what is no array */
function numbers(values: ArrayLike<number> | undefined): ArrayLike<number> {
  if (typeof values === 'object' && Number.isInteger(values?.length)) return values
  throw usage(`${quote(String(values))} where numbers were wanted`)
}

const usage = (message: string): HypernetError => new HypernetError('BAD_USAGE', message)

/** A share, or why it is none: the others must not wait for one that cannot come. */
function shareFrom(make: () => ExactVector): ExactVector | HypernetError {
  try {
    return make()
  } catch (error) {
    if (error instanceof HypernetError) return error
    if (!(error instanceof MathError)) throw error
    const code = error.code === 'RANK' || error.code === 'FORM' ? 'BAD_USAGE' : error.code
    return new HypernetError(code, error.message, error)
  }
}

/** A vector that a program made, in the one form that is hashed and signed. */
function exactly({ mantissas, exponents }: ExactVector): ExactVector | HypernetError {
  const isWhole =
    mantissas.length === exponents.length &&
    mantissas.every((mantissa) => typeof mantissa === 'bigint') &&
    exponents.every((exponent) => Number.isSafeInteger(exponent))
  if (!isWhole)
    throw usage('an exact vector has equally many mantissas, bigint, and exponents, whole numbers')
  return shareFrom(() => {
    const vector = canonical({ mantissas, exponents })
    checkRange(vector, CONTRIBUTION_TOP)
    return vector
  })
}

const sharesOf = (values: ArrayLike<number>): ExactVector | HypernetError =>
  shareFrom(() => vectorOf(values))

/** This rank's share of scalar products: exact sums of exact products. */
function productsOf(
  vectors: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
): ExactVector | HypernetError {
  return shareFrom(() => {
    const wrong = vectors.find(({ length }) => length !== y.length)
    if (wrong) {
      throw usage(`a scalar product of ${wrong.length} and ${y.length} numbers`)
    }
    const sum = new Accumulator(vectors.length)
    const factors = Array.from(y, splitDouble)
    vectors.forEach((x, k) => {
      factors.forEach((factor, i) => {
        const value = x[i] ?? Number.NaN
        // What is not finite is an error also where the other factor is 0.
        if (factor.mantissa !== 0 || !Number.isFinite(value))
          sum.addProduct(k, splitDouble(value), factor)
      })
    })
    return sum.total()
  })
}
