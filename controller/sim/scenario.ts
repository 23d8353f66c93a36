import type { Order } from '../../agent/wire/messages.ts'
import type { Graph } from './graph.ts'
import type { LyingDevice } from './lying.ts'
import type { Conditions } from './passage.ts'
import type { ProgramRunner } from './programs.ts'
import type { TraceLine } from './trace.ts'

/** One device of a rehearsal. */
export interface SimDevice {
  /** Its node id. */
  readonly name: string
  /** Values in the order of the scenario's `columns`; `null` is missing. No row: it contributes zero. */
  readonly rows: readonly (readonly (number | null)[])[]
  readonly position?: { readonly x: number; readonly y: number; readonly z: number } | undefined
  /** Works on these rows in place of the order's, if it lies about them. */
  readonly data?: Order['data'] | undefined
}

/** Everything that a run depends on: equal scenarios give equal runs. */
export interface Scenario {
  readonly order: Order
  readonly devices: readonly SimDevice[]
  /** Sensors that the rows hold. */
  readonly columns: readonly { readonly id: string; readonly unit: string }[]
  /** Who hears whom; absent: the product's own overlay, which the seed draws. */
  readonly graph?: Graph | undefined
  /** Random links that each device adds to those of `graph`, with certain delivery; absent: none. */
  readonly longLinks?: number | undefined
  readonly conditions: Conditions
  readonly faults: readonly Fault[]
  /** Devices that lie, and how. */
  readonly liars?: readonly LyingDevice[] | undefined
  /** `minNodes`: an answer over fewer devices fails the job; absent: one. */
  readonly least?: number | undefined
  readonly seed: number
  /** The run ends here, whatever is left undone. */
  readonly maxRounds: number
  /** Sign and verify for real; otherwise signatures are zeros of the same length. */
  readonly signatures?: boolean | undefined
  /** Hand each message through its bytes, as sockets do. */
  readonly codec?: boolean | undefined
  /** Devices start at times of their own within the first round instead of together. */
  readonly scattered?: boolean | undefined
  /** Rounds that go on after the last device has ended, to see that nothing changes any more. */
  readonly linger?: number | undefined
  /** Look into the books of `ratio` after each step: mass must be conserved bit by bit. Slow. */
  readonly audited?: boolean | undefined
  /** What runs programs, of a job that brings one. */
  readonly run?: ProgramRunner | undefined
  readonly trace?: ((line: TraceLine) => void) | undefined
  readonly look?: Look | undefined
  /** What replays this run, for the error of a broken invariant. */
  readonly replay?: string | undefined
}

/** What goes wrong, and when. Times are in rounds; devices are indices. */
export type Fault =
  /**
   * A device stops for good. With `reach` it stops in the middle of its next publish, of which each
   * receiver gets a copy with this chance; `silently`: the broker does not notice within the run.
   */
  | { kind: 'crash'; device: number; at: number; reach?: number; silently?: boolean }
  /** The same at its first message with a vote or a lock, or as it becomes final, instead of at a time. */
  | { kind: 'crashOn'; device: number; moment: Moment; reach: number; silently?: boolean }
  /** The process is started again `at`, with what it had written to disk or without. */
  | { kind: 'restart'; device: number; at: number; memory: 'kept' | 'lost' }
  /** The device is in the roster and starts only then. */
  | { kind: 'join'; device: number; at: number }
  /** Devices hear only those of their own side in this time. */
  | { kind: 'partition'; sides: readonly number[]; at: number; until: number }
  | { kind: 'brokerCrash'; at: number; until: number }

/** What a device is about to tell. */
export type Moment = 'vote' | 'lock' | 'final'

/**
 * Looks at the devices at the end of each round of the last epoch, from round 0 on.
 * @param estimateOf what a device would answer now (estimate.ts); undefined where it is down or knows nothing
 */
export type Look = (
  round: number,
  estimateOf: (device: number) => readonly number[] | undefined,
) => void

/**
 * What a device's sensors show in a life of its process, counted from 1: its rows, and after each
 * restart other ones, so that a device that contributes again contradicts itself and is seen.
 */
export function rowsIn(device: SimDevice, life: number): SimDevice['rows'] {
  if (life <= 1) return device.rows
  return device.rows.map((row) => row.map((value) => (value === null ? null : value + life - 1)))
}
