import { has } from '../../agent/wire/bitset.ts'
import { enrol } from '../../controller/sim/enrolment.ts'
import type { Scenario } from '../../controller/sim/scenario.ts'
import {
  type DeviceOutcome,
  type SimulationOutcome,
  simulate,
} from '../../controller/sim/simulator.ts'
import { newTies } from '../../controller/sim/ties.ts'
import { type Draw, drawScenario } from './mix.ts'

/** How the run of one seed went. */
export interface SeedOutcome {
  readonly seed: number
  /** `false`: an invariant broke (a wrong or second answer, a live device buried); `stuck`: a living device never ended final. */
  readonly verdict: 'agreed' | 'stuck' | 'false'
  readonly complaint?: string
  readonly rounds: number
  readonly devices: number
}

/** How the reason of a device begins that was left out of a later one of several sums. */
const LEFT = 'it took itself out of the sum'

/** Runs one seed of the fault mix. */
export function runSeed(seed: number, draw: Draw): SeedOutcome {
  const scenario = drawScenario(seed, draw)
  const devices = scenario.devices.length
  try {
    const outcome = simulate(scenario)
    // The baseline does not know when it is done: where it never settles it is given up.
    const left = draw.method === 'laplacian' ? [] : withoutAnswer(scenario, outcome, draw)
    const names = left.map(
      ({ name, state, reason }) => `${name} ${state}${reason ? ` (${reason})` : ''}`,
    )
    const { rounds } = outcome
    // Whoever missed one of several sums is named as gone in those that follow.
    const wronged = draw.steps ? [] : buriedAlive(scenario, outcome)
    if (wronged.length > 0) {
      const complaint = `taken for gone, and never were: ${wronged.slice(0, 3).join(', ')}\nReplay: ${scenario.replay}`
      return { seed, verdict: 'false', complaint, rounds, devices }
    }
    if (left.length === 0) return { seed, verdict: 'agreed', rounds, devices }
    const complaint = `${left.length} of ${devices} devices without an answer: ${names.slice(0, 3).join(', ')}\nReplay: ${scenario.replay}`
    return { seed, verdict: 'stuck', complaint, rounds, devices }
  } catch (error) {
    const complaint = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { seed, verdict: 'false', complaint, rounds: 0, devices }
  }
}

/**
 * Devices that an answer takes for gone though nothing ever happened to them nor to the way to whoever says
 * so: patience is such that this is next to impossible (agent/consensus/agreement/silence.ts).
 */
function buriedAlive(scenario: Scenario, { devices }: SimulationOutcome): string[] {
  const ties = newTies(enrol(scenario).graph, scenario.conditions.loss)
  for (const fault of scenario.faults) {
    if ('device' in fault) ties.away(fault.device)
    if (fault.kind === 'partition') ties.parted(fault.sides)
  }
  const steady = devices.flatMap((_, i) => (ties.wasAway(i) ? [] : [i]))
  const gone = (i: number): Uint8Array => devices[i]?.answer?.tombstones ?? new Uint8Array()
  // One that was cut off takes over the answer in which it counts as gone.
  const buries = (i: number, j: number): boolean =>
    has(gone(i), j) && !has(gone(i), i) && ties.areTied(i, j)
  return steady
    .filter((j) => steady.some((i) => buries(i, j)))
    .map((j) => devices[j]?.name ?? `${j}`)
}

/**
 * Living devices that ought to have an answer: all but those that took themselves out of the sum, since
 * they started again without their state, and whom no living device that has an answer can reach. (One
 * that hears only devices which do not hear it cannot ask those that have ended.)
 */
function withoutAnswer(
  { graph }: Scenario,
  { devices }: SimulationOutcome,
  { steps }: Draw,
): DeviceOutcome[] {
  const living = (index: number) => devices[index]?.isUp === true
  const told = new Set(
    devices.flatMap(({ isUp, state }, index) => (isUp && state === 'final' ? [index] : [])),
  )
  const isLeft = ({ hasLeft, reason }: DeviceOutcome) =>
    hasLeft || reason?.startsWith(LEFT) === true
  const links = graph?.links ?? []
  const canAsk = (from: number, to: number) => links.some((l) => l.from === to && l.to === from)
  for (const from of told)
    for (const link of links)
      if (link.from === from && living(link.to) && canAsk(from, link.to)) told.add(link.to)
  return devices.filter(
    (device, index) =>
      device.isUp &&
      device.state !== 'final' &&
      // Of several sums in a row nobody answers for those that are long past.
      !(isLeft(device) && (steps || (graph && !told.has(index)))),
  )
}
