import type { Agreement } from '../../../agent/consensus/agreement/agreement.ts'
import type { EpochContext } from '../../../agent/consensus/context.ts'
import { flood } from '../../../agent/consensus/flood/flood.ts'
import type { FloodState } from '../../../agent/consensus/flood/floodState.ts'
import type { Body, Method, Outgoing, Remembered } from '../../../agent/consensus/method.ts'
import { type Adjacency, regular, reversed } from '../../../agent/consensus/overlay.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { type RandomStream, randomStream } from '../../../agent/math/random.ts'
import { encodeVector } from '../../../agent/math/wireForm.ts'
import { fullSet } from '../../../agent/wire/bitset.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import { Contribution, type Exchange, Statement } from '../../../agent/wire/messages.ts'
import { payloadOf, signCose } from '../../../agent/wire/signature.ts'

/** A fixed key: the method does not look at signatures, it gets them verified. */
const KEY = digest(new Uint8Array([1]))
export const PERIOD = 100
export const JOB = jobId('sums')
export const ROSTER = digest(new Uint8Array([2]))

export function contextFor(hears: Adjacency, self: number, incarnation = 1): EpochContext {
  const size = hears.length
  return {
    job: JOB,
    roster: ROSTER,
    epoch: 0,
    size,
    self,
    everyone: fullSet(size),
    isDeclared: false,
    hears,
    heardBy: reversed(hears),
    dimension: 1,
    period: PERIOD,
    incarnation,
  }
}

export function signedContribution(
  index: number,
  value: number,
  changes: Partial<Contribution> = {},
): Uint8Array {
  const payload = encodeRecord(Contribution, {
    job: JOB,
    roster: ROSTER,
    epoch: 0,
    index,
    rows: 1,
    ...encodeVector(vectorOf([value])),
    ...changes,
  })
  return signCose('contribution', payload, KEY)
}

export function signedStatement(
  index: number,
  suspects: readonly (number | Statement['suspects'][number])[],
  changes: Partial<Statement> = {},
): Uint8Array {
  const payload = encodeRecord(Statement, {
    job: JOB,
    roster: ROSTER,
    epoch: 0,
    index,
    incarnation: 1,
    version: 1,
    suspects: suspects.map((each) =>
      typeof each === 'number' ? { index: each, incarnation: 0, version: 0 } : each,
    ),
    ...changes,
  })
  return signCose('statement', payload, KEY)
}

export interface Faults {
  readonly loss?: number
  readonly delay?: number
  readonly duplicate?: number
  /** Round at which a device stops; its last message reaches each neighbor with probability one half. */
  readonly crashes?: ReadonlyMap<number, number>
  /** What a device sends in place of what its method says. */
  readonly forge?: (from: number, body: Body) => Body
}
interface Flight {
  readonly at: number
  readonly to: number
  readonly from: number
  readonly exchange: Exchange
}

/** A fleet in synchronous rounds, for tests of the method alone; the simulator tests the whole agent. */
export class RoundsOf<State extends { readonly agreement: Agreement }> {
  readonly method: Method<State>
  readonly hears: Adjacency
  readonly heardBy: Adjacency
  readonly states: State[]
  readonly crashed = new Set<number>()
  round = 0
  private flights: Flight[] = []
  private readonly seq: number[]
  private readonly random: RandomStream
  private readonly faults: Faults

  /** @param shares whether they are handed in signed, or proposed to a method that knows when to sign */
  constructor(
    method: Method<State>,
    hears: Adjacency,
    seed: number,
    faults: Faults = {},
    shares: 'signed' | 'proposed' = 'signed',
  ) {
    this.method = method
    this.hears = hears
    this.heardBy = reversed(hears)
    this.random = randomStream(seed)
    this.faults = faults
    this.seq = hears.map(() => 0)
    this.states = hears.map((_, i) => {
      const state = this.method.open(contextFor(hears, i), 0)
      const signed = signedContribution(i, i + 0.5)
      if (shares === 'proposed') this.method.propose?.(state, 0, payloadOf(signed))
      else this.method.contribute(state, 0, signed)
      return state
    })
  }

