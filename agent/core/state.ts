import type { EpochContext } from '../consensus/context.ts'
import type { AnyMethod } from '../consensus/method.ts'
import type { Adjacency } from '../consensus/overlay.ts'
import type { CarriedView } from '../fusion/carry.ts'
import type { GatedSum } from '../fusion/gated.ts'
import type { CompiledModel } from '../fusion/model.ts'
import type { Bitset } from '../wire/bitset.ts'
import type { JobId, Millis, NodeId } from '../wire/ids.ts'
import type { Order, Roster } from '../wire/messages.ts'
import type { CarryState } from './carry.ts'
import type { ContractState } from './contracts.ts'
import type { DealState } from './deals.ts'
import type { Progress } from './effect.ts'
import type { WallTime } from './hours.ts'
import type { Readings, Row } from './readings.ts'
import type { Settings } from './settings.ts'

/** All that one agent knows. `step` changes it in place; nothing else does. */
export interface AgentState {
  readonly settings: Settings
  readonly incarnation: number
  /** There was no state to load: what an earlier life signed is unknown. */
  readonly isBlank: boolean
  readonly readings: Readings
  readonly jobs: Map<JobId, JobState>
  /** Rosters that arrived before their order. */
  readonly early: Map<JobId, { roster: Roster; hash: Uint8Array; bytes: Uint8Array }>
  /** Highest generation of jobs that ended: an older order of theirs is not obeyed again. */
  readonly ended: Map<JobId, number>
  /** Contracts of paid jobs by their address, those of ended jobs too: what was signed in them binds this device. */
  readonly contracts: Map<string, ContractState>
  linkLostAt: Millis | undefined
  /** Milliseconds from 1970 to the zero of our clock, as the wall clock had it at the start. */
  clockZero: Millis | undefined
  /** As it was last told. */
  wall: WallTime | undefined
}

export interface JobState {
  readonly order: Order
  readonly orderBytes: Uint8Array
  readonly orderHash: Uint8Array
  readonly model: CompiledModel
  /** The roster in force and, for a repeating job, the one that follows; by first epoch. */
  rosters: RosterState[]
  /** Open epochs and the last one that ended, oldest first. */
  epochs: EpochState[]
  /** Why this device takes no part, if it does not; told once a roster names it. */
  refusal: string | undefined
  /** Of a paid job that this device is willing to work for. */
  readonly deal: DealState | undefined
  readonly contract: ContractState | undefined
  /** When epoch 0 closes or closed by our clock; unknown until we start or hear the others. */
  origin: Millis | undefined
  /** The same by the wall clock, as an earlier life had it. */
  originUnix: Millis | undefined
  /** We took that from nobody else, or could not keep up by it: whoever is ahead of us corrects it. */
  isGuess: boolean
  /** Where windows follow each other: neighbors that are further on, and in which window they are. */
  readonly ahead: Map<NodeId, number>
  /** What is known from window to window. */
  carry: CarryState
  /** When we give up waiting to hear where the others are. */
  alone: Millis
}

export interface RosterState {
  readonly roster: Roster
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
  /** First 8 bytes of the hash, by which messages name the roster. */
  readonly tag: Uint8Array
  readonly index: ReadonlyMap<NodeId, number>
  /** Our own index, or -1. */
  readonly self: number
  readonly everyone: Bitset
  readonly hears: Adjacency
  readonly heardBy: Adjacency
}

export interface EpochState {
  readonly epoch: number
  readonly roster: RosterState
  readonly context: EpochContext
  readonly method: AnyMethod
  /** What the method knows of this epoch; it alone looks into it. */
  readonly exchange: object
  openedAt: Millis
  /** `reading`: no sensor has given a value yet. */
  status: 'reading' | 'open' | 'final' | 'failed'
  failure: string | undefined
  /** What this device sums in it, once read; unknown where an earlier life read it. */
  rows: readonly Row[] | undefined
  /** Where the sum is taken now, by a model with steps, and after how many sums before it. */
  at: Float64Array
  step: number
  /** What its program ended with, canonical JSON. */
  told: string | undefined
  /** When that sum began. */
  summedAt: Millis
  skippedRows: number
  /** What the flush timer is set to. */
  flushAt: Millis
  /** When the method last had its say. */
  actedAt: Millis
  seq: number
  /** Who was heard in it, and who in a later one although that is not due here. */
  readonly heard: Set<NodeId>
  readonly ahead: Set<NodeId>
  /** Our clock was moved towards theirs, once an epoch. */
  isHurried: boolean
  messages: number
  bytesOut: number
  bytesIn: number
  finalAt: Millis
  /** Signed answer, and how often it has been published. */
  seal: Uint8Array | undefined
  sealed: number
  /** The controller was told that this device has left it. */
  isLeavingTold: boolean
  /** Names what was last written to disk of this epoch. */
  written: string
  reported: Progress | undefined
  reportedAt: Millis
  /** Of a model with a gate, once final: who is refused, and the sum of the others. */
  gated: GatedSum | undefined
  estimate: readonly number[] | undefined
  carried: CarriedView | undefined
  decision: Required<Pick<Progress, 'decision' | 'since'>> | undefined
  error: string | undefined
}
