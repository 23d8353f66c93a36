import { gate } from '../../../agent/fusion/gate.ts'
import { medianOf } from '../../../agent/fusion/gateShare.ts'
import { errorOf, type FleetOptions, fleetOf, partsOf, WEIGHTED } from './gateFleet.ts'

export interface TrialOptions extends Omit<FleetOptions, 'seed' | 'size'> {
  readonly size?: number
  readonly fleets?: number
}

/** Median errors over some fleets, and the shares of liars and of honest devices that were refused. */
export function trials({ size = 50, fleets = 60, ...options }: TrialOptions, model = WEIGHTED) {
  const runs = Array.from({ length: fleets }, (_, k) => {
    const parts = partsOf(fleetOf({ ...options, seed: 1000 + k, size }), model)
    const refused = new Set(gate(model, parts).map(({ index }) => index))
    const honest = parts.filter(({ index }) => index >= options.liars)
    return {
      gated: errorOf(
        parts.filter(({ index }) => !refused.has(index)),
        model,
      ),
      clean: errorOf(honest, model),
      plain: errorOf(parts, model),
      named: parts.filter(({ index }) => index < options.liars && refused.has(index)).length,
      wronged: honest.filter(({ index }) => refused.has(index)).length,
    }
  })
  const middle = (key: 'gated' | 'clean' | 'plain') => medianOf(runs.map((run) => run[key]))
  const all = (key: 'named' | 'wronged') => runs.reduce((sum, run) => sum + run[key], 0)
  return {
    gated: middle('gated'),
    plain: middle('plain'),
    clean: middle('clean'),
    named: all('named') / (fleets * options.liars),
    wronged: all('wronged') / (fleets * (size - options.liars)),
  }
}

export const printed = (found: ReturnType<typeof trials>): string =>
  Object.entries(found)
    .filter(([, value]) => !Number.isNaN(value))
    .map(([key, value]) => `${key} ${value.toPrecision(3)}`)
    .join(', ')
