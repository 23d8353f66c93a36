import { simulate } from '../../controller/sim/simulator.ts'
import { drawScenario } from './mix.ts'

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
export function runSeed(seed: number, partitions = false): SeedOutcome {
  const scenario = drawScenario(seed, partitions)
  const devices = scenario.devices.length
  try {
    const outcome = simulate(scenario)
    const left = outcome.devices.filter(({ isUp, state }) => isUp && state !== 'final')
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
