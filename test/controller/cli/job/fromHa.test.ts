import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { expressionProblems } from '../../../../controller/core/expressionProblems.ts'
import { readJobs } from '../../../../controller/io/jobFiles.ts'
import { typed } from '../shell/recorder.ts'

const imported = (text: string, ...more: string[]) =>
  typed(COMMANDS, ['job', 'from-ha', '-', ...more], { stdin: Readable.from([Buffer.from(text)]) })

/** The jobs that the command prints, as `hypernet job check` reads them. */
async function jobsOf(t: Test, text: string, ...more: string[]) {
  const { code, out, err } = await imported(text, ...more)
  t.strictSame([code, err], [0, ''])
  const { jobs, mistakes } = await readJobs([{ name: 'job.yaml', text: out }], expressionProblems)
  t.strictSame(mistakes, [])
  return jobs.map(({ job }) => job)
}

/** The first example of Home Assistant's page on the integration, with what 2022.10 wants of it. */
const IN_BED = `# configuration.yaml
binary_sensor:
  - platform: template
    sensors: {}
  - platform: "bayesian"
    name: "In Bed"
    unique_id: "172b6ef1-e37e-4f04-8d64-891e84c02b43"
    prior: 0.25
    probability_threshold: 0.8
    observations:
      - platform: "state"
        entity_id: "binary_sensor.bedroom_motion"
        prob_given_true: 0.5
        prob_given_false: 0.2
        to_state: "on"
      - platform: numeric_state
        entity_id: sensor.bedroom_light
        above: 1.5
        below: 20
        prob_given_true: 0.4
        prob_given_false: 0.7
`

t.test('observations become evidence, one to one', async (t) => {
  const [job, ...more] = await jobsOf(t, IN_BED)
  t.strictSame(more, [])
  t.equal(job?.metadata.name, 'in-bed')
  t.strictSame(job?.spec.model, {
    type: 'event',
    prior: 0.25,
    evidence: [
      {
        id: 'bedroom_motion',
        when: 'bedroom_motion == 1',
        probGivenTrue: 0.5,
        probGivenFalse: 0.2,
        missing: 'ignore',
      },
      {
        id: 'bedroom_light',
        when: 'bedroom_light > 1.5 and bedroom_light < 20',
        probGivenTrue: 0.4,
        probGivenFalse: 0.7,
        missing: 'ignore',
      },
    ],
    decide: { posterior: 0.8 },
  })
  t.equal(job?.spec.window.every, 10_000)
})

const bayesian = (observation: string, more = 'prior: 0.2') =>
  `binary_sensor:\n  platform: bayesian\n  name: Leak\n  ${more}\n  observations:\n    - { ${observation} }\n`
const P = 'prob_given_true: 0.9, prob_given_false: 0.1'

t.test('every form and state that has a number is taken', async (t) => {
  const cases: [text: string, when: string][] = [
    [bayesian(`platform: state, entity_id: cover.roof, to_state: closed, ${P}`), 'roof == 0'],
    [bayesian(`platform: state, entity_id: person.ann, to_state: not_home, ${P}`), 'ann == 0'],
    [bayesian(`platform: state, entity_id: sensor.mode, to_state: "3", ${P}`), 'mode == 3'],
    [
      bayesian(`platform: numeric_state, entity_id: sensor.2nd_floor, below: -4, ${P}`),
      '_2nd_floor < -4',
    ],
    [
      `- platform: bayesian\n  prior: 0.1\n  observations:\n    platform: numeric_state\n    entity_id: sensor.x\n    above: 3\n    prob_given_true: 0.9\n    prob_given_false: 0.2\n`,
      'x > 3',
    ],
    [
      `binary_sensor upstairs:\n  - platform: bayesian\n    prior: 0.1\n    observations:\n      - { platform: state, entity_id: light.hall, to_state: "on", ${P} }\n`,
      'hall == 1',
    ],
  ]
  for (const [text, when] of cases) {
    const [job] = await jobsOf(t, text)
    t.match(job?.spec.model, { evidence: [{ when }], decide: { posterior: 0.5 } }, when)
  }
  const [half] = await jobsOf(t, cases[0]?.[0] ?? '', '--name', 'roof-leak')
  t.match(half, {
    metadata: { name: 'roof-leak' },
    spec: { model: { decide: { posterior: 0.5 } } },
  })
})

