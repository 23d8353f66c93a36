import { HypernetError } from '../../../agent/wire/errors.ts'
import { formatMistake } from '../../../agent/wire/mistake.ts'
import type { Controller } from '../../driver.ts'
import { type ResultView, resultDocument } from '../show/document.ts'
import { isOver } from '../show/jobs.ts'
import { bar, type LiveLine } from '../show/live.ts'
import { spanText } from '../show/quantities.ts'

/** Jobs of one file that make so many windows each. */
export interface WindowedJobs {
  readonly jobFile: string
  readonly jobText: string
  readonly names: readonly string[]
  readonly windows: number
  /** What a window is called, such as `day`. */
  readonly what: string
}

/** Text of a job file whose jobs make so many windows. */
export const withWindows = (jobText: string, windows: number): string =>
  jobText.replaceAll(/^( *epochs:) *\d+/gm, `$1 ${windows}`)

/** Submits jobs, and gives their results by job and window once all are over. @throws HypernetError */
export async function resultsOfWindows(
  { jobFile, jobText, names, windows, what }: WindowedJobs,
  controller: Controller,
  live: LiveLine,
): Promise<Map<string, Map<number, ResultView>>> {
  const documents = new Map<string, Map<number, ResultView>>(names.map((name) => [name, new Map()]))
  const over = new Set<string>()
  const { promise, resolve } = Promise.withResolvers<void>()
  const began = performance.now()
  // A result that was corrected later takes the place of the first.
  const stop = controller.on('event', (event) => {
    if (event.event === 'result') {
      const { epoch = 0 } = event.result
      documents.get(event.job)?.set(epoch, resultDocument(event.result))
      const done = Math.min(...names.map((name) => documents.get(name)?.size ?? 0))
      const time = spanText(performance.now() - began)
      live.show(`${bar(done / windows, 20)} ${what} ${done} of ${windows}, ${time}`)
    } else if (event.event === 'job' && isOver(event.job)) over.add(event.job.job)
    if (names.every((name) => over.has(name))) resolve()
  })
  const submission = await controller.submit(jobFile, jobText)
  if (!submission.ok)
    throw new HypernetError('BAD_JOB', submission.mistakes.map(formatMistake).join('\n'))
  const error = await Promise.race([promise, controller.ended])
  stop()
  if (error) throw error
  return documents
}
