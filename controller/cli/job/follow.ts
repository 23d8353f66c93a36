import * as z from 'zod/mini'
import type { Client } from '../shell/client.ts'
import { EXIT } from '../shell/exit.ts'
import type { Terminal } from '../shell/terminal.ts'
import { type ResultView, resultDocument } from '../show/document.ts'
import { absentText, isOver, type JobView, jobView } from '../show/jobs.ts'
import { type LiveLine, liveLine } from '../show/live.ts'
import { JobProgress, progressLine } from '../show/progress.ts'
import { read } from '../show/read.ts'
import { additionText, resultText } from '../show/result.ts'

/** What came of following jobs: the exit code, and the newest result document of each job. */
export interface Followed {
  readonly code: number
  readonly documents: readonly ResultView[]
}

/**
 * Follows jobs to their end, with a live line on stderr.
 * @param each is called with each result that arrives; a repeating job gives many
 */
export async function followJobs(
  client: Client,
  ids: readonly string[],
  terminal: Terminal,
  each: (document: ResultView) => void,
): Promise<Followed> {
  const live = liveLine(terminal)
  const jobs = ids.map((id) => new FollowedJob(id, live, terminal.live, each))
  try {
    const ends = await Promise.all(
      jobs.map((job) =>
        client.follow(eventsOf(job.id), (event) => job.hear(event), terminal.interrupted),
      ),
    )
    const documents = jobs.flatMap((job) => job.document ?? [])
    if (ends.includes('aborted')) return { code: EXIT.interrupted, documents }
    const lost = jobs.find((job) => !job.over)
    if (lost)
      live.keep(
        `the controller ended before the job ${lost.id}, which goes on when it is back: hypernet job watch ${lost.id}`,
      )
    const code = lost ? EXIT.unreachable : jobs.some((job) => job.failed) ? EXIT.failed : EXIT.done
    return { code, documents }
  } finally {
    live.clear()
  }
}

/** Prints each result as a person reads it, once: of a newer form of it, that of a paid job after its end, what is new. */
export function printResult(terminal: Terminal): (document: ResultView) => void {
  const printed = new Map<string, ResultView>()
  return (document) => {
    const before = printed.get(document.job)
    printed.set(document.job, document)
    const isNewer = before !== undefined && before.epoch === document.epoch
    const text = isNewer ? additionText(before, document) : resultText(document)
    if (text !== '') terminal.out(`${text}\n`)
  }
}

/** Prints what `--json` asks for: the document of one job, or a list where several were followed. */
export function printFollowed({ documents }: Followed, terminal: Terminal): void {
  const [document] = documents
  const value = documents.length === 1 ? document : { results: documents }
  terminal.out(`${JSON.stringify(value)}\n`)
}

const eventsOf = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}/events`

const Event = z.looseObject({ event: z.string() })

/** What is known of one job while its events come in. */
class FollowedJob {
  readonly id: string
  document: ResultView | undefined
  over = false
  failed = false
  readonly #live: LiveLine
  /** Whether the live line is drawn; else what a job does or waits for is printed, when that changes. */
  readonly #isDrawn: boolean
  #lastTold = ''
  #lastAbsent = ''
  readonly #each: (document: ResultView) => void

  constructor(id: string, live: LiveLine, isDrawn: boolean, each: (document: ResultView) => void) {
    this.id = id
    this.#live = live
    this.#isDrawn = isDrawn
    this.#each = each
  }

  /** @returns true when the job will not change any more */
  hear(value: unknown): boolean {
    const event = read(Event, value, 'event')
    if (event.event === 'progress') {
      const progress = read(JobProgress, event.progress, 'progress')
      this.#live.show(`${this.id} ${progressLine(progress)}`)
    } else if (event.event === 'result') {
      this.document = resultDocument(event.result)
      this.#live.clear()
      this.#each(this.document)
    } else if (event.event === 'job') this.#take(jobView(event.job))
    return this.over
  }

  #take(job: JobView): void {
    this.over = isOver(job)
    this.failed = this.over && job.phase !== 'succeeded'
    const text = `${this.id} ${job.phase}: ${job.message}`
    this.#tellAbsent(job)
    if (!this.over) {
      this.#live.show(text)
      if (this.#isDrawn || text === this.#lastTold) return
      this.#lastTold = text
      this.#live.keep(text)
    } else if (this.failed && !this.#hasTold(job)) this.#live.keep(text)
  }

  /** Stays on the screen: it is longer than a live line, and something to do about. */
  #tellAbsent(job: JobView): void {
    const absent = absentText(job)
    if (absent === undefined || absent === this.#lastAbsent) return
    this.#lastAbsent = absent
    this.#live.keep(`${this.id} ${absent}`)
  }

  /** Whether the job failed for what its last result says already. */
  #hasTold({ message }: JobView): boolean {
    const { status, reason } = this.document ?? {}
    return status === 'failed' && reason !== undefined && message.includes(reason)
  }
}