t.test('ranges of one entity get names of their own, and several sensors a job each', async (t) => {
  const range = (above: number, below: number) =>
    `      - { platform: numeric_state, entity_id: sensor.lux, above: ${above}, below: ${below}, ${P} }\n`
  const jobs = await jobsOf(
    t,
    `binary_sensor:\n  - platform: bayesian\n    name: Dusk!\n    prior: 0.1\n    observations:\n${range(1, 9)}${range(9, 90)}  - platform: bayesian\n    name: Dawn\n    prior: 0.1\n    observations:\n${range(1, 9)}`,
  )
  t.strictSame(
    jobs.map(({ metadata, spec: { model } }) => [
      metadata.name,
      model.type === 'event' && model.evidence.map(({ id }) => id),
    ]),
    [
      ['dusk', ['lux', 'lux_2']],
      ['dawn', ['lux']],
    ],
  )
})

/** As configuration.yaml mostly is: tags everywhere, anchors, and a key of its own that stands twice. */
const WHOLE = `homeassistant:
  name: Home
  packages: !include_dir_named packages
  latitude: !secret latitude
recorder: &slow
  commit_interval: 30
history: *slow
light: { a: 1, a: 2 }
automation: !include automations.yaml
binary_sensor:
  - platform: template
    sensors: !include sensors.yaml
  - platform: bayesian
    name: Küche besetzt!
    prior: 0.3
    observations:
      - { platform: state, entity_id: binary_sensor.motion, to_state: "on", prob_given_true: 0.9, prob_given_false: 0.2 }
`

t.test('tags and anchors may stand outside of the sensors', async (t) => {
  const [job] = await jobsOf(t, WHOLE)
  t.equal(job?.metadata.name, 'kuche-besetzt')
})

t.test('within them, and around them, each is told', async (t) => {
  const text = WHOLE.replace('prior: 0.3', 'prior: !secret prior')
    .replace('name: Küche besetzt!', 'name: &name Küche')
    .replace('to_state: "on"', 'to_state: !state "on"')
  const tag =
    'found a tag ("!..."). Tags are not taken; write the value without it, or in quotes if it is text.'
  const { code, err } = await imported(text)
  t.equal(code, 2)
  t.strictSame(err.trimEnd().split('\n'), [
    'stdin:14:11 binary_sensor[1].name: found the anchor "&name". Anchors are not taken; write the value out where it is needed.',
    `stdin:15:12 binary_sensor[1].prior: ${tag}`,
    `stdin:17:71 binary_sensor[1].observations[0].to_state: ${tag}`,
  ])
  t.match(await imported(WHOLE.replace('binary_sensor:', 'binary_sensor: !mine')), {
    code: 2,
    err: `stdin:10:16 binary_sensor: ${tag}\n`,
  })
  t.match(await imported(`${WHOLE}binary_sensor: []\n`), {
    code: 2,
    err: /^stdin:18:1 binary_sensor: the key "binary_sensor" stands twice/,
  })
})

t.test('sensors in another file are told', async (t) => {
  const included = (text: string) => `${text}binary_sensor attic: !include attic.yaml\n`
  const { code, out, err } = await imported(included(WHOLE))
  t.match([code, out], [0, 'kuche-besetzt'])
  t.equal(
    err,
    'warning: stdin:18:31 ["binary_sensor attic"]: found !include attic.yaml, which is not followed. Give that file itself: hypernet job from-ha attic.yaml\n',
  )
})

t.test('what may not be meant is a warning', async (t) => {
  const name = 'outside_air_temperature_fahrenheit'
  const text = `binary_sensor:
  platform: bayesian
  name: Whether anybody is in the kitchen now
  prior: 0.2
  observations:
    - { platform: numeric_state, entity_id: sensor.${name}, above: 5, ${P} }
    - { platform: state, entity_id: light.hall, to_state: on, ${P} }
`
  const { code, out, err } = await imported(text)
  t.equal(code, 0)
  t.match(out, 'when: "outside_air_temperature_fahrenhe > 5"')
  t.match(out, 'when: "hall == 1"')
  t.strictSame(err.trimEnd().split('\n'), [
    'warning: stdin:3:9 binary_sensor.name: the name of the job is cut to whether-anybody-is-in-the-kitche, 32 characters. Add --name for another.',
    "warning: stdin:6:45 binary_sensor.observations[0].entity_id: the sensor id of sensor.outside_air_temperature_fahrenheit is cut to outside_air_temperature_fahrenhe, as an id has 32 characters at most. Call the device's sensor so.",
    'warning: stdin:7:59 binary_sensor.observations[1].to_state: found on without quotes, which Home Assistant reads as "True", a state that no entity has: there this never holds. It is taken as "on"; put it in quotes there, too.',
  ])
  t.match(await imported(text.replace('to_state: on', "to_state: 'off'"), '--name', 'kitchen'), {
    code: 0,
    err: /^warning: stdin:6:45 .*\n$/,
  })
})

