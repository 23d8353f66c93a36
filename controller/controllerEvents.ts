import type { JobId, NodeId } from '../agent/wire/ids.ts'
import type { NodeView } from './core/fleetView.ts'
import type { JobStatus } from './core/jobStatus.ts'
import type { Heard, JobProgress } from './core/progress.ts'
import type { ResultDocument } from './core/resultDocument.ts'
import type { JobEvent } from './jobRunner.ts'

/** What people who watch are told, as it happens. */
export type ControllerEvent =
  | JobEvent
  | { readonly event: 'progress'; readonly job: JobId; readonly progress: JobProgress }
  | { readonly event: 'fleet'; readonly node: NodeView; readonly text: string }
  | { readonly event: 'broker'; readonly up: boolean }

/** What a device tells of a job. */
export type DeviceProgress = Heard & { readonly job: JobId; readonly device: NodeId }

/** All that `job get` shows. */
export interface JobView extends JobStatus {
  readonly progress?: JobProgress
  readonly result?: ResultDocument
  /** The job file's document as it was written. */
  readonly spec: unknown
}

/** The job that an event is about. */
export function jobOf(event: ControllerEvent): string | undefined {
  if (event.event === 'job') return event.job.job
  return 'job' in event ? event.job : undefined
}
