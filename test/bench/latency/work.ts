import { vectorOf } from '../../../agent/math/exactVector.ts'
import { encodeVector } from '../../../agent/math/wireForm.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { jobId } from '../../../agent/wire/ids.ts'
import { Contribution } from '../../../agent/wire/messages.ts'

/** A fit of six terms: 29 numbers a device, on both sides. */
export const NAMES = ['a', 'b', 'c', 'd', 'e', 'y'] as const
export const DIMENSION = 29
export const CENTRAL = jobId('central')
/** Devices have keys derived from this. */
export const SEED = 'bench'

/** Readings of device `index`, different everywhere. */
export const readingsOf = (index: number): number[] =>
  NAMES.map((_, k) => Math.sin(index * (7 + k * k)) * 10 ** (k - 2))

/** A contribution of central fusion: as many numbers, as long, as those of the devices. */
export function contributionOf(index: number, epoch: number): Uint8Array {
  const values = readingsOf(index)
  const products = values.flatMap((a, i) => values.slice(i).map((b) => a * b))
  const numbers = Array.from({ length: DIMENSION }, (_, k) => products[k] ?? k)
  return encodeRecord(Contribution, {
    job: CENTRAL,
    roster: new Uint8Array(32),
    epoch,
    index,
    rows: 1,
    ...encodeVector(vectorOf(numbers)),
  })
}

/** What a process that holds devices is told, once. */
export interface HostWanted {
  readonly url: string
  readonly fleet: string
  /** Address of the operator, 20 bytes. */
  readonly operator: Uint8Array
  readonly devices: readonly Placed[]
}
/** A device of ours and its twin in central fusion. */
export interface Placed {
  readonly index: number
  readonly id: string
  readonly password: string
  readonly twin: string
  readonly twinPassword: string
}
/** What it tells: it is ready, with the devices' incarnations; or one more device is that far. */
export type FromHost =
  | { readonly kind: 'ready'; readonly incarnations: readonly (readonly [string, number])[] }
  | {
      readonly kind: 'reached'
      readonly job: string
      readonly epoch: number
      readonly stage: Stage
    }
/** `known`: a device holds the exact answer; `final`: it is agreed on by all. */
export type Stage = 'known' | 'final'
