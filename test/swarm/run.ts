import type { Scenario } from '../../controller/sim/scenario.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { type Draw, drawScenario } from './mix.ts'

/** How the run of one seed went. */
export interface SeedOutcome {
  readonly seed: number
  /** `false`: an invariant broke (a wrong or second answer); `stuck`: a living device never ended final. */
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
    if (left.length === 0) return { seed, verdict: 'agreed', rounds, devices }
    const complaint = `${left.length} of ${devices} devices without an answer: ${names.slice(0, 3).join(', ')}\nReplay: ${scenario.replay}`
    return { seed, verdict: 'stuck', complaint, rounds, devices }
  } catch (error) {
    const complaint = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { seed, verdict: 'false', complaint, rounds: 0, devices }
  }
}

/**
 * Whether a device lost all whom it hears: one that has given up its own say (it came back without its
 * state) waits for the others' answer, which nobody can bring it.
 */
function isDeaf({ graph }: Scenario, device: number, isDown: (index: number) => boolean): boolean {
  const heard = graph?.links.filter(({ to }) => to === device) ?? []
  return heard.length > 0 && heard.every(({ from }) => isDown(from))
}