t.test('all mistakes are told, whatever else is wrong', async (t) => {
  const text = `binary_sensor:
  - platform: bayesian
    name: A
    prior: 1
    probability_threshold: 1
    observations:
      - { platform: template, value_template: "{{ x }}", prob_given_true: 1 }
      - { platform: state, entity_id: sensor.a, to_state: playing, prob_given_true: 1 }
      - { platform: numeric_state, entity_id: light.a, prob_given_true: 0.5, prob_given_false: 0.5 }
      - { platform: zone }
      - 3
  - platform: bayesian
    name: a!
    probability_threshold: 0
    observations: []
`
  const { code, err } = await imported(text)
  t.equal(code, 2)
  t.strictSame(
    err
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^(\S+ \S+: .{0,44}).*$/, '$1')),
    [
      'stdin:4:12 binary_sensor[0].prior: found 1, wanted 0 < p < 1. What is certain n',
      'stdin:5:28 binary_sensor[0].probability_threshold: found 1, wanted 0 < p < 1. A threshold is co',
      'stdin:7:47 binary_sensor[0].observations[0].value_template: found a template, which only Home Assistant ',
      'stdin:8:9 binary_sensor[0].observations[1].prob_given_false: missing. Home Assistant leaves such an obser',
      'stdin:8:59 binary_sensor[0].observations[1].to_state: found "playing", which has no number, wanted',
      'stdin:8:85 binary_sensor[0].observations[1].prob_given_true: found 1, wanted 0 < p < 1. What is certain n',
      'stdin:9:21 binary_sensor[0].observations[2].platform: found neither "above" nor "below", wanted on',
      'stdin:9:47 binary_sensor[0].observations[2].entity_id: the sensor id of light.a would be a, which i',
      'stdin:9:96 binary_sensor[0].observations[2].prob_given_false: found 0.5, as prob_given_true: seen as often',
      'stdin:10:21 binary_sensor[0].observations[3].platform: found "zone", wanted "state", "numeric_state',
      'stdin:11:9 binary_sensor[0].observations[4]: found 3, wanted a map with platform.',
      'stdin:12:5 binary_sensor[1].prior: missing, wanted a number (0 < p < 1). Probab',
      'stdin:13:11 binary_sensor[1].name: the name of the job would be a, as that of a',
      'stdin:14:28 binary_sensor[1].probability_threshold: found 0, wanted 0 < p < 1. A threshold is co',
      'stdin:15:19 binary_sensor[1].observations: found a list of 0, wanted at least 1 item.',
    ],
  )
  t.match(err, 'A threshold is compared with the probability, which stays below 1; try 0.99.')
})

