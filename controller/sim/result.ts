import { mostSums } from '../../agent/fusion/model.ts'
import { decodeRecord } from '../../agent/wire/codec.ts'
import { Seal } from '../../agent/wire/messages.ts'
import { payloadOf } from '../../agent/wire/signature.ts'
import { someOf } from '../../agent/wire/words.ts'
import { figuresOf } from '../core/figures.ts'
import { collect, newCollection, toldIn } from '../core/result.ts'
import {
  type Agreement,
  type Consensus,
  documentOf,
  median,
  type ResultDocument,
} from '../core/resultDocument.ts'
import { isProvable, type Lie } from './lying.ts'
import type { Scenario } from './scenario.ts'
import type { DeviceOutcome, SimulationOutcome } from './simulator.ts'

/** The result document of a rehearsal: that of a job, and what only a simulator can know. */
export interface RehearsalDocument extends Omit<ResultDocument, 'agreement' | 'consensus'> {
  readonly agreement?: Agreement & {
    /** Greatest relative error of any component on any device against the exact sum. */
    readonly maxRelativeError: number
  }
  readonly consensus?: Consensus & {
    /** Rounds until the last device held the answer; `rounds`: until the last one knew that it did. */
    readonly roundsToExact: number
  }
  /** The devices that lied, where some were asked to. */
  readonly liars?: readonly LiarResult[]
}
export interface LiarResult {
  readonly device: string
  readonly lie: Lie
  /** What it did, and what became of it, for people. */
  readonly reason: string
  /** Whether what it contributed is in the sum. */
  readonly counted: boolean
}

/** Composes the document from what the living devices ended with. The same run gives the same bytes. */
export function rehearsalDocument(
  scenario: Scenario,
  outcome: SimulationOutcome,
): RehearsalDocument {
  const { order } = scenario
  const { roster, rosterHash, epoch, dimension, devices } = outcome
  // What one that tells others lies says of its answer is not asked.
  const living = devices.filter(({ isUp, lie }) => isUp && !isProvable(lie))
  const collection = newCollection(roster, rosterHash, epoch, dimension)
  for (const { report } of living)
    if (report)
      collect(collection, report, report.seal && decodeRecord(Seal, payloadOf(report.seal)))
  // Of several sums in a row nobody answers for those that are long past: who left one is missing, as the document says.
  const isLong = mostSums(order.model) > 1
  const nameless = living.filter(({ state, hasLeft }) => state !== 'final' && !(isLong && hasLeft))
  const isLiving = new Set(living.map(({ name }) => name))
  const document = documentOf(order, collection, {
    figures: (answer) => {
      const { sum, at } = answer
      return figuresOf(order.model, { epoch, sum, at, told: toldIn(answer) }, outcome.before)
    },
    online: (node) => isLiving.has(node),
    least: scenario.least ?? 1,
    unheard: `the run ended at round ${scenario.maxRounds}; ${longer(scenario)}`,
  })
  const { agreement, consensus, ...rest } = document
  const missing = new Set<string>(document.contributors?.missing)
  const liars = devices.flatMap(({ name, lie }) =>
    lie ? [liarResult(name, lie, document.contributors && !missing.has(name))] : [],
  )
  const reason = document.reason ?? unfinished(nameless, scenario, outcome)
  return {
    ...rest,
    ...(reason === undefined ? {} : { status: 'failed' as const, reason }),
    ...(agreement && {
      agreement: {
        ...agreement,
        identical: agreement.identical && nameless.length === 0,
        maxRelativeError: outcome.maxRelativeError,
      },
    }),
    ...(consensus && {
      consensus: {
        ...consensus,
        rounds: rounded(outcome.rounds),
        roundsToExact: rounded(outcome.roundsToExact),
        messagesPerDevice: median(living.map(({ messages }) => messages)),
        bytesPerDevice: median(living.map(({ bytesOut }) => bytesOut)),
        seconds: rounded((outcome.rounds * order.period) / 1000),
      },
    }),
    ...(liars.length > 0 && { liars }),
  }
}

const DEEDS: Readonly<Record<Lie, string>> = {
  equivocation: 'signed two different contributions',
  malformed: 'signed a contribution that is no vector of the job',
  misreading: 'contributed false readings',
}

function liarResult(device: string, lie: Lie, counted = false): LiarResult {
  const outcome = !isProvable(lie)
    ? 'which nobody can prove'
    : counted
      ? 'of which only one reached anybody'
      : 'which proves that it lied'
  return { device, lie, reason: `${DEEDS[lie]}, ${outcome}`, counted }
}

/** Why a rehearsal that has an answer is still no success: some device never had it. */
function unfinished(
  devices: readonly DeviceOutcome[],
  scenario: Scenario,
  { rounds }: SimulationOutcome,
): string | undefined {
  const [first] = devices
  if (first === undefined) return undefined
  const names = someOf(devices.map(({ name }) => name))
  const why = first.reason === undefined ? '' : ` (${first.name}: ${first.reason})`
  const advice = rounds < scenario.maxRounds ? '' : `; ${longer(scenario)}`
  const have = devices.length === 1 ? 'device has' : 'devices have'
  return `${devices.length} ${have} no answer after ${Math.ceil(rounds)} rounds: ${names}${why}${advice}`
}

/** What lets a run take longer: the option that ended it, or else the job's own timeout. */
const longer = ({ maxRounds, order }: Scenario): string =>
  maxRounds * order.period < order.timeout ? 'raise --max-rounds' : 'raise spec.consensus.timeout'

/** Times carry at most millionths: what lies beyond is the noise of a division. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6
