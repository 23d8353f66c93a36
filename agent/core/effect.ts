import type { CarriedView } from '../fusion/carry.ts'
import type { FleetId, JobId, Millis, NodeId } from '../wire/ids.ts'
import type { Deal } from '../wire/marketMessages.ts'
import type { Exchange, SealReport } from '../wire/messages.ts'
import type { ProgramCall } from '../wire/programCall.ts'
import type { SignPurpose, TimerName } from './input.ts'
import type { Snapshot } from './snapshot.ts'

/** What an agent tells people of one job: the JSON on its `job/<job>/node/<node>/status` topic. */
export interface Progress {
  readonly phase:
    | 'waiting'
    | 'exchanging'
    | 'announced'
    | 'voting'
    | 'final'
    | 'failed'
    | 'refused'
    | 'excluded'
  /** Of the order: a job that is started again under its name has a larger one. */
  readonly generation: number
  readonly epoch: number
  readonly round: number
  /** Contributions held, of how many in the roster; devices known to be gone. */
  readonly contributions: number
  readonly roster: number
  readonly gone: number
  readonly attempt: number
  readonly messages: number
  readonly bytesOut: number
  readonly bytesIn: number
  /** Rows that could not be used (missing or not finite). */
  readonly skippedRows: number
  /** Sums agreed on before the one it is at, by a model that takes several in a row. */
  readonly step?: number
  readonly estimate?: readonly number[]
  /** Of models that estimate from window to window: the windows that the estimate rests on. */
  readonly carried?: CarriedView
  /** Of an event that is decided: whether it is taken to be on, and the window that changed that last. */
  readonly decision?: boolean
  readonly since?: number
  /** Of all devices, as this one knows it; absent where it takes no part. */
  readonly fleet?: FleetProgress
  readonly error?: string
}

/** How far the devices of an epoch are together: any one of them tells it, as far as word has come round. */
export interface FleetProgress {
  /** Devices that are known to have taken each step. */
  readonly contributed: number
  readonly voted: number
  readonly final: number
  /** The step that everyone who lives has taken. */
  readonly least: 'waiting' | 'contributed' | 'voted' | 'final'
  /** Share of the three steps that the living have taken on average, 0 to 1, to three digits. */
  readonly mean: number
  /** Devices that have not taken the next step: how many, and the first few by name. */
  readonly behind: number
  readonly slowest: readonly NodeId[]
  /** Bits by which their running sums still differ; by methods that iterate, falling to 0 as rounds pass. */
  readonly bitsApart?: number
}

/** Everything that an agent can want done. Effects are carried out in order. */
export type Effect =
  | { kind: 'persist'; snapshot: Snapshot }
  /** Publish to others in a job (topic `exchange`, `announcement` or `edge`, CBOR, QoS 0). */
  | Sending
  /** Publish the outcome of an epoch (topic `seal`, CBOR, QoS 1). */
  | { kind: 'seal'; fleet: FleetId; job: JobId; report: SealReport }
  /** Publish what people see of a job (topic `progress`, JSON, retained). */
  | { kind: 'progress'; fleet: FleetId; job: JobId; progress: Progress }
  /** Listen to others in a job; replaces what was listened to for it. */
  | Listening
  /** Wake me at this time; replaces an earlier timer of the same name. `at` Infinity: forget it. */
  | { kind: 'timer'; name: TimerName; at: Millis }
  /** Read these sensors now; answered by `observed`, or by nothing where they are read on their own schedule. */
  | { kind: 'observe'; sensors: readonly string[] }
  /** Run a program; answered by `ran`. */
  | { kind: 'run'; request: string; call: ProgramCall }
  /** Sign these payload bytes for this purpose; answered by `signed`. */
  | { kind: 'sign'; request: string; purpose: SignPurpose; payload: Uint8Array }
  /** Sign this digest of 32 bytes for the market, compactly; answered by `signedDigest`. */
  | { kind: 'signDigest'; request: string; digest: Uint8Array }
  /** Publish what relays must know of this device in a paid job (topic `deal`, CBOR, retained). */
  | { kind: 'deal'; fleet: FleetId; job: JobId; deal: Deal }
  | { kind: 'note'; level: 'debug' | 'info' | 'warn' | 'error'; message: string; job?: JobId }

export interface Listening {
  readonly kind: 'listen'
  readonly fleet: FleetId
  readonly job: JobId
  /** Whose exchange and presence. */
  readonly neighbors: readonly NodeId[]
  /** Also to what anybody in the job sends to everyone, or to this device alone. */
  readonly isAddressed: boolean
}

/** `bytes` is the encoded exchange. */
export interface Sending {
  readonly kind: 'exchange'
  readonly fleet: FleetId
  readonly job: JobId
  /** Neighbors listen to `exchange`, everyone to `announcement`, a single device to `edge`. */
  readonly to: 'neighbors' | 'everyone' | { readonly node: NodeId }
  readonly exchange: Exchange
  readonly bytes: Uint8Array
}

export type Outbox = Effect[]
