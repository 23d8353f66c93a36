import t from 'tap'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const smallest = {
  apiVersion: 'hypernet.dev/v1',
  kind: 'FusionJob',
  metadata: { name: 'soil-zinc' },
  spec: {
    selector: { matchLabels: { site: 'meuse' } },
    model: { type: 'leastSquares', response: 'log(zinc)', terms: [1, 'sqrt(dist)'] },
  },
}
const withSpec = (spec: object): object => ({ ...smallest, spec: { ...smallest.spec, ...spec } })
const read = (document: object): FusionJob => {
  const checked = checkValue(FusionJob, document)
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}
const problems = (document: object): string[] =>
  checkValue(FusionJob, document).problems.map(({ path, text }) => `${path.join('.')}: ${text}`)

t.test('the smallest job has a default for everything else', (t) => {
  t.strictSame(read(smallest), {
    ...smallest,
    metadata: { name: 'soil-zinc', labels: {} },
    spec: {
      selector: { matchLabels: { site: 'meuse' }, minNodes: 1 },
      model: {
        type: 'leastSquares',
        response: { expression: 'log(zinc)', unit: '' },
        terms: ['1', 'sqrt(dist)'],
        ridge: 0,
        robust: 'none',
        diagnostics: 'none',
      },
      window: { pace: 'clock', late: 0, missing: 'skip' },
      consensus: {
        method: 'auto',
        neighbors: 'auto',
        longLinks: 0,
        period: 500,
        timeout: 600_000,
      },
      privacy: 'none',
    },
  })
  t.end()
})

t.test('a job without a selector runs on every device', (t) => {
  const { selector: _, ...rest } = smallest.spec
  t.strictSame(read({ ...smallest, spec: rest }).spec.selector, { matchLabels: {}, minNodes: 1 })
  t.end()
})

t.test('a model takes its own options alone', (t) => {
  t.match(
    problems(withSpec({ model: { type: 'average', response: 'a', terms: [1] } }))[0],
    'spec.model.terms: no key of this type. Keys here are type, response.',
  )
  t.match(
    problems(withSpec({ model: { type: 'gaussian', sensor: 'a', ridge: 1 } }))[0],
    'spec.model.ridge: no key of this type. Keys here are type, sensor',
  )
  t.end()
})

t.test('what a job needs of a device is read with its units', (t) => {
  const resources = { cpus: 0.5, memory: '32MiB', storage: '10MB', bandwidth: '20kB' }
  t.strictSame(read(withSpec({ resources })).spec.resources, {
    cpus: 0.5,
    memory: 33_554_432,
    storage: 10_000_000,
    bandwidth: 20_000,
    runtime: 'builtin',
  })
  t.strictSame(problems(withSpec({ resources: { cpus: 0, memory: 32, turbines: 1 } })), [
    'spec.resources.cpus: found 0, wanted 0.001 to 1024.',
    'spec.resources.memory: found the bare number 32, wanted a size with its unit. Write 32KiB (units: B, kB, MB, GB, KiB, MiB, GiB).',
    'spec.resources.turbines: unknown key. Keys here are cpus, memory, storage, bandwidth, runtime.',
  ])
  t.end()
})

t.test('every option of the design that is not built is refused by name', (t) => {
  const specs: [string, object][] = [
    ['output', { output: { publish: ['coefficients'] } }],
    ['resources.runtime', { resources: { runtime: 'deno' } }],
    ['privacy', { privacy: 'masked' }],
    ['selector.maxNodes', { selector: { maxNodes: 5 } }],
    ['consensus.method', { consensus: { method: 'admm' } }],
    ['consensus.tolerance', { consensus: { tolerance: 1e-6 } }],
    ['consensus.maxRounds', { consensus: { maxRounds: 50 } }],
  ]
  for (const [path, spec] of specs) {
    const found = problems(withSpec(spec))
    t.equal(found.length, 1, path)
    t.match(found[0], new RegExp(`^spec.${path}: .*not built yet`))
  }
  t.end()
})

t.test('a job with times gives milliseconds', (t) => {
  const { spec } = read(
    withSpec({
      window: { size: '10m', every: '1m', late: '20s' },
      consensus: { period: '250ms', timeout: '30s' },
      deadline: '2h',
      epochs: 3,
    }),
  )
  t.match(spec.window, { size: 600_000, every: 60_000, late: 20_000 })
  t.match(spec.consensus, { period: 250, timeout: 30_000 })
  t.equal(spec.deadline, 7_200_000)
  t.equal(spec.epochs, 3)
  t.end()
})

t.test('the bounds of the wire are the bounds of the file', (t) => {
  for (const [good, bad, path] of [
    ['10ms', '9ms', 'consensus.period'],
    ['60s', '61s', 'consensus.period'],
  ] as const) {
    t.strictSame(problems(withSpec({ consensus: { period: good } })), [])
    t.match(problems(withSpec({ consensus: { period: bad } }))[0], `spec.${path}`)
  }
  const terms = (count: number) => ({
    model: { ...smallest.spec.model, terms: Array.from({ length: count }, (_, i) => `s${i}`) },
  })
  t.strictSame(problems(withSpec(terms(64))), [])
  t.match(problems(withSpec(terms(65)))[0], 'wanted 1 to 64 terms')
  t.end()
})

t.test('fields that contradict each other are told', (t) => {
  t.strictSame(problems(withSpec({ epochs: 3 })), [
    'spec.epochs: found 3, but the job does not repeat. Add window.every, or remove this.',
  ])
  t.strictSame(problems(withSpec({ window: { every: '1m', late: '90s' } })), [
    'spec.window.late: found 1m30s, wanted less than window.every, 1m.',
  ])
  t.strictSame(problems(withSpec({ model: { type: 'gaussian', unit: 'Cel', response: 'temp' } })), [
    'spec.model.unit: belongs to "sensor", which is not there. Write response: { sensor, unit }.',
  ])
  t.end()
})
