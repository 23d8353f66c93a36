import type { Millis, NodeId } from '../../agent/wire/ids.ts'
import type { Seal, SealReport } from '../../agent/wire/messages.ts'
import type { Alike } from './alike.ts'
import type { Declined } from './progress.ts'
import type { ResultDocument } from './resultDocument.ts'
import type { Candidates } from './roster.ts'
import type { Hired, MarketBlock, Offers } from './settlement/seam.ts'

/** `unheard`: nothing was heard of it since the broker is reached, so that it may be on its way back. */
export type Presence = 'online' | 'offline' | 'unheard'

/** A fleet has this long to come back after the broker was away before absence counts. */
export const RETURN: Millis = 15_000

/** What the controller knows of the fleet at the moment of an input. */
export interface Surroundings {
  /** Unix milliseconds that never go back within a process. */
  readonly now: number
  readonly candidates: Candidates
  /** When a device last came, went or changed. */
  readonly changedAt: number
  /** Since when the broker is reached; undefined while it is not. */
  readonly linkedSince: number | undefined
  presence(node: NodeId): Presence
  /** What a device tells of a program with this code, its places those of the files (io/programPlace.ts). */
  placed(text: string, code: string): string
}

/** Everything that can happen to a job. */
export type JobInput =
  /** First input of a new job. */
  | { kind: 'submitted' }
  /** First input after the controller was started again: everything is told anew. */
  | { kind: 'resumed' }
  /** The fleet changed, or a time came that the job asked for. */
  | { kind: 'look' }
  /** A device's outcome; the seal's signature is verified, `seal` its opened payload. */
  | { kind: 'report'; report: SealReport; seal: Seal | undefined }
  /** Of a paid job: who has offered to take its places. */
  | ({ kind: 'offered' } & Offers)
  /** Of a paid job: so many devices refuse to work for it, most for this reason. */
  | ({ kind: 'declined' } & Declined)
  /** Devices of the roster that take no part, as they tell it. */
  | { kind: 'absent'; groups: readonly Alike[] }
  /** Of a paid job: these devices were hired for it, in the order of the contract; it began then (seconds since 1970). */
  | { kind: 'hired'; sellers: readonly Hired[]; started: number }
  /** Its contract has ended: what became of the money. */
  | { kind: 'settled'; market: MarketBlock }
  /** There is no contract, for this reason, and nothing was spent. */
  | { kind: 'unhired'; reason: string }
  /** Of a paid job: why the chain does not go on with it, as a sentence goes on; absent: it does. */
  | { kind: 'waits'; reason: string | undefined }
  | { kind: 'cancel' }

/** Everything that a job can want done. Effects of one step are stored together, then carried out in order. */
export type JobEffect =
  /** Sign, keep and publish; the same generation has the same bytes. */
  | { kind: 'order'; generation: number; payload: Uint8Array }
  | { kind: 'roster'; generation: number; firstEpoch: number; payload: Uint8Array; at: number }
  /** Take the retained message away. */
  | { kind: 'withdraw'; what: 'order' | 'roster' }
  /** Take the order of a paid job back, or have its contract end with the running checkpoint. */
  | { kind: 'stop' }
  | { kind: 'spec'; spec: unknown }
  | { kind: 'status'; status: unknown }
  /** Keep a result; `latest`: publish it. */
  | { kind: 'result'; epoch: number; document: ResultDocument; latest: boolean }
  /** Keep the report that was the input. */
  | { kind: 'keep'; roster: Uint8Array; epoch: number; node: NodeId }
  /** Keep the job's own state (`savedJob`). */
  | { kind: 'save' }
  /** Give the input `look` at this time; replaces the one asked for before. Infinity: none. */
  | { kind: 'wake'; at: number }
  | { kind: 'note'; level: 'debug' | 'info' | 'warn'; message: string }
