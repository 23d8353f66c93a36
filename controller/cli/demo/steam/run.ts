import { parse } from 'yaml'
import { readText } from '../../settings.ts'
import { EXIT } from '../../shell/exit.ts'
import type { Terminal } from '../../shell/terminal.ts'
import { onDemoFleet } from '../fleet.ts'
import { resultsOfWindows, withWindows } from '../windows.ts'
import { decisionsOf, JOBS, ruleIn, scoresOf, wantedOf } from './compare.ts'
import { placesOf } from './record.ts'
import { type SteamOutcome, steamReport } from './report.ts'
import type { SteamRule } from './rules.ts'

export interface SteamRequest {
  readonly fleetFile: string
  readonly jobFile: string
  /** CSV of the readings before the record, and of the record: a row a window and mote. */
  readonly beforeFile: string
  readonly rowsFile: string
  readonly windows: number
  readonly json: boolean
}

/** However slow the machine is, no window is left out; but nobody waits for ever. */
const WITHIN_MS = 20 * 60_000

/** Has both places decided about over the first windows of the record, and tells how that compares with the labels. */
export async function runSteam(request: SteamRequest, terminal: Terminal): Promise<number> {
  const { fleetFile, jobFile, windows } = request
  const jobText = withWindows(await readText(jobFile), windows)
  const windowed = { jobFile, jobText, names: JOBS, windows, what: 'window' }
  const fleet = { fleetFile, devices: undefined, isPaid: false, withinMillis: WITHIN_MS }
  return onDemoFleet(fleet, terminal, async ({ controller, live, began, stopped }) => {
    const documents = await Promise.race([resultsOfWindows(windowed, controller, live), stopped])
    live.clear()
    const places = placesOf(
      await readText(request.beforeFile),
      await readText(request.rowsFile),
      windows,
    )
    const rules = jobText.split(/^---$/m).map((text) => ruleIn(parse(text).spec))
    const decided = places.map((place, i) =>
      decisionsOf(
        JOBS[i] ?? '',
        documents.get(JOBS[i] ?? '') ?? new Map(),
        wantedOf(rules[i] as SteamRule, place), // a job for each place
      ),
    )
    const outcome = {
      windows,
      scores: scoresOf(
        places,
        rules,
        decided.map(({ alarm }) => alarm),
      ),
      wrong: decided.flatMap(({ wrong }) => wrong),
      milliseconds: performance.now() - began,
    }
    return tell(outcome, request.json, terminal)
  })
}

function tell(outcome: SteamOutcome, json: boolean, terminal: Terminal): number {
  const { windows, scores, wrong, milliseconds } = outcome
  if (json) {
    const seconds = Math.round(milliseconds / 100) / 10
    terminal.out(`${JSON.stringify({ windows, seconds, scores, wrong })}\n`)
    for (const line of wrong) terminal.err(`${line}\n`)
  } else terminal.out(steamReport(outcome))
  return wrong.length === 0 ? EXIT.done : EXIT.failed
}
