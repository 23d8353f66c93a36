import { createHash } from 'node:crypto'
import t from 'tap'
import { compileModel, contribute } from '../../../agent/fusion/model.ts'
import { encodeVector } from '../../../agent/math/wireForm.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { fleetId, jobId } from '../../../agent/wire/ids.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { Contribution } from '../../../agent/wire/messages.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { signCose } from '../../../agent/wire/signature.ts'
import { candidatesOf } from '../../../controller/cli/job/candidates.ts'
import { compileJob } from '../../../controller/core/compile.ts'
import { type Asked, explainJob } from '../../../controller/core/explain.ts'
import { select } from '../../../controller/core/roster.ts'

function explained(spec: object, asked?: Asked | number, code?: string): readonly string[] {
  const checked = checkValue(FusionJob, {
    apiVersion: 'hypernet.dev/v1',
    kind: 'FusionJob',
    metadata: { name: 'soil-zinc' },
    spec,
  })
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  const job = checked.value
  const terms = { job: jobId('soil-zinc'), fleet: fleetId('lab'), generation: 1, code }
  const order = compileJob(job, terms)
  return explainJob(job, order, typeof asked === 'number' ? { devices: asked } : asked).lines
}
const zinc = { type: 'leastSquares', response: 'log(zinc)', terms: [1, 'sqrt(dist)'] }

t.test('a job that has too little time for its rounds is warned of', (t) => {
  const warned = (consensus: object, window: object = {}) =>
    explained({ model: zinc, consensus: { method: 'ratio', ...consensus }, window }, 155).filter(
      (line) => line.startsWith('Warning'),
    )
  t.strictSame(warned({}), [])
  t.match(warned({ timeout: '1m' }), [
    /^Warning: so many rounds take 1m59s.*, and spec\.consensus\.timeout ends them after 1m: raise it, or/,
  ])
  t.match(warned({}, { size: '1m', every: '20s' }), [
    /a window opens every 20s.*raise spec\.window/,
  ])
  t.strictSame(warned({ method: 'tree', timeout: '10s' }), [])
  t.end()
})

