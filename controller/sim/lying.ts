import type { Message } from '../../agent/core/input.ts'
import { addVectors, type ExactVector, vectorOf } from '../../agent/math/exactVector.ts'
import { decodeVector, encodeVector } from '../../agent/math/wireForm.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { digest, equalBytes } from '../../agent/wire/hash.ts'
import {
  Contribution,
  type Exchange,
  type Order,
  type TreePart,
} from '../../agent/wire/messages.ts'
import { openCose } from '../../agent/wire/signature.ts'
import type { SimDevice } from './scenario.ts'
import type { Signer } from './signing.ts'

/**
 * How a device lies. `equivocation`: it signs two contributions for one epoch and tells them to different
 * neighbors. `malformed`: what it signs is no vector of the job. `misreading`: it is honest about false
 * readings, which is the same, bit for bit, as a sensor that shows them: nobody can prove it.
 */
export type Lie = 'equivocation' | 'malformed' | 'misreading'

/**
 * The ways to lie to a method. Those that iterate sign no contributions, so whatever a device makes of
 * its numbers comes to the same as other readings.
 * Where replicas are compared a device is outvoted rather than proven a liar.
 */
export const liesTo = ({ method, data }: Pick<Order, 'method' | 'data'>): readonly Lie[] =>
  method === 'ratio' || method === 'laplacian' || (data && data.replicas > 1)
    ? ['misreading']
    : ['equivocation', 'malformed', 'misreading']

export interface LyingDevice {
  readonly device: number
  readonly lie: Lie
}

/** Whether those who hold the evidence can prove it to anybody. */
export const isProvable = (lie: Lie | undefined): boolean =>
  lie !== undefined && lie !== 'misreading'

/** False readings are these times the true ones. */
const MISREADING = 1.1

/** The device as its sensors pretend that it is, or as if it had got other rows. */
export const misreading = (device: SimDevice, { data }: Order): SimDevice => ({
  ...device,
  rows: device.rows.map((row) => row.map((value) => (value === null ? null : value * MISREADING))),
  ...(data && {
    data: { ...data, shards: data.shards.map((shard) => shard.map((value) => value * MISREADING)) },
  }),
})

/** A device that lies about rows that it was given does as if it had got others. */
export function believed({ data }: SimDevice, message: Message): Message {
  if (!data || message.kind !== 'order') return message
  return { ...message, order: { ...message.order, data } }
}

/** The liar that a device needs, if it does: honesty about false readings needs none. */
export const liarFor = (
  lie: Lie | undefined,
  signer: Signer,
  deceived: () => ReadonlySet<string>,
): Liar | undefined =>
  lie !== undefined && isProvable(lie) ? new Liar(lie, signer, deceived()) : undefined

/** A message as some of its receivers get it. */
export interface Version {
  readonly exchange: Exchange
  readonly isFor: (receiver: string) => boolean
}

/**
 * Lies in what an honest agent publishes: in the place of the contribution that it signed stands another
 * one, signed with the same key. Nothing but the device's own contribution can be forged.
 */
export class Liar {
  private readonly lie: Lie
  private readonly signer: Signer
  private readonly deceived: ReadonlySet<string>
  /** Shares that the agent tells before it has them signed, and what is told in their place. */
  private readonly shares: { readonly honest: Share; readonly other: Share }[] = []
  private readonly forged: { readonly honest: Uint8Array; readonly other: Uint8Array }[] = []

  /** @param deceived who are told the false contribution; everybody is where it is malformed */
  constructor(lie: Lie, signer: Signer, deceived: ReadonlySet<string>) {
    this.lie = lie
    this.signer = signer
    this.deceived = deceived
  }

  /** The agent is about to tell its share. @param payload of a contribution */
  proposed(payload: Uint8Array): void {
    const honest = shareOf(payload)
    if (this.shares.some((each) => equalBytes(each.honest.root, honest.root))) return
    this.shares.push({ honest, other: shareOf(falsified(this.lie, payload)) })
  }

  /** The agent had a contribution signed. */
  signed(payload: Uint8Array, honest: Uint8Array): void {
    const other = this.signer.sign('contribution', falsified(this.lie, payload))
    this.forged.push({ honest, other })
    // Where the share itself went ahead, its signature follows alone.
    this.forged.push({ honest: openCose(honest).signature, other: openCose(other).signature })
  }

  private withOtherShare(exchange: Exchange): Exchange {
    const { tree } = exchange
    const { part } = tree ?? {}
    const share = part && this.shares.find(({ honest }) => equalBytes(honest.root, part.root))
    return share ? { ...exchange, tree: { ...tree, part: { ...part, ...share.other } } } : exchange
  }

  /** What is told to whom in the place of a message of the agent. */
  versionsOf(exchange: Exchange): Version[] {
    const { deceived } = this
    const everybody = () => true
    if (this.forged.length + this.shares.length === 0) return [{ exchange, isFor: everybody }]
    const forgedExchange = this.forged.reduce<Exchange>(
      (told, { honest, other }) => exchanged(told, honest, other),
      this.withOtherShare(exchange),
    )
    if (this.lie === 'malformed') return [{ exchange: forgedExchange, isFor: everybody }]
    return [
      { exchange, isFor: (receiver) => !deceived.has(receiver) },
      { exchange: forgedExchange, isFor: (receiver) => deceived.has(receiver) },
    ]
  }
}

type Share = Pick<TreePart, 'exponents' | 'width' | 'mantissas' | 'root'>

/** What stands for a contribution where it is told unsigned. */
function shareOf(payload: Uint8Array): Share {
  const { exponents, width, mantissas } = decodeRecord(Contribution, payload)
  return { exponents, width, mantissas, root: digest(payload) }
}

/** Another contribution of the same device to the same epoch. */
export function falsified(lie: Lie, payload: Uint8Array): Uint8Array {
  const contribution = decodeRecord(Contribution, payload)
  if (lie === 'malformed') {
    // A component of 0 with the exponent 1: no number is written so (agent/math/wireForm.ts).
    const exponents = contribution.exponents.slice()
    const mantissas = contribution.mantissas.slice()
    exponents.set([1, 0])
    mantissas.fill(0, 0, contribution.width)
    return encodeRecord(Contribution, { ...contribution, exponents, mantissas })
  }
  const vector = decodeVector(contribution, contribution.exponents.length / 2)
  const other = addVectors(vector, forgery(1, vector.mantissas.length))
  return encodeRecord(Contribution, { ...contribution, ...encodeVector(other) })
}

/** By how much a sum is off that counts the second contribution of so many equivocating devices. */
export const forgery = (times: number, dimension: number): ExactVector =>
  vectorOf(Array.from({ length: dimension }, (_, k) => (k === 0 ? times : 0)))

/** A copy of a message with other bytes in the place of some, wherever they stand. */
function exchanged<T>(value: T, from: Uint8Array, to: Uint8Array): T {
  const of = (each: unknown): unknown => {
    if (each instanceof Uint8Array) return equalBytes(each, from) ? to : each
    if (Array.isArray(each)) return each.map(of)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(Object.entries(each).map(([key, part]) => [key, of(part)]))
  }
  return of(value) as T // the same fields, and bytes in the place of bytes
}
