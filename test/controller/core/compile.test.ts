import t from 'tap'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { fleetId, jobId } from '../../../agent/wire/ids.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { Order } from '../../../agent/wire/messages.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { compileJob, readsPosition, submissionOf } from '../../../controller/core/compile.ts'

const terms = { job: jobId('soil-zinc'), fleet: fleetId('meuse'), generation: 4 }
const document = (spec: object): object => ({
  apiVersion: 'hypernet.dev/v1',
  kind: 'FusionJob',
  metadata: { name: 'soil-zinc' },
  spec,
})
const jobOf = (spec: object): FusionJob => {
  const checked = checkValue(FusionJob, document(spec))
  if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}
const orderOf = (spec: object): Order => compileJob(jobOf(spec), terms)
const zinc = { type: 'leastSquares', response: 'log(zinc)', terms: [1, 'sqrt(dist)'] }

t.test('a job becomes the order that devices obey', (t) => {
  t.strictSame(orderOf({ model: zinc }), {
    version: 1,
    job: 'soil-zinc',
    fleet: 'meuse',
    generation: 4,
    model: {
      type: 'leastSquares',
      response: [['log', 1], 'zinc'],
      terms: [[1], [['sqrt', 1], 'dist']],
      names: ['1', 'sqrt(dist)'],
    },
    sensors: [
      { id: 'zinc', unit: '' },
      { id: 'dist', unit: '' },
    ],
    window: { late: 0 },
    method: 'tree',
    period: 500,
    timeout: 600_000,
  })
  t.end()
})

t.test('every kind of order travels unchanged', (t) => {
  const specs: object[] = [
    { model: zinc },
    { model: { ...zinc, ridge: 0.5 } },
    {
      model: { type: 'average', response: 'temp' },
      window: { size: '10m', every: '1m' },
      epochs: 3,
    },
    { model: zinc, window: { follow: '10s' } },
    { model: zinc, window: { size: '10m', resample: '30s', missing: 'hold' } },
    { model: { type: 'sum', response: 'a * b' } },
    { model: { type: 'gaussian', sensor: 'temp', unit: 'Cel' } },
    {
      model: { type: 'gaussian', sensor: 'temp', prior: { mean: 20, kappa: 1, alpha: 2, beta: 2 } },
    },
  ]
  for (const spec of specs) {
    const order = orderOf(spec)
    t.strictSame(decodeRecord(Order, encodeRecord(Order, order)), order, JSON.stringify(spec))
  }
  t.end()
})

t.test('readings without windows are followed by ratio, whatever else was asked for', (t) => {
  const window = { follow: '1h' }
  for (const method of ['auto', 'flood', 'tree', 'ratio', 'laplacian'] as const) {
    const order = orderOf({ model: zinc, window, consensus: { method } })
    t.equal(order.method, 'ratio')
    t.strictSame(order.window, { follow: 3_600_000, late: 0 })
  }
  t.end()
})

t.test('options of a model are float64 numbers on the wire', (t) => {
  t.strictSame(orderOf({ model: { ...zinc, ridge: 0.5 } }).model.ridge, Float64Array.of(0.5))
  t.equal(orderOf({ model: zinc }).model.ridge, undefined, 'no ridge, no bytes')
  const { model } = orderOf({
    model: { type: 'gaussian', sensor: 'temp', prior: { mean: 20, kappa: 1, alpha: 2, beta: 3 } },
  })
  t.strictSame(model.prior, Float64Array.of(20, 1, 2, 3))
  t.strictSame(model.credible, Float64Array.of(0.95))
  t.end()
})

t.test('a unit is asked of the sensor that it was written for', (t) => {
  const model = { ...zinc, response: { sensor: 'temp', unit: 'Cel' }, terms: [1, 'hum', 'temp'] }
  t.strictSame(orderOf({ model }).sensors, [
    { id: 'temp', unit: 'Cel' },
    { id: 'hum', unit: '' },
  ])
  t.end()
})

t.test('a place is no sensor, and is asked of devices', (t) => {
  const order = orderOf({ model: { ...zinc, terms: [1, 'position.x * dist'] } })
  t.strictSame(
    order.sensors.map(({ id }) => String(id)),
    ['zinc', 'dist'],
  )
  t.equal(readsPosition(order), true)
  t.equal(readsPosition(orderOf({ model: zinc })), false)
  t.end()
})

t.test('a submission says which devices may take part', (t) => {
  const job = jobOf({
    selector: { matchLabels: { site: 'meuse' }, minNodes: 8 },
    model: zinc,
    consensus: { neighbors: 'declared', longLinks: 2 },
    deadline: '15m',
  })
  const { wanted, deadline, spec } = submissionOf(job, { written: true }, terms)
  t.strictSame(wanted, {
    matchLabels: { site: 'meuse' },
    minNodes: 8,
    sensors: [
      { id: 'zinc', unit: '' },
      { id: 'dist', unit: '' },
    ],
    position: false,
    neighbors: 'declared',
    longLinks: 2,
  })
  t.equal(deadline, 900_000)
  t.strictSame(spec, { written: true }, 'people see the file as it was written')
  t.end()
})
