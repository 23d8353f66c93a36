import type { Millis, NodeId, SensorId } from '../wire/ids.ts'
import type { Exchange, Order, Roster } from '../wire/messages.ts'
import type { ProgramAnswer } from '../wire/programCall.ts'
import type { WallTime } from './hours.ts'

/** A reading of some sensors at one time. `null` is a missing value. Several rows are one batch read together. */
export interface Observation {
  readonly at: Millis
  readonly sensors: readonly SensorId[]
  readonly units: readonly string[]
  /** One row per phenomenon time, values in the order of `sensors`. */
  readonly rows: readonly (readonly (number | null)[])[]
  /** Past readings of a file, of which nobody knows when they were made: they stand in every window, once. */
  readonly timeless?: true
  /** Of these, window k of a job that repeats takes row k alone, however fast its windows follow each other. */
  readonly perWindow?: true
}

/** What arrived, decoded, with every signature in it already verified by the driver. */
export type Message =
  | { kind: 'order'; order: Order; hash: Uint8Array; bytes: Uint8Array }
  | { kind: 'roster'; roster: Roster; hash: Uint8Array; bytes: Uint8Array }
  | { kind: 'exchange'; exchange: Exchange; bytes: number }
  /** A neighbor's `state` topic: a hint about its life, never proof. */
  | { kind: 'presence'; node: NodeId; online: boolean; session: number }

export type TimerName =
  | `flush/${string}`
  | `epoch/${string}`
  | `progress/${string}`
  | `seal/${string}`
  | `deal/${string}`
export type SignPurpose = 'contribution' | 'statement' | 'seal'

/** Everything that can happen to an agent. Time enters as `now`, of a monotonic clock; by the wall hours, and what a restart hides. */
export type Input =
  | { kind: 'start'; now: Millis; unix?: Millis }
  | { kind: 'timer'; now: Millis; name: TimerName }
  | { kind: 'message'; now: Millis; message: Message }
  | { kind: 'observed'; now: Millis; observation: Observation }
  /** What time it is, told at the start and then once a minute where the device sells by the hour. */
  | { kind: 'wall'; now: Millis; wall: WallTime }
  | { kind: 'link'; now: Millis; up: boolean }
  /** Answers the effect `sign`: the whole COSE_Sign1 array. */
  | { kind: 'signed'; now: Millis; request: string; signed: Uint8Array }
  /** Answers the effect `run`: what the program came to, or why it failed. */
  | {
      kind: 'ran'
      now: Millis
      request: string
      end: ProgramAnswer
    }
  /** Answers the effect `signDigest`: 64 bytes (EIP-2098). */
  | { kind: 'signedDigest'; now: Millis; request: string; signature: Uint8Array }
  /** The device is about to stop on purpose. */
  | { kind: 'leave'; now: Millis }
