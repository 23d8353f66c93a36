import type { Condition, JobState, Phase } from './jobState.ts'

/** The JSON of the `status` topic, of `job ls` and, with more beside it, of `job get`. */
export interface JobStatus {
  readonly job: string
  readonly phase: Phase
  /** One word for programs, one sentence for people. */
  readonly reason: string
  readonly message: string
  readonly generation: number
  readonly model: string
  readonly method: string
  /** Unix milliseconds. */
  readonly submittedAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  /** Devices in the newest roster. */
  readonly devices: number
  /** Of jobs that repeat: the epoch that is open, the period in milliseconds, and how many gave a result. */
  readonly epoch?: number
  readonly every?: number
  readonly results: number
  readonly conditions: readonly Condition[]
}

export function statusOf(state: JobState): JobStatus {
  const { order, startedAt, endedAt } = state
  const every = order.window.every
  return {
    job: state.job,
    phase: state.phase,
    reason: state.reason,
    message: state.message,
    generation: order.generation,
    model: order.model.type,
    method: order.method,
    submittedAt: state.submittedAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    devices: state.rosters[0]?.roster.members.length ?? 0,
    ...(every === undefined ? {} : { epoch: state.nextEpoch, every }),
    results: state.results,
    conditions: [...state.conditions.values()],
  }
}
