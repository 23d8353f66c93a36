import type { FleetId, Millis, NodeId } from '../wire/ids.ts'
import type { Market } from '../wire/market.ts'
import type { Hours } from './hours.ts'

/** A seller's terms; tokens in the smallest unit, addresses of 20 bytes. */
export interface SellerTerms extends Market {
  readonly factory: Uint8Array
  /** The code that all jobs share. */
  readonly escrow: Uint8Array
  /** Least that it wants for a whole job, and most that it puts up for one. */
  readonly minPrice: bigint
  readonly maxCollateral: bigint
  /** When it offers; absent: always. */
  readonly hours?: Hours | undefined
}

/** Room for jobs: `cpus` in thousandths, sizes in bytes, `bandwidth` in bytes a second. Absent: not known. */
export type Capacity = Partial<Record<'cpus' | 'memory' | 'storage' | 'bandwidth', number>>

/** What an agent is told about itself when it starts; from agent.yaml and its key. */
export interface Settings {
  readonly node: NodeId
  readonly fleet: FleetId
  /** Compressed secp256k1 public key of this device, 33 bytes. */
  readonly publicKey: Uint8Array
  readonly sensors: readonly { readonly id: string; readonly unit: string }[]
  /** Sensors that jobs may read, or all of `sensors`. */
  readonly allowedSensors: readonly string[] | 'all'
  /** Programs of users that may run here: any, or those with these SHA-256 in hexadecimal; absent: none. */
  readonly allowedPrograms?: readonly string[] | 'all' | undefined
  /** Most that one job may ask for, and what the machine has. */
  readonly granted?: Capacity | undefined
  readonly machine?: Capacity | undefined
  readonly position?: { readonly x: number; readonly y: number; readonly z: number } | undefined
  /**
   * Time that new knowledge is gathered before it is sent on. 0 means synchronous rounds, as in the
   * simulator: at most one publish a period.
   */
  readonly gather: Millis
  /** What it sells, and on which market; absent: it takes no part in paid jobs. */
  readonly market?: SellerTerms | undefined
  /** Least time between two progress reports of a job. */
  readonly progressEvery: Millis
}
