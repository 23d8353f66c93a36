import type { Bitset } from '../wire/bitset.ts'
import type { JobId, Millis } from '../wire/ids.ts'
import type { Adjacency } from './overlay.ts'

/** What stays the same during one epoch of a job, as one device sees it. */
export interface EpochContext {
  readonly job: JobId
  /** SHA-256 of the roster's payload bytes. */
  readonly roster: Uint8Array
  readonly epoch: number
  /** Devices in the roster, and our index in it. */
  readonly size: number
  readonly self: number
  /** All indices of the roster. */
  readonly everyone: Bitset
  readonly hears: Adjacency
  readonly heardBy: Adjacency
  /** The links are given, not drawn: a device reaches its neighbors and nobody else. */
  readonly isDeclared: boolean
  /** For each index the group that it belongs to (treeOverlay.ts); absent: all are one. */
  readonly groups?: Uint8Array | undefined
  /** Components of the statistic. */
  readonly dimension: number
  readonly period: Millis
  /** Shares may change for so long after the epoch opened; nobody votes before. Absent: they stand. */
  readonly follow?: Millis | undefined
  readonly incarnation: number
  /** Devices that had left before it began, as everybody in it knows; absent: none. */
  readonly absent?: Bitset | undefined
  /** Pass of the method `commit` (commit/commit.ts); absent: there is one pass. */
  readonly pass?: 'commitments' | { readonly opens: Commitments } | undefined
  /** Work that is done several times over (shards.ts); absent: each share counts by itself. */
  readonly dealt?: Dealt | undefined
}

/** What devices bound themselves to before anything was shown. */
export interface Commitments {
  /** By index; undefined for those that did not commit themselves, who count as having left. */
  readonly of: readonly (Uint8Array | undefined)[]
}

/** Which shard of a job's rows each device got, by its index, and how many devices got the same. */
export interface Dealt {
  readonly shards: Uint8Array
  readonly replicas: number
}