t.test('what is no such sensor, or cannot be a job, is told with its place', async (t) => {
  const state = (more: string) => bayesian(`platform: state, entity_id: sensor.a, ${more}`)
  const cases: [text: string, ...lines: string[]][] = [
    [
      'sensor: []\n',
      'stdin:1:1 found no bayesian sensor, wanted "binary_sensor:" with "- platform: bayesian", as in configuration.yaml.',
    ],
    [
      'binary_sensor: !include sensors.yaml\n',
      'stdin:1:25 binary_sensor: found !include sensors.yaml, which is not followed. Give that file itself: hypernet job from-ha sensors.yaml',
    ],
    [
      bayesian(
        "platform: template, value_template: \"{{ is_state('a', 'b') }}\", prob_given_true: 0.9",
      ),
      'stdin:6:45 binary_sensor.observations[0].value_template: found a template, which only Home Assistant can read. Leave this observation out here, and add it to the job as an expression over sensor ids: { id: hot, when: temperature > 25 and humidity < 40, probGivenTrue: 0.9, probGivenFalse: 0.1 }.',
    ],
    [
      state(`to_state: playing, ${P}`),
      'stdin:6:57 binary_sensor.observations[0].to_state: found "playing", which has no number, wanted "on" (1), "off" (0), "open" (1), "closed" (0), "home" (1) or "not_home" (0), or a number. Give the device a sensor that is 1 in this state and 0 in others, name it in entity_id, and write "on".',
    ],
    [
      state(`to_state: true, ${P}`),
      'stdin:6:57 binary_sensor.observations[0].to_state: found true, wanted the state as text, such as "on" or "off".',
    ],
    [
      state('to_state: "on", prob_given_true: 0.9'),
      'stdin:6:7 binary_sensor.observations[0].prob_given_false: missing. Home Assistant leaves such an observation out; before 2022.10 it took 1 - prob_given_true, 0.1. Write the one that is meant.',
    ],
    [
      state('to_state: "on", prob_given_true: 1, prob_given_false: 0'),
      'stdin:6:80 binary_sensor.observations[0].prob_given_true: found 1, wanted 0 < p < 1. What is certain no evidence can ever change; try 0.999.',
      'stdin:6:101 binary_sensor.observations[0].prob_given_false: found 0, wanted 0 < p < 1. What is impossible no evidence can ever change; try 0.001.',
    ],
    [
      state(`tostate: "on", ${P}`),
      'stdin:6:47 binary_sensor.observations[0].tostate: unknown key. Did you mean "to_state"?',
    ],
    [
      bayesian(`platform: numeric_state, entity_id: sensor.a, ${P}`),
      'stdin:6:19 binary_sensor.observations[0].platform: found neither "above" nor "below", wanted one of them or both.',
    ],
    [
      bayesian(`platform: numeric_state, entity_id: sensor.a, above: 5, below: 5, ${P}`),
      'stdin:6:72 binary_sensor.observations[0].below: found 5, wanted more than above, 5.',
    ],
    [
      bayesian(`platform: numeric_state, entity_id: "sensor.a, sensor.b", above: 5, ${P}`),
      'stdin:6:45 binary_sensor.observations[0].entity_id: found "sensor.a, sensor.b", wanted one entity, such as sensor.bathroom_humidity.',
    ],
    [
      bayesian(`platform: zone, entity_id: sensor.a, ${P}`),
      'stdin:6:19 binary_sensor.observations[0].platform: found "zone", wanted "state", "numeric_state" or "template".',
    ],
    [
      bayesian(
        `platform: state, entity_id: sensor.a, to_state: "on", ${P}`,
        'probability_threshold: 0.9',
      ),
      'stdin:1:1 binary_sensor.prior: missing, wanted a number (0 < p < 1). Probability before any observation.',
    ],
    [
      bayesian(`platform: state, entity_id: sensor.a, to_state: "on", ${P}`, 'prior: 20'),
      'stdin:4:10 binary_sensor.prior: found 20, wanted 0 < p < 1. It is a probability, not a percentage.',
    ],
    [
      `${bayesian(`platform: state, entity_id: light.hall, to_state: "on", ${P}`)}    - { platform: numeric_state, entity_id: sensor.hall, above: 1, ${P} }\n`,
      'stdin:7:45 binary_sensor.observations[1].entity_id: the sensor id of sensor.hall would be hall, which is that of light.hall in observations[0]. Rename one of them here, and call its sensor so on the device.',
    ],
    [
      bayesian(`platform: state, entity_id: sensor.a, to_state: "on", ${P}`).replace(
        'Leak',
        '"漏水"',
      ),
      'stdin:3:9 binary_sensor.name: found "漏水", of which no job name can be made, wanted 1-32 of a-z, 0-9 and -. Add --name NAME.',
    ],
    [
      `${IN_BED}${IN_BED.slice(IN_BED.indexOf('  - platform: "bay'))}`,
      'stdin:23:11 binary_sensor[2].name: the name of the job would be in-bed, as that of a sensor above. Rename one of them.',
    ],
  ]
  for (const [text, ...lines] of cases) {
    const { code, out, err } = await imported(text)
    t.strictSame([code, out], [2, ''])
    t.strictSame(err.trimEnd().split('\n'), lines, text)
  }
  const two = `${IN_BED}${IN_BED.slice(IN_BED.indexOf('  - platform: "bay')).replace('In Bed', 'Out')}`
  t.match(await imported(two, '--name', 'x'), {
    code: 2,
    err: 'stdin:22:5 binary_sensor[2]: found 2 bayesian sensors, wanted one: --name names one job. Leave it out, or give each sensor a file.\n',
  })
  t.match(await imported(IN_BED, '--name', 'No Name'), {
    code: 2,
    err: 'stdin:5:5 binary_sensor[1]: found "No Name", of which no job name can be made, wanted 1-32 of a-z, 0-9 and -. Add --name NAME.\n',
  })
})
