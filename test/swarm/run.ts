import { has } from '../../agent/wire/bitset.ts'
import { enrol } from '../../controller/sim/enrolment.ts'
import type { Scenario } from '../../controller/sim/scenario.ts'
import { type SimulationOutcome, simulate } from '../../controller/sim/simulator.ts'
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

/** Runs one seed of the fault mix. */
export function runSeed(seed: number, draw: Draw): SeedOutcome {
  const scenario = drawScenario(seed, draw)
  const devices = scenario.devices.length
  try {
    const outcome = simulate(scenario)
    const isDown = (index: number) => outcome.devices[index]?.isUp === false
    const left = outcome.devices.filter(
      ({ isUp, state }, index) =>
        isUp && state !== 'final' && !(state === 'failed' && isDeaf(scenario, index, isDown)),
    )
    const names = left.map(
      ({ name, state, reason }) => `${name} ${state}${reason ? ` (${reason})` : ''}`,
    )
    const { rounds } = outcome
    const wronged = buriedAlive(scenario, outcome)
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
  const ties = newTies(enrol(scenario).graph)
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
 * Whether a device lost all whom it hears: one that has given up its own say (it came back without its
 * state) waits for the others' answer, which nobody can bring it.
 */
function isDeaf({ graph }: Scenario, device: number, isDown: (index: number) => boolean): boolean {
  const heard = graph?.links.filter(({ to }) => to === device) ?? []
  return heard.length > 0 && heard.every(({ from }) => isDown(from))
}
