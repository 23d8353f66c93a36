import * as z from 'zod/mini'
import { ID_PATTERN, quote } from '../../agent/wire/ids.ts'
import type { Path } from '../../agent/wire/mistake.ts'
import { chance, threshold } from '../../agent/wire/modelFields.ts'
import { checkValue, type Problem } from '../../agent/wire/problems.ts'
import { type Evidence, evidenceOf, Observation } from './homeAssistantEvidence.ts'
import { freeId, isJobNameCut, isSensorCut, jobNameOf, sensorOf } from './homeAssistantNames.ts'
import { bayesianIn, type Found } from './homeAssistantSensors.ts'

/** Bayesian binary sensors of Home Assistant as jobs of type `event`: a sensor's observations are the kinds of evidence. */

/** A document as it was read. */
export interface HomeAssistantDocument {
  readonly value: unknown
  /** Whether the value there stands without quotes. */
  isPlainAt(path: Path): boolean
}

/** Jobs that stand for such sensors, as YAML, or what is wrong with them. */
export interface Imported {
  readonly jobs: readonly string[]
  readonly problems: readonly Problem[]
  /** What is taken over, but perhaps not as it was meant. */
  readonly warnings: readonly Problem[]
}

/** Where Home Assistant keeps no time, a job needs one: how often the probability is worked out. */
const EVERY = '10s'

const DEFAULT_NAME = 'Bayesian Binary Sensor'
const Sensor = z.strictObject({
  platform: z.literal('bayesian'),
  name: z.prefault(z.string(), DEFAULT_NAME),
  unique_id: z.optional(z.unknown()),
  device_class: z.optional(z.unknown()),
  prior: chance('Probability before any observation.', '0.2'),
  probability_threshold: z.prefault(threshold('On from this probability on.', '0.9'), 0.5),
  observations: z.union([
    z.array(z.unknown()).check(z.minLength(1)),
    z.record(z.string(), z.unknown()),
  ]),
})

/**
 * Makes a job of each bayesian sensor of a document; other sensors are left out.
 * @param named what the one job is called; absent: as the sensor is
 */
export function jobsOfHomeAssistant(document: HomeAssistantDocument, named?: string): Imported {
  const sensors = bayesianIn(document.value)
  const refused = (path: Path, text: string) => ({
    jobs: [],
    problems: [problem(path, text)],
    warnings: [],
  })
  if (sensors.length === 0)
    return refused(
      [],
      'found no bayesian sensor, wanted "binary_sensor:" with "- platform: bayesian", as in configuration.yaml.',
    )
  if (named !== undefined && sensors.length > 1)
    return refused(
      sensors[1]?.path ?? [],
      `found ${sensors.length} bayesian sensors, wanted one: --name names one job. Leave it out, or give each sensor a file.`,
    )
  const names = sensors.map(({ value }) => named ?? jobNameOf(nameIn(value) ?? ''))
  const made = sensors.map((sensor, i) => jobOf(sensor, names[i] ?? '', named, document))
  const problems = [...made.flatMap((each) => each.problems), ...repeated(sensors, names)]
  return {
    jobs: problems.length > 0 ? [] : made.flatMap(({ jobs }) => jobs),
    problems,
    warnings: made.flatMap(({ warnings }) => warnings),
  }
}

const problem = (path: Path, text: string): Problem => ({ path, part: 'value', text })

