import * as z from 'zod/mini'
import { ID_PATTERN, quote, SENSOR_ID } from '../../agent/wire/ids.ts'
import type { Path } from '../../agent/wire/mistake.ts'
import { chance } from '../../agent/wire/modelFields.ts'
import { real } from '../../agent/wire/notes.ts'
import { checkValue, type Problem } from '../../agent/wire/problems.ts'
import { either } from '../../agent/wire/words.ts'

/**
 * Bayesian binary sensors of Home Assistant as jobs of type `event`: a sensor's observations are the kinds of evidence,
 * one to one. The form is that of homeassistant/components/bayesian/binary_sensor.py.
 */

/** A job that stands for one such sensor. */
export interface ImportedJob {
  readonly name: string
  readonly yaml: string
  /** Where the sensor stands in the document. */
  readonly path: Path
}

/** Where Home Assistant keeps no time, a job needs one: how often the probability is worked out. */
const EVERY = '10s'
const MOST_ID = 32

const observed = {
  entity_id: z.string(),
  prob_given_true: chance('Probability of the observation while the event is on.', '0.9'),
  prob_given_false: z.optional(chance('Probability of the observation while it is not on.', '0.1')),
}
const Observation = z.discriminatedUnion('platform', [
  z.strictObject({
    platform: z.literal('state'),
    to_state: z.union([z.string(), z.number(), z.boolean()]),
    ...observed,
  }),
  z.strictObject({
    platform: z.literal('numeric_state'),
    above: z.optional(real()),
    below: z.optional(real()),
    ...observed,
  }),
  z.strictObject({
    platform: z.literal('template'),
    value_template: z.string(),
    prob_given_true: z.unknown(),
    prob_given_false: z.optional(z.unknown()),
  }),
])
type Observation = z.output<typeof Observation>
const Sensor = z.strictObject({
  platform: z.literal('bayesian'),
  name: z.prefault(z.string(), 'Bayesian Binary Sensor'),
  unique_id: z.optional(z.unknown()),
  device_class: z.optional(z.unknown()),
  prior: chance('Probability before any observation.', '0.2'),
  probability_threshold: z.prefault(chance('On from this probability on.', '0.9'), 0.5),
  observations: z.union([z.array(Observation).check(z.minLength(1)), Observation]),
})

/** States of text, and the number that a sensor of ours gives for them. */
const STATES: Readonly<Record<string, 0 | 1>> = {
  on: 1,
  off: 0,
  open: 1,
  closed: 0,
  home: 1,
  not_home: 0,
}

/**
 * Makes a job of each bayesian sensor of a document; other sensors are left out.
 * @param named what the one job is called; absent: as the sensor is
 */
export function jobsOfHomeAssistant(
  document: unknown,
  named?: string,
): { readonly jobs: readonly ImportedJob[]; readonly problems: readonly Problem[] } {
  const sensors = bayesianIn(document)
  if (sensors.length === 0)
    return problem(
      [],
      'found no bayesian sensor, wanted "binary_sensor:" with "- platform: bayesian", as in configuration.yaml.',
    )
  if (named !== undefined && sensors.length > 1)
    return problem(
      sensors[1]?.path ?? [],
      `found ${sensors.length} bayesian sensors, wanted one: --name names one job. Leave it out, or give each sensor a file.`,
    )
  const made = sensors.map(({ path, value }) => jobOf(path, value, named))
  const jobs = made.flatMap((each) => ('yaml' in each ? [each] : []))
  const problems = [...made.flatMap((each) => ('yaml' in each ? [] : each)), ...repeated(jobs)]
  return { jobs: problems.length > 0 ? [] : jobs, problems }
}

const problem = (path: Path, text: string) => ({
  jobs: [],
  problems: [{ path, part: 'value' as const, text }],
})

const repeated = (jobs: readonly ImportedJob[]): Problem[] =>
  jobs.flatMap(({ name, path }, i) =>
    jobs.findIndex((each) => each.name === name) === i
      ? []
      : [
          {
            path: [...path, 'name'],
            part: 'value',
            text: `the name of the job would be ${name}, as that of a sensor above. Rename one of them.`,
          },
        ],
  )

