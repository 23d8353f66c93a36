import type { Remembered } from '../consensus/method.ts'
import { isCarrying } from '../fusion/carry.ts'
import type { JobId, Millis } from '../wire/ids.ts'
import type { CarryState } from './carry.ts'
import { type ContractSnapshot, contractSnapshot } from './contracts.ts'
import type { AgentState, JobState } from './state.ts'

/**
 * What must survive a crash so that a restarted agent never contradicts itself: what it has signed
 * and what it has voted for. Plain data: the store writes it, the next load reads it back.
 */
export interface Snapshot {
  /** Counts loads of this state; the driver adds one at each load before anything else happens. */
  readonly incarnation: number
  readonly jobs: readonly JobSnapshot[]
  /** Jobs that ended, with their last generation. */
  readonly ended: readonly (readonly [JobId, number])[]
  /** Contracts of paid jobs, those of ended jobs too; absent: none yet. */
  readonly contracts?: readonly ContractSnapshot[] | undefined
}

export interface JobSnapshot {
  readonly job: JobId
  /** Payload bytes of the order and of the rosters in force, oldest first; they were verified when they came. */
  readonly order: Uint8Array
  readonly rosters: readonly Uint8Array[]
  readonly epochs: readonly EpochSnapshot[]
  /** When epoch 0 of a repeating job closed, by the wall clock. */
  readonly originUnix?: Millis | undefined
  /** What is known from window to window; absent: the job's model keeps nothing. */
  readonly carry?: CarryState | undefined
}

/** What a device found at a checkpoint. Once this is written, it signs nothing else for that one. */
export interface FindingSnapshot {
  readonly index: number
  readonly group: number
  readonly share: Uint8Array
  readonly roster: Uint8Array
  readonly result: Uint8Array
  /** The signature over Checkpoint, and that over Commit of its hash, once they were made. */
  readonly signature?: Uint8Array | undefined
  readonly commit?: Uint8Array | undefined
}

export interface EpochSnapshot extends Remembered {
  readonly epoch: number
  /** Hash of the roster that this epoch runs under. */
  readonly roster: Uint8Array
  /** Sums before the one that it is at, of several in a row. */
  readonly step?: number | undefined
  /** What its program ended with. */
  readonly told?: string | undefined
  /** The signed answer, once final. */
  readonly seal?: Uint8Array | undefined
}

/** What must survive a crash. */
export function snapshotOf(agent: AgentState): Snapshot {
  return {
    incarnation: agent.incarnation,
    ended: [...agent.ended],
    ...(agent.contracts.size && { contracts: [...agent.contracts.values()].map(contractSnapshot) }),
    jobs: [...agent.jobs.values()].map(
      (job): JobSnapshot => ({
        job: job.order.job,
        order: job.orderBytes,
        rosters: job.rosters.map((roster) => roster.bytes),
        ...originOf(agent, job),
        ...(isCarrying(job.model) && { carry: job.carry }),
        epochs: job.epochs.map((epoch) => ({
          epoch: epoch.epoch,
          roster: epoch.context.roster,
          ...epoch.method.remember(epoch.exchange),
          ...(epoch.step > 0 && { step: epoch.step }),
          ...(epoch.told !== undefined && { told: epoch.told }),
          ...(epoch.seal ? { seal: epoch.seal } : {}),
        })),
      }),
    ),
  }
}

function originOf(
  { clockZero }: AgentState,
  { order, origin, originUnix }: JobState,
): Pick<JobSnapshot, 'originUnix'> {
  if (order.window.every === undefined) return {}
  const now = origin === undefined || clockZero === undefined ? originUnix : origin + clockZero
  return now === undefined ? {} : { originUnix: now }
}
