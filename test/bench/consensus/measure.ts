import { enrol } from '../../../controller/sim/enrolment.ts'
import { streams } from '../../../controller/sim/random.ts'
import type { Scenario } from '../../../controller/sim/scenario.ts'
import { type SimulationOutcome, simulate } from '../../../controller/sim/simulator.ts'
import { median, round } from '../figures.ts'
import type { Cell, Goal } from './cells.ts'
import { boundOf } from './epidemic.ts'
import { bitsFor, fit, sceneOf } from './scene.ts'

/** A cell of the table, as cli.md has it, and what else is worth knowing. */
export interface Line {
  readonly bench: 'consensus'
  readonly graph: string
  readonly network: string
  readonly method: string
  /** Until the last device knew that it was done, and until it held the answer; null: it never did. */
  readonly rounds: number | null
  readonly roundsToExact: number | null
  readonly bytesPerDevice: number
  /** Most roundsToExact. */
  readonly goal: number | null
  readonly bound: number
  readonly met: boolean | null
  readonly goalBytes?: number
  readonly dimension: number
  readonly maxRelativeError: number
  readonly runs: number
}

/** How one run ended. */
export interface Ended {
  readonly rounds: number
  readonly roundsToExact: number
  readonly bytes: number
  readonly error: number
  readonly dimension: number
}

/** How much is spent on one cell: so many seeds, and none is begun after this many milliseconds. */
export interface Effort {
  readonly seeds: number
  readonly milliseconds: number
  /** Draws of the bound. */
  readonly draws: number
}

/** Runs a cell over some seeds and takes medians. */
export function measure(cell: Cell, { seeds, milliseconds, draws }: Effort): Line {
  const { place, network, method, goal } = cell
  const subject = fit(bitsFor(method))
  const started = performance.now()
  const runs: Ended[] = []
  let bound = 0
  for (let seed = 1; seed <= seeds; seed++) {
    if (seed > 1 && performance.now() - started > milliseconds) break
    const scenario = sceneOf({ place, network, method, subject, seed })
    runs.push(ended(scenario, simulate(scenario)))
    bound += boundFor(scenario, draws)
  }
  const middle = (of: (run: Ended) => number): number => median(runs.map(of))
  const rounds = middle((run) => run.rounds)
  const exact = middle((run) => run.roundsToExact)
  const bytes = middle((run) => run.bytes)
  return {
    bench: 'consensus',
    graph: place.name,
    network: network.name,
    method,
    rounds: shown(rounds),
    roundsToExact: shown(exact),
    bytesPerDevice: bytes,
    goal: goal?.exact ?? null,
    bound: round(bound / runs.length, 1),
    met: goal === undefined ? null : isMet(goal, rounds, exact, bytes),
    ...(goal?.bytes === undefined ? {} : { goalBytes: goal.bytes }),
    dimension: runs[0]?.dimension ?? 0,
    maxRelativeError: Math.max(...runs.map(({ error }) => error)),
    runs: runs.length,
  }
}

const shown = (rounds: number): number | null => (Number.isFinite(rounds) ? round(rounds, 2) : null)

const isMet = ({ exact, known, bytes }: Goal, rounds: number, held: number, out: number): boolean =>
  held <= exact && rounds <= (known ?? Infinity) && out <= (bytes ?? Infinity)

/** What a run comes to; a device that lives and has no answer makes it infinite. */
export function ended({ order }: Scenario, outcome: SimulationOutcome): Ended {
  const living = outcome.devices.filter(({ isUp }) => isUp)
  const isWhole = living.every(({ state }) => state === 'final')
  const isExact = isWhole && outcome.maxRelativeError === 0
  return {
    rounds: isWhole ? outcome.rounds : Infinity,
    roundsToExact: isExact && order.method !== INEXACT ? outcome.roundsToExact : Infinity,
    bytes: median(living.map(({ bytesOut }) => bytesOut)),
    error: outcome.maxRelativeError,
    dimension: outcome.dimension,
  }
}

/** The method that comes close and never there. */
const INEXACT: string = 'laplacian'

/** Physics on the links that the devices of this run have. */
const boundFor = (scenario: Scenario, draws: number): number =>
  boundOf(
    enrol(scenario).graph,
    scenario.conditions,
    streams(scenario.seed)('bound'),
    scenario.conditions.loss === 0 && scenario.conditions.delay[1] === 0 ? 1 : draws,
  )