t.test('a job is told in words', (t) => {
  const [job, devices, readings, sum, agreement, overlay, traffic, time, cost, ...more] = explained(
    { selector: { matchLabels: { site: 'meuse' } }, model: zinc },
    155,
  )
  t.equal(job, 'Job soil-zinc: linear regression of log(zinc) on 1, sqrt(dist).')
  t.equal(
    devices,
    'Devices: every device with label site=meuse; sensor zinc, dist, permitted to jobs. At least 1, or the job waits.',
  )
  t.equal(
    readings,
    'Readings: the latest reading of each device (all rows where it replays a file), once. A row with a missing value is left out and counted.',
  )
  t.match(
    sum,
    /^Sum: each device adds up 7 exact numbers \(sums of products of 1, sqrt\(dist\), log\(zinc\)/,
  )
  t.match(agreement, /^Agreement: tree: .+\. All devices end with the same bits/)
  t.match(
    overlay,
    /^Overlay: a tree with new heads in each window, up to 8 children each, 3 levels below its root; spectral gap 0\.006\d*, diameter 6\.$/,
  )
  // What `hypernet simulate` counts for these rows: 4 rounds, 10 in all, 4 messages, 589 bytes.
  t.equal(
    traffic,
    'Traffic: with 155 devices, where nothing is lost: 4 rounds until all hold the answer, 10 until all know that all hold it; each device sends 2 to 4 messages, 0.4 kB to 3.2 kB.',
  )
  t.equal(time, 'Time: at most 10m; a device without news speaks every 500ms.')
  t.match(cost, /^Cost: nothing is paid/)
  t.strictSame(more, [])
  t.end()
})

t.test('the size of a contribution is that of a signed one', (t) => {
  const [, , , sum = ''] = explained({ model: zinc })
  const told = Number(/about (\d+) bytes/.exec(sum)?.[1])
  const compiled = compileModel({
    type: 'leastSquares',
    response: [['log', 1], 'zinc'],
    terms: [[1], [['sqrt', 1], 'dist']],
  })
  // Row 2 of the Meuse survey (devices/demo/soil/meuse.csv).
  const { vector } = contribute(compiled, [{ zinc: 1141, dist: 0.0122243 }])
  const payload = encodeRecord(Contribution, {
    job: jobId('soil-zinc'),
    roster: new Uint8Array(32),
    epoch: 0,
    index: 1,
    rows: 1,
    ...encodeVector(vector),
  })
  const real = signCose('contribution', payload, new Uint8Array(32).fill(1)).length
  t.ok(Math.abs(told - real) <= 16, `told ${told}, is ${real}`)
  t.end()
})

t.test('windows, units, positions and priors are named', (t) => {
  const text = explained({
    selector: { minNodes: 3 },
    model: {
      type: 'gaussian',
      sensor: 'temp',
      unit: 'Cel',
      prior: { mean: 20, kappa: 1, alpha: 2, beta: 2 },
    },
    window: { size: '10m', every: '1m' },
    epochs: 3,
  }).join('\n')
  t.match(
    text,
    'posterior mean and precision of temp in Cel, taken to be normal (prior mean 20, kappa 1, alpha 2, beta 2; 95 % credible interval).',
  )
  t.match(text, 'those of the last 10m, every 1m, 3 times.')
  t.match(text, 'At least 3, or the job waits; a result over fewer fails.')
  t.match(text, 'adds up 3 exact numbers')
  t.match(text, 'with 3 devices, the least that the job wants')
  t.match(text, 'at most 10m for each window')
  t.match(
    explained({ model: { type: 'average', response: 'position.x' } }).join('\n'),
    'with a position',
  )
  t.match(
    explained({ model: { type: 'sum', response: 'a' } }).join('\n'),
    'with 100 devices, for example',
  )
  t.end()
})

t.test('the devices that match now are told of, and the figures are theirs', (t) => {
  const candidates = candidatesOf(
    ['a', 'b', 'c', 'd'].map((node, i) => ({
      node,
      online: i < 3,
      since: 1,
      session: 1,
      incarnation: 1,
      key: `02${String(i).padStart(64, '0')}`,
      labels: {},
      sensors: [{ id: 'zinc', unit: '' }],
      neighbors: i === 0 ? ['b', 'c'] : [],
    })),
  )
  const wanted = { matchLabels: {}, sensors: [], position: false, minNodes: 1 }
  const model = { type: 'sum', response: 'zinc' }
  const free = explained({ model }, { selection: select(candidates, wanted) })
  t.equal(free[2], 'Now: spec.selector matches 3 of 4 devices (online: 3).')
  t.match(free.join('\n'), 'with the 3 devices that match now')

  const spec = { model, consensus: { neighbors: 'declared' } }
  const declared = { ...wanted, neighbors: 'declared' as const }
  const text = explained(spec, { selection: select(candidates, declared) }).join('\n')
  t.match(
    text,
    'Overlay: the links that the 3 devices declare, 1 to 2 neighbors each; spectral gap 0.5, diameter 2.',
  )
  t.match(text, 'Warning: the declared links hang on a: if it leaves, the others fall apart')

  const few = { ...declared, minNodes: 4 }
  const waiting = explained(
    { ...spec, selector: { minNodes: 4 } },
    { selection: select(candidates, few) },
  ).join('\n')
  t.match(waiting, 'Now: spec.selector matches 3 of 4 devices (online: 3), wanted minNodes 4')
  t.match(waiting, 'Its devices are not known, so neither are its spectral gap and its diameter.')
  t.match(waiting, 'with 4 devices, the least that the job wants')
  t.end()
})

t.test('a few devices talk to everyone, and a large model is warned of', (t) => {
  t.match(explained({ model: zinc }, 5).join('\n'), 'everyone with everyone')
  const terms = Array.from({ length: 64 }, (_, i) => `s${i}`)
  t.match(
    explained({ model: { ...zinc, terms } }).join('\n'),
    /Warning: a contribution may have 48KiB/,
  )
  t.end()
})

t.test('a job says what it needs of each device', (t) => {
  const resources = { cpus: 0.5, memory: '32MiB', bandwidth: '20kB' }
  t.equal(
    explained({ model: zinc, resources })[2],
    'Resources: each device gives 0.5 processors, 32MiB of memory, 20kB a second, the runtime builtin; one that does not refuses the job.',
  )
  t.end()
})

t.test('a program is named, with what owners must allow, and each of its sums costs', (t) => {
  const model = { type: 'program', file: 'a.ts', columns: ['zinc'], length: 2, sums: 30 }
  const code = 'export const share = () => [0, 0]'
  const sha = createHash('sha256').update(code).digest('hex')
  const lines = explained({ model }, 8, code)
  t.match(
    lines.find((line) => line.startsWith('Program')),
    `SHA-256 ${sha}. It runs on devices whose owners allow it in agent.yaml: permissions: { functions: sandboxed }`,
  )
  t.match(
    lines.find((line) => line.startsWith('Traffic')),
    /each device sends .*, for each of up to 62 sums in a row\.$/,
  )
  t.end()
})

t.test('a paid job says what it costs, and that its work is not replicated', async (t) => {
  const market = { price: '1.5', sellers: 4, minStake: '5', minScore: 0.9 }
  const job = FusionJob.parse({
    apiVersion: 'hypernet.dev/v1',
    kind: 'FusionJob',
    metadata: { name: 'paid' },
    spec: { model: { type: 'sum', response: 'level' }, market },
  })
  const order = compileJob(job, { job: job.metadata.name, fleet: fleetId('lab'), generation: 1 })
  const { lines } = explainJob(job, order)
  t.match(
    lines.find((line) => line.startsWith('Cost:')),
    /1\.5 HYPER to each of 4 sellers, 6\.0 in all, at the end.*Each seller puts up 1\.5\./,
  )
  t.match(
    lines.find((line) => line.startsWith('Sellers:')),
    /the cheapest that offer, of those with at least 5\.0 HYPER behind them and a score of 0\.9; among/,
  )
  t.match(
    lines.find((line) => line.startsWith('Verified:')),
    /not replicated/,
  )
})
