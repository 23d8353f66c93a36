import * as z from 'zod/mini'
import { type Conflict, crossChecked } from '../../agent/wire/crossChecks.ts'
import { quote } from '../../agent/wire/ids.ts'
import { chance } from '../../agent/wire/modelFields.ts'
import { real } from '../../agent/wire/notes.ts'
import { either } from '../../agent/wire/words.ts'
import { sensorOf } from './homeAssistantNames.ts'

/** An observation of a bayesian sensor of Home Assistant (bayesian/binary_sensor.py), and the evidence that it is. */

const entity = z.string().check(
  z.refine((text) => sensorOf(text) !== undefined, {
    error: ({ input }) =>
      `found ${quote(String(input))}, wanted one entity, such as sensor.bathroom_humidity.`,
  }),
)
const state = z.union([z.string(), z.number(), z.boolean()]).check(
  z.refine((value) => numberOf(value) !== undefined, {
    error: ({ input }) => stateText(input as string | boolean),
  }),
)
const template = z.string().check(
  z.refine(() => false, {
    error:
      'found a template, which only Home Assistant can read. Leave this observation out here, and add it to the job as an expression over sensor ids: { id: hot, when: temperature > 25 and humidity < 40, probGivenTrue: 0.9, probGivenFalse: 0.1 }.',
  }),
)
const observed = {
  entity_id: entity,
  prob_given_true: chance('Probability of the observation while the event is on.', '0.9'),
  prob_given_false: z.optional(chance('Probability of the observation while it is not on.', '0.1')),
}
interface Observed {
  readonly prob_given_true: number
  readonly prob_given_false?: number | undefined
}
/** What is wrong with the two probabilities of an observation. */
const ODDS = [
  { reads: ['prob_given_false'], conflicts: missingConflicts },
  { reads: ['prob_given_true', 'prob_given_false'], conflicts: idleConflicts },
]
const stateFields = z.strictObject({ platform: z.literal('state'), to_state: state, ...observed })
const numericFields = z.strictObject({
  platform: z.literal('numeric_state'),
  above: z.optional(real()),
  below: z.optional(real()),
  ...observed,
})
export const Observation = z.discriminatedUnion('platform', [
  crossChecked(stateFields, ODDS),
  crossChecked(numericFields, [...ODDS, { reads: ['above', 'below'], conflicts: rangeConflicts }]),
  z.strictObject({
    platform: z.literal('template'),
    value_template: template,
    prob_given_true: z.optional(z.unknown()),
    prob_given_false: z.optional(z.unknown()),
  }),
])
type Observation = z.output<typeof Observation>

function missingConflicts({ prob_given_true: p, prob_given_false: q }: Observed): Conflict[] {
  if (q !== undefined) return []
  const taken = p > 0 && p < 1 ? `, ${Number((1 - p).toPrecision(6))}` : ''
  const text = `missing. Home Assistant leaves such an observation out; before 2022.10 it took 1 - prob_given_true${taken}. Write the one that is meant.`
  return [{ path: ['prob_given_false'], text }]
}

function idleConflicts({ prob_given_true: p, prob_given_false: q }: Observed): Conflict[] {
  if (p !== q) return []
  const text = `found ${q}, as prob_given_true: seen as often either way, it changes no probability. Write what is meant, or leave this observation out.`
  return [{ path: ['prob_given_false'], text }]
}

function rangeConflicts({ above, below }: z.output<typeof numericFields>): Conflict[] {
  if (above === undefined && below === undefined) {
    const text = 'found neither "above" nor "below", wanted one of them or both.'
    return [{ path: ['platform'], text }]
  }
  if (above === undefined || below === undefined || above < below) return []
  return [{ path: ['below'], text: `found ${below}, wanted more than above, ${above}.` }]
}

/** States of text, and the number that a sensor of ours gives for them. */
const STATES: Readonly<Record<string, 0 | 1>> = {
  on: 1,
  off: 0,
  open: 1,
  closed: 0,
  home: 1,
  not_home: 0,
}

function numberOf(value: string | number | boolean): number | undefined {
  if (typeof value !== 'string') return typeof value === 'number' ? value : undefined
  if (Object.hasOwn(STATES, value)) return STATES[value]
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined
}

function stateText(value: string | boolean): string {
  if (typeof value === 'boolean')
    return `found ${value}, wanted the state as text, such as "on" or "off".`
  const known = Object.entries(STATES).map(([name, number]) => `${quote(name)} (${number})`)
  return `found ${quote(value)}, which has no number, wanted ${either(known)}, or a number. Give the device a sensor that is 1 in this state and 0 in others, name it in entity_id, and write "on".`
}

/** One kind of evidence of a job, before it has a name. */
export interface Evidence {
  readonly entity: string
  readonly sensor: string
  readonly when: string
  /** It brings nothing where the condition does not hold. */
  readonly isAlone: boolean
  readonly probGivenTrue: number
  readonly probGivenFalse: number
}

/**
 * The evidence that an observation is; none of a template.
 * @param isOneOf others are of the same entity. Each then counts only where it holds, and a range has its upper end,
 * so that ranges that meet leave nothing out.
 */
export function evidenceOf(observation: Observation, isOneOf: boolean): Evidence | undefined {
  if (observation.platform === 'template') return undefined
  const { entity_id, prob_given_true, prob_given_false } = observation
  const sensor = sensorOf(entity_id)
  if (sensor === undefined || prob_given_false === undefined) return undefined
  return {
    entity: entity_id,
    sensor,
    when: conditionOf(observation, sensor, isOneOf),
    isAlone: isOneOf,
    probGivenTrue: prob_given_true,
    probGivenFalse: prob_given_false,
  }
}

function conditionOf(
  observation: Exclude<Observation, { readonly platform: 'template' }>,
  sensor: string,
  isOneOf: boolean,
): string {
  if (observation.platform === 'state') return `${sensor} == ${numberOf(observation.to_state)}`
  const { above, below } = observation
  return [
    ...(above === undefined ? [] : [`${sensor} > ${above}`]),
    ...(below === undefined ? [] : [`${sensor} ${isOneOf ? '<=' : '<'} ${below}`]),
  ].join(' and ')
}