interface Found {
  readonly path: Path
  readonly value: unknown
}

/** In configuration.yaml sensors stand under `binary_sensor`, alone or as a list; in a file that it includes, as a list. */
function bayesianIn(document: unknown): Found[] {
  if (Array.isArray(document)) return listed([], document)
  if (typeof document !== 'object' || document === null) return []
  if (isBayesian(document)) return [{ path: [], value: document }]
  return Object.entries(document).flatMap(([key, value]) => {
    // Home Assistant takes a label behind the word, so that it may stand there twice.
    if (!/^binary_sensor( |$)/.test(key)) return []
    return Array.isArray(value)
      ? listed([key], value)
      : isBayesian(value)
        ? [{ path: [key], value }]
        : []
  })
}

const listed = (path: Path, list: readonly unknown[]): Found[] =>
  list.flatMap((value, i) => (isBayesian(value) ? [{ path: [...path, i], value }] : []))

const isBayesian = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'platform' in value &&
  value.platform === 'bayesian'

function jobOf(at: Path, value: unknown, named: string | undefined): ImportedJob | Problem[] {
  const checked = checkValue(Sensor, value)
  if (!('value' in checked))
    return checked.problems.map((each) => ({ ...each, path: [...at, ...each.path] }))
  const sensor = checked.value
  const isList = Array.isArray(sensor.observations)
  const list: readonly Observation[] = Array.isArray(sensor.observations)
    ? sensor.observations
    : [sensor.observations]
  const problems: Problem[] = []
  const places = (i: number): Path => [...at, 'observations', ...(isList ? [i] : [])]
  const lines = list.flatMap((each, i) => {
    const made = evidenceOf(each, list.slice(0, i), places(i))
    if ('text' in made) problems.push(made)
    return 'text' in made ? [] : [made]
  })
  const name = named ?? nameOf(sensor.name)
  if (!ID_PATTERN.test(name))
    problems.push({
      path: [...at, ...(named === undefined ? ['name'] : [])],
      part: 'value',
      text: `found ${quote(named ?? sensor.name)}, of which no job name can be made, wanted 1-32 of a-z, 0-9 and -. Add --name NAME.`,
    })
  if (problems.length > 0) return problems
  return { name, yaml: yamlOf(name, sensor, lines), path: at }
}

interface Evidence {
  readonly id: string
  readonly entity: string
  readonly when: string
  readonly probGivenTrue: number
  readonly probGivenFalse: number
}

/** @param before the observations above it */
function evidenceOf(
  observation: Observation,
  before: readonly Observation[],
  at: Path,
): Evidence | Problem {
  const refuse = (key: string, text: string): Problem => ({
    path: [...at, key],
    part: 'value',
    text,
  })
  if (observation.platform === 'template')
    return refuse(
      'value_template',
      'found a template, which only Home Assistant can read. Leave this observation out here, and add it to the job as an expression over sensor ids: { id: hot, when: temperature > 25 and humidity < 40, probGivenTrue: 0.9, probGivenFalse: 0.1 }.',
    )
  const { entity_id: entity, prob_given_true: given, prob_given_false: otherwise } = observation
  const sensor = sensorOf(entity)
  if (sensor === undefined)
    return refuse(
      'entity_id',
      `found ${quote(entity)}, wanted one entity, such as sensor.bathroom_humidity.`,
    )
  const others = before.map((each) => ('entity_id' in each ? each : undefined))
  const twin = others.findIndex(
    (each) => each && each.entity_id !== entity && sensorOf(each.entity_id) === sensor,
  )
  if (twin >= 0)
    return refuse(
      'entity_id',
      `the sensor id of ${entity} would be ${sensor}, which is that of ${others[twin]?.entity_id} in observations[${twin}]. Rename one of them here, and call its sensor so on the device.`,
    )
  const same = others.findIndex((each) => each?.entity_id === entity && each.platform === 'state')
  if (observation.platform === 'state' && same >= 0)
    return refuse(
      'entity_id',
      `${entity} is observed in observations[${same}] already. Here one observation counts both ways, when it holds and when it does not: keep one of them.`,
    )
  const when = conditionOf(observation, sensor)
  if (typeof when !== 'string') return refuse(...when)
  if (otherwise === undefined)
    return refuse(
      'prob_given_false',
      `missing. Home Assistant leaves such an observation out; before 2022.10 it took 1 - prob_given_true, ${Number((1 - given).toPrecision(6))}. Write the one that is meant.`,
    )
  const count = others.filter((each) => each?.entity_id === entity).length
  const id = count === 0 ? sensor : `${sensor.slice(0, MOST_ID - 3)}_${count + 1}`
  return { id, entity, when, probGivenTrue: given, probGivenFalse: otherwise }
}

