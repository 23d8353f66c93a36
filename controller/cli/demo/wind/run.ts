import { parse } from 'yaml'
import { numbersOf, readTable } from '../../../../agent/io/sensors/table.ts'
import { readText } from '../../settings.ts'
import { EXIT } from '../../shell/exit.ts'
import type { Terminal } from '../../shell/terminal.ts'
import { onDemoFleet } from '../fleet.ts'
import { resultsOfWindows, withWindows } from '../windows.ts'
import { type Compared, compare, JOBS, type WindJob, wantedOf } from './compare.ts'
import { type WindOutcome, windReport } from './report.ts'

export interface WindRequest {
  readonly fleetFile: string
  readonly jobFile: string
  /** CSV of a row a day and station, in this order. */
  readonly rowsFile: string
  readonly days: number
  readonly json: boolean
}

/** However slow the machine is, no day is left out; but nobody waits for ever. */
const WITHIN_MS = 20 * 60_000

/** Runs both jobs over the first days of the year on a fleet of stations, and tells how they compare. */
export async function runWind(request: WindRequest, terminal: Terminal): Promise<number> {
  const { fleetFile, jobFile, days } = request
  const jobText = withWindows(await readText(jobFile), days)
  const windowed = { jobFile, jobText, names: JOBS, windows: days, what: 'day' }
  const fleet = { fleetFile, devices: undefined, isPaid: false, withinMillis: WITHIN_MS }
  return onDemoFleet(fleet, terminal, async ({ controller, devices, live, began, stopped }) => {
    const documents = await Promise.race([resultsOfWindows(windowed, controller, live), stopped])
    live.clear()
    const table = readTable(request.rowsFile, await readText(request.rowsFile))
    const speeds = numbersOf(table, ['wind']).map(([speed]) => speed ?? Number.NaN)
    const year = Array.from({ length: days }, (_, day) =>
      speeds.slice(day * devices, (day + 1) * devices),
    )
    const specs = specsOf(jobText)
    const jobs = JOBS.map((job): Compared => {
      const wanted = wantedOf(job, specs.get(job), year)
      return compare(job, documents.get(job) ?? new Map(), wanted, devices)
    })
    const outcome = { days, devices, jobs, milliseconds: performance.now() - began }
    return tell(outcome, request.json, terminal)
  })
}

function tell(outcome: WindOutcome, json: boolean, terminal: Terminal): number {
  const { days, devices, jobs, milliseconds } = outcome
  const wrong = jobs.flatMap((job) => job.wrong)
  if (json) {
    const largestDifference = Math.max(...jobs.map((job) => job.largestDifference))
    const seconds = Math.round(milliseconds / 100) / 10
    terminal.out(`${JSON.stringify({ days, devices, largestDifference, seconds, jobs })}\n`)
    for (const line of wrong) terminal.err(`${line}\n`)
  } else terminal.out(windReport(outcome))
  return wrong.length === 0 ? EXIT.done : EXIT.failed
}

/** What the jobs say, by their names. */
function specsOf(jobText: string): ReadonlyMap<WindJob, unknown> {
  const documents = jobText.split(/^---$/m).map((text) => parse(text))
  return new Map(documents.map(({ metadata, spec }) => [metadata.name, spec]))
}
