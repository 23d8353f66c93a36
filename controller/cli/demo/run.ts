import { HypernetError, invariant } from '../../../agent/wire/errors.ts'
import { formatMistake } from '../../../agent/wire/mistake.ts'
import type { Controller } from '../../driver.ts'
import type { Terminal } from '../shell/terminal.ts'
import { resultDocument } from '../show/document.ts'
import { isOver } from '../show/jobs.ts'
import type { LiveLine } from '../show/live.ts'
import { progressLine } from '../show/progress.ts'
import { type ClosedBooks, closeBooks } from './books.ts'
import { type FleetRequest, onDemoFleet } from './fleet.ts'

export interface DemoRequest extends FleetRequest {
  /** The text of the job, and the file that it stands in. */
  readonly jobFile: string
  readonly jobText: string
}

/** A demo whose job has ended, with everything still up. */
export interface DemoOutcome extends ClosedBooks {
  readonly devices: number
  /** From the start of the first process to the end of the job. */
  readonly milliseconds: number
  readonly controller: Controller
  readonly folder: string
}

/** Time that the whole demo has, devices included; it takes some seconds. */
const WITHIN_MS = 55_000

/**
 * Starts a broker, a controller and a virtual fleet on this machine, runs one job, calls `use` with
 * what came out, and takes everything down again, however it ends.
 * @throws HypernetError what failed; `TIMEOUT` after 55 s
 */
export async function runDemo(
  request: Omit<DemoRequest, 'withinMillis'>,
  terminal: Terminal,
  use: (outcome: DemoOutcome) => Promise<number>,
): Promise<number> {
  const fleet = { ...request, withinMillis: WITHIN_MS }
  return onDemoFleet(
    fleet,
    terminal,
    async ({ controller, folder, devices, live, began, stopped }) => {
      const books = await Promise.race([runJob(request, devices, controller, live), stopped])
      live.clear()
      const milliseconds = performance.now() - began
      return use({ ...books, devices, milliseconds, controller, folder })
    },
  )
}

async function runJob(
  { jobFile, jobText }: Pick<DemoRequest, 'jobFile' | 'jobText'>,
  devices: number,
  controller: Controller,
  live: LiveLine,
): Promise<ClosedBooks> {
  // All devices are hired, however many share the rows.
  const text = jobText.replace(/^( *sellers:) *\d+/m, `$1 ${devices}`)
  const submission = await controller.submit(jobFile, text)
  if (!submission.ok)
    throw new HypernetError('BAD_JOB', submission.mistakes.map(formatMistake).join('\n'))
  const [job] = submission.jobs
  invariant(job, 'a job file without mistakes holds a job')
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = controller.on('event', (event) => {
    if (event.event === 'progress') live.show(progressLine(event.progress))
    else if (event.event === 'job' && isOver(event.job)) resolve()
  })
  const error = await Promise.race([promise, controller.ended])
  stop()
  if (error) throw error
  const view = controller.jobs().find((each) => each.job === job.job)
  invariant(view, 'a job that was submitted is known')
  if (view.results === 0)
    return {
      document: { job: view.job, status: view.phase, model: view.model, reason: view.message },
    }
  const document = resultDocument(
    controller.job(job.job as Parameters<Controller['job']>[0]).result,
  )
  return closeBooks(document, controller)
}
