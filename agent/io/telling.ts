import type { Progress } from '../core/effect.ts'
import type { JobId, Millis } from '../wire/ids.ts'
import type { Clock } from './clock.ts'

/** Tells people how far jobs are. */
export interface Telling {
  tell(job: JobId, progress: Progress): void
  /** The job is over, and what waits says nothing any more. */
  forget(job: JobId): void
  /** Tells what still waits. */
  end(): void
}

/** A phase that is over sooner is not told: nobody could read it, and the answer waits for each message. */
const PAUSE: Millis = 100
/** These are told at once: little follows on them. */
const LAST: ReadonlySet<Progress['phase']> = new Set(['final', 'failed', 'refused', 'excluded'])

export function telling(clock: Clock, publish: (job: JobId, progress: Progress) => void): Telling {
  const waiting = new Map<JobId, { progress: Progress; cancel(): void }>()
  const release = (job: JobId) => {
    const held = waiting.get(job)
    waiting.delete(job)
    if (held) publish(job, held.progress)
  }
  return {
    tell(job, progress) {
      const cancel = waiting.get(job)?.cancel ?? clock.after(PAUSE, () => release(job))
      waiting.set(job, { progress, cancel })
      // That all others have ended too may wait: some of them still work on it.
      if (!LAST.has(progress.phase) || progress.fleet?.least === 'final') return
      cancel()
      release(job)
    },
    forget(job) {
      waiting.get(job)?.cancel()
      waiting.delete(job)
    },
    end() {
      for (const [job, { cancel }] of waiting) {
        cancel()
        release(job)
      }
    },
  }
}
