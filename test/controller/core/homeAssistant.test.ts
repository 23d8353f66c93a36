import t, { type Test } from 'tap'
import { compileModel, contribute, resultOf } from '../../../agent/fusion/model.ts'
import type { EventResult } from '../../../agent/fusion/results.ts'
import { readYaml } from '../../../agent/io/yaml/read.ts'
import { expressionProblems } from '../../../controller/core/expressionProblems.ts'
import { jobsOfHomeAssistant } from '../../../controller/core/homeAssistant.ts'
import { modelOf } from '../../../controller/core/jobModel.ts'
import { readJobs } from '../../../controller/io/jobFiles.ts'

type Row = Readonly<Record<string, number | null>>

const range = (entity: string, limits: string, p: number, q: number) =>
  `{ platform: numeric_state, entity_id: ${entity}, ${limits}, prob_given_true: ${p}, prob_given_false: ${q} }`
const state = (entity: string, to: string, p: number, q: number) =>
  `{ platform: state, entity_id: ${entity}, to_state: "${to}", prob_given_true: ${p}, prob_given_false: ${q} }`

/** The posterior that the job of a sensor with these observations has of one row, and the job's YAML. */
async function imported(t: Test, ...observations: string[]) {
  const text = `platform: bayesian\nprior: 0.3\nobservations:\n${observations.map((each) => `  - ${each}\n`).join('')}`
  const { documents } = await readYaml({ name: 'ha.yaml', text })
  const [document] = documents
  if (!document) throw new Error('the text has no document')
  const { jobs, problems } = jobsOfHomeAssistant(document)
  t.strictSame(problems, [])
  const read = await readJobs([{ name: 'job.yaml', text: jobs[0] ?? '' }], expressionProblems)
  t.strictSame(read.mistakes, [])
  const [job] = read.jobs
  if (!job) throw new Error('there is no job')
  const { model, window } = job.job.spec
  const sent = modelOf(model, window.every)
  const posterior = (row: Row) =>
    (resultOf(sent, contribute(compileModel(sent), [row]).vector) as EventResult).probability
  return { posterior, yaml: jobs[0] ?? '' }
}
const near = (t: Test, found: number, odds: number) =>
  t.ok(Math.abs(found / (odds / (1 + odds)) - 1) < 1e-14, `${found}`)
const PRIOR = 3 / 7

/*
 * Worked out by hand after binary_sensor.py of Home Assistant: odds times P(seen | on) / P(seen | off) for each
 * observation that counts. Of several of one entity (`multi`) only those count that hold, and `below` is inside.
 */
t.test('ranges of one entity count where they hold', async (t) => {
  const { posterior, yaml } = await imported(
    t,
    range('sensor.lux', 'below: 10', 0.6, 0.2),
    range('sensor.lux', 'above: 10, below: 100', 0.3, 0.5),
    range('sensor.lux', 'above: 100', 0.1, 0.3),
    state('binary_sensor.motion', 'on', 0.8, 0.25),
  )
  near(t, posterior({ lux: 5, motion: 1 }), PRIOR * 3 * 3.2)
  near(t, posterior({ lux: 10, motion: 1 }), PRIOR * 3 * 3.2)
  near(t, posterior({ lux: 10.5, motion: 0 }), PRIOR * 0.6 * (0.2 / 0.75))
  near(t, posterior({ lux: 100, motion: null }), PRIOR * 0.6)
  near(t, posterior({ lux: 101, motion: null }), PRIOR / 3)
  near(t, posterior({ lux: null, motion: 1 }), PRIOR * 3.2)
  t.match(
    yaml,
    'id: "lux_2", when: "lux > 10 and lux <= 100", otherwise: ignore, probGivenTrue: 0.3',
  )
  t.match(yaml, 'when: "motion == 1", probGivenTrue: 0.8')
})

t.test('so do several states of one entity', async (t) => {
  const { posterior } = await imported(
    t,
    state('person.ann', 'home', 0.7, 0.2),
    state('person.ann', 'not_home', 0.25, 0.6),
  )
  near(t, posterior({ ann: 1 }), PRIOR * 3.5)
  near(t, posterior({ ann: 0 }), PRIOR * (0.25 / 0.6))
  near(t, posterior({ ann: 0.5 }), PRIOR)
})

t.test('and a state beside a range', async (t) => {
  const { posterior } = await imported(
    t,
    state('sensor.mode', '3', 0.5, 0.1),
    range('sensor.mode', 'above: 3', 0.4, 0.8),
    range('sensor.mode', 'above: 2', 0.9, 0.6),
  )
  near(t, posterior({ mode: 3 }), PRIOR * 5 * 1.5)
  near(t, posterior({ mode: 4 }), PRIOR * 0.5 * 1.5)
  near(t, posterior({ mode: 1 }), PRIOR)
})

t.test('a single one counts both ways, without its upper end', async (t) => {
  const { posterior } = await imported(t, range('sensor.lux', 'above: 1, below: 10', 0.6, 0.2))
  near(t, posterior({ lux: 5 }), PRIOR * 3)
  near(t, posterior({ lux: 10 }), PRIOR * 0.5)
})

t.test('an entity that is called like the second of another has its own id', async (t) => {
  const { yaml } = await imported(
    t,
    range('sensor.lux', 'below: 10', 0.6, 0.2),
    range('sensor.lux', 'above: 10', 0.3, 0.5),
    range('sensor.lux_2', 'above: 10', 0.3, 0.5),
  )
  t.strictSame(
    [...yaml.matchAll(/id: "(\w+)"/g)].map(([, id]) => id),
    ['lux', 'lux_3', 'lux_2'],
  )
})
