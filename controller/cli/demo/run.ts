import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hosts } from '../../../agent/hosts.ts'
import { systemClock } from '../../../agent/io/clock.ts'
import { createLog } from '../../../agent/io/log.ts'
import { HypernetError, invariant } from '../../../agent/wire/errors.ts'
import { formatMistake } from '../../../agent/wire/mistake.ts'
import { counted } from '../../../agent/wire/words.ts'
import { ControllerConfig } from '../../config.ts'
import { type Controller, startController } from '../../driver.ts'
import type { Terminal } from '../shell/terminal.ts'
import { resultDocument } from '../show/document.ts'
import { isOver } from '../show/jobs.ts'
import { type LiveLine, liveLine } from '../show/live.ts'
import { progressLine } from '../show/progress.ts'
import { spanText } from '../show/quantities.ts'
import { loadVirtualFleet } from '../virtualFleet.ts'
import { hostVirtualFleet } from '../virtualHosts.ts'
import { type ClosedBooks, closeBooks } from './books.ts'

export interface DemoRequest {
  /** fleet.yaml and the text of the job. */
  readonly fleetFile: string
  readonly jobFile: string
  readonly jobText: string
  /** Devices that share the rows; absent: as the fleet file says. */
  readonly devices: number | undefined
  /** Whether devices are paid, by a contract on a development chain. */
  readonly isPaid: boolean
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
const REDRAW_MS = 250

/**
 * Starts a broker, a controller and a virtual fleet on this machine, runs one job, calls `use` with
 * what came out, and takes everything down again, however it ends.
 * @throws HypernetError what failed; `TIMEOUT` after 55 s
 */
export async function runDemo(
  request: DemoRequest,
  terminal: Terminal,
  use: (outcome: DemoOutcome) => Promise<number>,
): Promise<number> {
  const live = liveLine(terminal)
  const began = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'hypernet-demo-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeFolder) // for an impatient second Ctrl-C
  const up: { controller?: Controller; hosts?: Promise<Hosts> } = {}
  const stopped = stopSignal(terminal)
  try {
    const fleet = await loadVirtualFleet(request.fleetFile, request.devices)
    const devices = fleet.devices.length
    const log = createLog({ level: 'warn', form: 'text', clock: systemClock, write: live.keep })
    const config = ControllerConfig.parse({
      fleet: fleet.fleet,
      broker: { embedded: { listen: '127.0.0.1:0' } },
      ...(request.isPaid && { chain: { embedded: true } }),
    })
    const controller = await startController(config, { log, folder })
    up.controller = controller
    const redraw = showArrivals(controller, devices, live, began)
    up.hosts = hostVirtualFleet(controller, fleet, {
      onExit: (pid, held) =>
        stopped.fail(`the process ${pid} with ${counted(held.length, 'device')} ended`),
    })
    await Promise.race([up.hosts, stopped.promise])
    clearInterval(redraw)
    live.clear()
    live.keep(`${devices} virtual devices on ${controller.brokerUrl}, after ${since(began)}`)
    const books = await Promise.race([runJob(request, devices, controller, live), stopped.promise])
    live.clear()
    const milliseconds = performance.now() - began
    return await use({ ...books, devices, milliseconds, controller, folder })
  } finally {
    stopped.release()
    live.clear()
    await takeDown(up)
    process.removeListener('exit', removeFolder)
    removeFolder()
  }
}

/** Rejects when the demo must not go on: Ctrl-C, out of time, or a process that died. */
function stopSignal(terminal: Terminal) {
  const { promise, reject } = Promise.withResolvers<never>()
  const fail = (text: string, code: 'TIMEOUT' | 'BROKER_LOST' = 'BROKER_LOST') =>
    reject(new HypernetError(code, `${text}; try again, and if it stays: hypernet doctor`))
  const timer = setTimeout(
    () => fail(`the demo did not end within ${WITHIN_MS / 1000} s`, 'TIMEOUT'),
    WITHIN_MS,
  )
  const interrupt = () => fail('interrupted')
  terminal.interrupted.addEventListener('abort', interrupt)
  promise.catch(() => {}) // it is raced, and may lose
  const release = () => {
    clearTimeout(timer)
    terminal.interrupted.removeEventListener('abort', interrupt)
  }
  if (terminal.interrupted.aborted) interrupt()
  return { promise, fail, release }
}

/** Draws how many devices the controller has heard, until the interval is cleared. */
function showArrivals(controller: Controller, devices: number, live: LiveLine, began: number) {
  const show = () => {
    const heard = controller.nodes().filter(({ online }) => online).length
    live.show(`${heard} of ${counted(devices, 'device')} heard, ${since(began)}`)
  }
  return setInterval(show, REDRAW_MS).unref()
}

async function runJob(
  { jobFile, jobText }: DemoRequest,
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

async function takeDown(up: { controller?: Controller; hosts?: Promise<Hosts> }): Promise<void> {
  try {
    await (await up.hosts)?.stop()
  } catch {
    // Hosts that never came up have been stopped, and their failure was told already.
  }
  await up.controller?.close()
}

const since = (began: number): string => spanText(performance.now() - began)