  /** Starts a device again, with what it remembered or with nothing. */
  restart(i: number, incarnation: number, remembered?: Remembered): void {
    this.crashed.delete(i)
    this.seq[i] = 0
    const state = this.method.open(
      contextFor(this.hears, i, incarnation),
      this.round * PERIOD,
      remembered,
    )
    if (!remembered) this.method.leave(state, 'lost its state')
    this.states[i] = state
  }

  get live(): State[] {
    return this.states.filter((_, i) => !this.crashed.has(i))
  }

  run(most: number): number {
    while (this.round < most && !this.live.every((state) => state.agreement.voting.final))
      this.step()
    return this.round
  }

  step(): void {
    const now = this.round * PERIOD
    const arrived = this.flights.filter(({ at }) => at <= this.round)
    this.flights = this.flights.filter(({ at }) => at > this.round)
    for (const { to, from, exchange } of arrived) {
      const state = this.states[to]
      if (state && !this.crashed.has(to)) this.method.receive(state, now, from, exchange)
    }
    this.states.forEach((state, i) => {
      if (!this.crashed.has(i)) this.act(state, i, now)
    })
    this.round++
  }

  private act(state: State, i: number, now: number): void {
    if (this.method.next(state) > now) return
    this.method.tick(state, now)
    const unsigned = this.method.unsigned?.(state)
    if (unsigned) this.method.contribute(state, now, signCose('contribution', unsigned, KEY))
    const draft = this.method.draft(state)
    if (draft) {
      const changes: Partial<Statement> = {
        version: draft.version,
        incarnation: state.agreement.context.incarnation,
        ...(draft.leave === undefined ? {} : { leave: draft.leave }),
      }
      this.method.stated(state, now, signedStatement(i, [...draft.suspects], changes))
      this.method.tick(state, now)
    }
    const isLast = this.faults.crashes?.get(i) === this.round
    for (const message of this.method.publish(state, now)) this.send(i, message, isLast)
    if (isLast) this.crashed.add(i)
  }

  private receiversOf(from: number, to: Outgoing['to']): readonly number[] {
    if (typeof to === 'number') return [to]
    if (to === 'neighbors') return this.heardBy[from] ?? []
    return this.hears.map((_, i) => i).filter((i) => i !== from)
  }

  private send(from: number, message: Outgoing, isLast: boolean): void {
    const body = this.faults.forge?.(from, message.body) ?? message.body
    const seq = (this.seq[from] ?? 0) + 1
    this.seq[from] = seq
    const incarnation = this.states[from]?.agreement.context.incarnation ?? 0
    const exchange: Exchange = {
      version: 1,
      job: JOB,
      from: nodeId(`n${from}`),
      incarnation,
      seq,
      epoch: 0,
      round: this.round,
      roster: ROSTER.slice(0, 8),
      ...body,
    }
    const { loss = 0, delay = 0, duplicate = 0 } = this.faults
    for (const to of this.receiversOf(from, message.to)) {
      if (isLast && this.random.fraction() < 0.5) continue
      const copies = this.random.fraction() < duplicate ? 2 : 1
      for (let k = 0; k < copies; k++) {
        if (this.random.fraction() < loss) continue
        const at = this.round + 1 + this.random.below(delay + 1)
        this.flights.push({ at, to, from, exchange })
      }
    }
  }
}

/** A fleet of the method `flood`. */
export class Rounds extends RoundsOf<FloodState> {
  constructor(hears: Adjacency, seed: number, faults: Faults = {}) {
    super(flood, hears, seed, faults)
  }
}

export const ring = (size: number): Adjacency =>
  Array.from({ length: size }, (_, i) =>
    [(i + size - 1) % size, (i + 1) % size].sort((a, b) => a - b),
  )

export const overlay = (size: number, seed = 1): Adjacency => regular(size, 8, seed)
