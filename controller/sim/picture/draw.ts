import { type Bitset, fullSet } from '../../../agent/wire/bitset.ts'
import { scaledToRoster } from '../estimate.ts'
import { isProvable } from '../lying.ts'
import type { RehearsalOptions } from '../options.ts'
import type { Scenario } from '../scenario.ts'
import { type DeviceOutcome, type SimulationOutcome, simulate } from '../simulator.ts'
import { newErrorHistory } from './errors.ts'
import type { Ending } from './graphPanel.ts'
import type { Layout } from './layout.ts'
import { pictureOf } from './picture.ts'

/**
 * Draws a run that has ended, as SVG. Errors can only be told once the answer is known, so the run is
 * played again from its seed, this time looked at: recording costs nothing where no picture is wanted.
 */
export function draw(
  scenario: Scenario,
  outcome: SimulationOutcome,
  options: RehearsalOptions,
): string {
  const { devices, rounds, graph } = outcome
  const size = devices.length
  const contributors = prevailing(devices) ?? fullSet(size)
  const exact = scaledToRoster(outcome.exactSum(contributors), contributors, size)
  const { history, look } = newErrorHistory(size, exact)
  simulate({ ...scenario, trace: undefined, look })
  const { period } = scenario.order
  return pictureOf({
    title: `${scenario.order.job} by ${scenario.order.method}`,
    subtitle: subtitleOf(scenario, options),
    history,
    ended: devices.flatMap(({ isUp, state, endedAt, lie }, i) =>
      isUp && state === 'final' && !isProvable(lie)
        ? [{ exactAt: history.exactSince[i] ?? Number.NaN, stoppedAt: endedAt / period }]
        : [],
    ),
    rounds: Math.max(rounds, history.rounds.at(-1) ?? 0),
    graph,
    layout: layoutOf(options.graph),
    endings: devices.map(endingOf),
    names: devices.map(({ name }) => name),
  })
}

/** Contributors of the answer that most living devices hold. */
function prevailing(devices: readonly DeviceOutcome[]): Bitset | undefined {
  const held = new Map<string, { contributors: Bitset; by: number }>()
  for (const { isUp, answer, lie } of devices) {
    if (!isUp || !answer || isProvable(lie)) continue
    const known = held.get(answer.key) ?? { contributors: answer.contributors, by: 0 }
    held.set(answer.key, { ...known, by: known.by + 1 })
  }
  return [...held.values()].sort((a, b) => b.by - a.by)[0]?.contributors
}

function endingOf({ isUp, state, lie }: DeviceOutcome): Ending {
  if (lie !== undefined) return 'liar'
  if (!isUp) return 'crashed'
  return state === 'final' ? 'answered' : 'unanswered'
}

function layoutOf(graph: RehearsalOptions['graph']): Layout {
  if (graph?.kind === 'grid') return 'grid'
  const isRound = graph && ['ring', 'complete', 'smallworld'].includes(graph.kind)
  return isRound ? 'circle' : 'springs'
}

/** What the run was, as its options say. */
function subtitleOf(
  { devices, seed }: Scenario,
  { graph, conditions: { loss, delay, duplicate }, crash, join, liars }: RehearsalOptions,
): string {
  const kind = graph?.kind === 'regular' ? `regular:${graph.degree}` : graph?.kind
  const parts = [
    graph === undefined
      ? 'random overlay'
      : graph.kind === 'file'
        ? graph.name.replace(/^.*[/\\]/, '')
        : kind,
    `${devices.length} devices`,
    loss > 0 && `loss ${percent(loss)}`,
    delay[1] > 0 && `delay ${delay[0]}..${delay[1]} rounds`,
    duplicate > 0 && `duplicates ${percent(duplicate)}`,
    crash && `${percent(crash.fraction)} crash in round ${crash.round}`,
    join && `${join.count} join in round ${join.round}`,
    liars > 0 && `${percent(liars)} lie`,
    `seed ${seed}`,
  ]
  return parts.filter(Boolean).join(', ')
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`
