import type { Clock } from '../agent/io/clock.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import type { JobId, Millis, NodeId } from '../agent/wire/ids.ts'
import type { Alike } from './core/alike.ts'
import { closesAt } from './core/jobEpochs.ts'
import { isEnded, isPaid, type JobState } from './core/jobState.ts'
import {
  absentIn,
  type Declined,
  declinedIn,
  type Heard,
  heardProgress,
  type JobProgress,
  type ProgressBoard,
  progressOf,
} from './core/progress.ts'

/** Least time between two summaries of a job. */
const EVERY: Millis = 250

export interface ProgressWatchOptions {
  readonly clock: Clock
  /** Unix milliseconds. */
  readonly now: () => number
  readonly job: (job: JobId) => JobState | undefined
  readonly tell: (progress: JobProgress) => void
  /** Other devices of the roster than before take no part, or for another reason. */
  readonly absent: (job: JobId, groups: readonly Alike[]) => void
  /** Devices refuse a job that has none yet. */
  readonly declined: (job: JobId, declined: Declined) => void
}

/** Sums up what the devices of each running job say of their progress, a few times a second. */
export class ProgressWatch {
  readonly #options: ProgressWatchOptions
  readonly #boards = new Map<JobId, ProgressBoard>()
  readonly #timers = new Map<JobId, () => void>()
  /** What was last told of who takes no part. */
  readonly #absent = new Map<JobId, string>()

  constructor(options: ProgressWatchOptions) {
    this.#options = options
  }

  hear(job: JobId, node: NodeId, payload: string): void {
    const state = this.#options.job(job)
    const roster = state?.rosters[0]
    // Before a paid job has its devices, others say why they do not offer.
    const isHeard = roster ? roster.keyOf.has(node) : state && isPaid(state)
    if (!state || !isHeard) return
    let board = this.#boards.get(job)
    if (!board) {
      // What the broker kept of jobs that ended before we began is nobody's concern.
      if (isEnded(state)) return
      board = new Map()
      this.#boards.set(job, board)
    }
    if (!heardProgress(board, node, payload, state.order.generation) || this.#timers.has(job))
      return
    const cancel = this.#options.clock.after(EVERY, () => {
      this.#timers.delete(job)
      const progress = this.of(job)
      if (progress) this.#options.tell(progress)
      this.#tellAbsent(job)
      const refusing = roster ? undefined : this.#boards.get(job)
      const declined = refusing && declinedIn(refusing)
      if (declined) this.#options.declined(job, declined)
    })
    this.#timers.set(job, cancel)
  }

  /** The summary of a job that has begun. */
  of(job: JobId): JobProgress | undefined {
    const state = this.#options.job(job)
    const roster = state?.rosters[0]?.roster
    if (!state || !roster) return undefined
    const epoch = Math.max(0, state.nextEpoch - 1)
    const until = state.endedAt ?? this.#options.now()
    const seconds = Math.max(0, until - closesAt(state, epoch)) / 1000
    const nodes = roster.members.map(({ id }) => id)
    return progressOf(this.#boards.get(job) ?? new Map(), job, nodes, epoch, seconds)
  }

  #tellAbsent(job: JobId): void {
    const roster = this.#options.job(job)?.rosters[0]
    const board = this.#boards.get(job)
    if (!roster || !board) return
    const groups = absentIn(board, [...roster.keyOf.keys()])
    const text = JSON.stringify(groups)
    if (text === this.#absent.get(job)) return
    this.#absent.set(job, text)
    this.#options.absent(job, groups)
  }

  /**
   * What one device tells of a job, and of the whole fleet in it.
   * @throws HypernetError `NOT_FOUND` when it was not heard, with a device that was
   */
  toldBy(job: JobId, node: NodeId): Heard {
    const board = this.#boards.get(job)
    const heard = board?.get(node)
    if (heard) return heard
    const [other] = board?.keys() ?? []
    const hint = other === undefined ? 'no device has told of it yet' : `${other} has, for one`
    throw new HypernetError('NOT_FOUND', `device ${node} has told nothing of job ${job}; ${hint}`)
  }

  /** Forgets what was heard under a job's name, when it begins anew. */
  forget(job: JobId): void {
    this.#boards.delete(job)
    this.#absent.delete(job)
    this.#timers.get(job)?.()
    this.#timers.delete(job)
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }
}