type Measured = Exclude<Observation, { readonly platform: 'template' }>

/** A condition over the sensor or, where there is none, the key that is wrong and why. */
function conditionOf(observation: Measured, sensor: string): string | [key: string, text: string] {
  if (observation.platform === 'numeric_state') {
    const { above, below } = observation
    const parts = [
      ...(above === undefined ? [] : [`${sensor} > ${above}`]),
      ...(below === undefined ? [] : [`${sensor} < ${below}`]),
    ]
    if (parts.length === 0)
      return ['platform', 'found neither "above" nor "below", wanted one of them or both.']
    if (above !== undefined && below !== undefined && above >= below)
      return ['below', `found ${below}, wanted more than above, ${above}.`]
    return parts.join(' and ')
  }
  const { to_state: state } = observation
  const number = typeof state === 'string' ? (STATES[state] ?? numberIn(state)) : state
  if (typeof number === 'number') return `${sensor} == ${number}`
  if (typeof number === 'boolean')
    return ['to_state', `found ${number}, wanted the state as text, such as "on" or "off".`]
  const known = Object.entries(STATES).map(([name, value]) => `${quote(name)} (${value})`)
  return [
    'to_state',
    `found ${quote(String(state))}, which has no number, wanted ${either(known)}, or a number. Give the device a sensor that is 1 in this state and 0 in others, name it in entity_id, and write "on".`,
  ]
}

const numberIn = (text: string): number | undefined =>
  /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined

/** `sensor.bathroom_humidity` is the sensor `bathroom_humidity` of a device. */
export function sensorOf(entity: string): string | undefined {
  const [, name = ''] = /^[a-z0-9_]+\.([a-z0-9_]+)$/.exec(entity) ?? []
  if (name === '') return undefined
  const id = (/^\d/.test(name) ? `_${name}` : name).slice(0, MOST_ID)
  return SENSOR_ID.test(id) ? id : `${id.slice(0, MOST_ID - 1)}_`
}

/** `In bed?` is the job `in-bed`. */
const nameOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MOST_ID)
    .replace(/-+$/, '')

function yamlOf(
  name: string,
  sensor: z.output<typeof Sensor>,
  evidence: readonly Evidence[],
): string {
  return [
    `# ${quote(sensor.name)} of Home Assistant. Each device that takes part has the sensors below, 1 for on, open or home.`,
    'apiVersion: hypernet.dev/v1',
    'kind: FusionJob',
    `metadata: { name: "${name}" }`,
    'spec:',
    '  model:',
    '    type: event',
    `    prior: ${sensor.prior}`,
    '    evidence:',
    ...evidence.flatMap(({ id, entity, when, probGivenTrue, probGivenFalse }) => [
      `      # ${entity}`,
      `      - { id: "${id}", when: "${when}", probGivenTrue: ${probGivenTrue}, probGivenFalse: ${probGivenFalse} }`,
    ]),
    `    decide: { posterior: ${sensor.probability_threshold} }`,
    `  window: { every: ${EVERY} }`,
    '',
  ].join('\n')
}