/** What it is called; `undefined` where that is no text, of which its schema tells. */
function nameIn(sensor: unknown): string | undefined {
  const name = at(sensor, 'name') ?? DEFAULT_NAME
  return typeof name === 'string' ? name : undefined
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined

const repeated = (sensors: readonly Found[], names: readonly string[]): Problem[] =>
  sensors.flatMap(({ path }, i) => {
    const name = names[i] ?? ''
    if (name === '' || names.indexOf(name) === i) return []
    const text = `the name of the job would be ${name}, as that of a sensor above. Rename one of them.`
    return [problem([...path, 'name'], text)]
  })

function jobOf(
  { path, value }: Found,
  name: string,
  named: string | undefined,
  document: HomeAssistantDocument,
): Imported {
  const checked = checkValue(Sensor, value)
  const given = nameIn(value)
  const namePath = [...path, ...(named === undefined ? ['name'] : [])]
  const told = observationsOf(at(value, 'observations'), [...path, 'observations'], document)
  const problems = [
    ...checked.problems.map((each) => ({ ...each, path: [...path, ...each.path] })),
    ...told.problems,
    ...(given === undefined || ID_PATTERN.test(name)
      ? []
      : [
          problem(
            namePath,
            `found ${quote(named ?? given)}, of which no job name can be made, wanted 1-32 of a-z, 0-9 and -. Add --name NAME.`,
          ),
        ]),
  ]
  const isCut = named === undefined && isJobNameCut(given ?? '')
  const warnings = [
    ...(isCut
      ? [
          problem(
            namePath,
            `the name of the job is cut to ${name}, 32 characters. Add --name for another.`,
          ),
        ]
      : []),
    ...told.warnings,
  ]
  const jobs = 'value' in checked ? [yamlOf(name, checked.value, told.evidence)] : []
  return { jobs, problems, warnings }
}

interface Told {
  readonly evidence: readonly Evidence[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** What observations tell. Each is looked at, whatever is wrong with others. */
function observationsOf(written: unknown, path: Path, { isPlainAt }: HomeAssistantDocument): Told {
  const isList = Array.isArray(written)
  const isMap = typeof written === 'object' && written !== null
  const list: readonly unknown[] = isList ? written : isMap ? [written] : []
  const entities = list.map((each) => at(each, 'entity_id'))
  const evidence: Evidence[] = []
  const problems: Problem[] = []
  const warnings: Problem[] = []
  list.forEach((each, i) => {
    const place: Path = isList ? [...path, i] : path
    const checked = checkValue(Observation, each)
    problems.push(
      ...checked.problems.map((found) => ({ ...found, path: [...place, ...found.path] })),
    )
    const entity = entities[i]
    const isOneOf = entities.filter((other) => other === entity).length > 1
    const made = 'value' in checked ? evidenceOf(checked.value, isOneOf) : undefined
    if (made) evidence.push(made)
    if (typeof entity !== 'string') return
    problems.push(...twins(entity, entities.slice(0, i), [...place, 'entity_id']))
    if (isSensorCut(entity) && entities.indexOf(entity) === i)
      warnings.push(problem([...place, 'entity_id'], cutText(entity)))
    const state = at(each, 'to_state')
    const isTruth = typeof state === 'string' && TRUTHS.test(state)
    if (isTruth && isPlainAt([...place, 'to_state']))
      warnings.push(problem([...place, 'to_state'], truthText(state)))
  })
  return { evidence, problems, warnings }
}

/** Another entity above it that would be the same sensor. */
function twins(entity: string, before: readonly unknown[], path: Path): Problem[] {
  const sensor = sensorOf(entity)
  const twin = before.findIndex(
    (other) => typeof other === 'string' && other !== entity && sensorOf(other) === sensor,
  )
  if (sensor === undefined || twin < 0) return []
  return [
    problem(
      path,
      `the sensor id of ${entity} would be ${sensor}, which is that of ${before[twin]} in observations[${twin}]. Rename one of them here, and call its sensor so on the device.`,
    ),
  ]
}

const cutText = (entity: string): string =>
  `the sensor id of ${entity} is cut to ${sensorOf(entity)}, as an id has 32 characters at most. Call the device's sensor so.`

/** Words that YAML 1.1, and so Home Assistant, reads as true or false where they have no quotes. */
const TRUTHS = /^(on|off|yes|no)$/i
const truthText = (state: string): string => {
  const read = /^(on|yes)$/i.test(state) ? 'True' : 'False'
  return `found ${state} without quotes, which Home Assistant reads as ${quote(read)}, a state that no entity has: there this never holds. It is taken as ${quote(state)}; put it in quotes there, too.`
}

function yamlOf(
  name: string,
  sensor: z.output<typeof Sensor>,
  evidence: readonly Evidence[],
): string {
  // An id of an entity's own name comes first, so that lux_2 is never the second one of lux.
  const taken = new Set(evidence.map(({ sensor }) => sensor))
  const used = new Set<string>()
  const lines = evidence.flatMap((each) => {
    const id = used.has(each.sensor) ? freeId(each.sensor, taken) : each.sensor
    used.add(id)
    taken.add(id)
    const otherwise = each.isAlone ? ', otherwise: ignore' : ''
    return [
      `      # ${each.entity}`,
      `      - { id: "${id}", when: "${each.when}"${otherwise}, probGivenTrue: ${each.probGivenTrue}, probGivenFalse: ${each.probGivenFalse} }`,
    ]
  })
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
    ...lines,
    `    decide: { posterior: ${sensor.probability_threshold} }`,
    `  window: { every: ${EVERY} }`,
    '',
  ].join('\n')
}
