import { DEGREE } from '../../agent/consensus/overlay.ts'
import { compileModel, contribute, dimensionOf } from '../../agent/fusion/model.ts'
import { encodeVector } from '../../agent/math/wireForm.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { type FusionJob, responseOf } from '../../agent/wire/job.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { Contribution, type Order } from '../../agent/wire/messages.ts'
import { SIGNATURE } from '../../agent/wire/signature.ts'
import { formatDuration, formatSize } from '../../agent/wire/units.ts'
import { readsPosition } from './compile.ts'

/** Devices for the figures where nobody says how many there are. */
const EXAMPLE_DEVICES = 100
/** Bytes that a device sends in all, as multiples of all contributions (consensus: flood). */
const FLOOD_MOST = 2.7
/** What COSE_Sign1 puts around a payload (signature.ts): heads, protected header, signature. */
const COSE_BYTES = 12 + SIGNATURE

/**
 * Says in words what a job would do, for `hypernet job check`: what is summed, what a device sends, how
 * the devices agree and why so, how long that takes. Figures hold for `devices` devices, or for an example.
 */
export function explainJob(job: FusionJob, order: Order, devices?: number): string[] {
  const count = Math.max(1, devices ?? EXAMPLE_DEVICES)
  return [
    `Job ${job.metadata.name}: ${modelText(job)}`,
    `Devices: ${selectorText(job, order)}`,
    `Readings: ${windowText(job)}`,
    ...sumText(job, order),
    ...agreementText(job, order, count, devices === undefined),
    'Cost: nothing is paid; the job runs on the devices of its own fleet.',
  ]
}

function modelText(job: FusionJob): string {
  const { model } = job.spec
  const { expression, unit } = responseOf(model)
  const measured = unit ? `${expression} in ${unit}` : expression
  switch (model.type) {
    case 'average':
      return `the mean of ${measured} over all rows of all devices.`
    case 'sum':
      return `the sum of ${measured} over all rows of all devices.`
    case 'leastSquares': {
      const ridge = model.ridge > 0 ? ` with a ridge of ${model.ridge}` : ''
      return `linear regression of ${measured} on ${model.terms.join(', ')}${ridge}.`
    }
    case 'gaussian': {
      const { prior, credible } = model
      const before = prior
        ? `prior mean ${prior.mean}, kappa ${prior.kappa}, alpha ${prior.alpha}, beta ${prior.beta}`
        : 'no prior, as in the classical t interval'
      return `posterior mean and precision of ${measured}, taken to be normal (${before}; ${Number((100 * credible).toPrecision(6))} % credible interval).`
    }
  }
}

function selectorText(job: FusionJob, order: Order): string {
  const { matchLabels, minNodes } = job.spec.selector
  const labels = Object.entries(matchLabels).map(([label, value]) => `${label}=${value}`)
  const sensors = order.sensors.map(({ id, unit }) => (unit ? `${id} in ${unit}` : id))
  const needs = [
    ...(labels.length > 0 ? [`label ${labels.join(', ')}`] : []),
    ...(sensors.length > 0 ? [`sensor ${sensors.join(', ')}, permitted to jobs`] : []),
    ...(readsPosition(order) ? ['a position'] : []),
  ]
  return `every device with ${needs.join('; ') || 'a connection'}. At least ${minNodes}, or the job waits.`
}

function windowText(job: FusionJob): string {
  const { window, epochs } = job.spec
  const which =
    window.size === undefined
      ? 'the latest reading of each device (all rows where it replays a file)'
      : `those of the last ${formatDuration(window.size)}`
  const missing = 'A row with a missing value is left out and counted.'
  if (window.every === undefined) return `${which}, once. ${missing}`
  const end =
    epochs === undefined
      ? 'until the job is cancelled'
      : `${epochs} ${epochs === 1 ? 'time' : 'times'}`
  return `${which}, every ${formatDuration(window.every)}, ${end}. ${missing}`
}

function sumText(job: FusionJob, order: Order): string[] {
  const { model } = job.spec
  const { expression } = responseOf(model)
  const dimension = dimensionOf(order.model)
  const bytes = contributionBytes(order)
  const what = {
    average: `sum and sum of squares of ${expression}, and the number of rows`,
    gaussian: `sum and sum of squares of ${expression}, and the number of rows`,
    sum: `sum of ${expression}, and the number of rows`,
    leastSquares:
      model.type === 'leastSquares'
        ? `sums of products of ${[...model.terms, expression].join(', ')}, and the number of rows`
        : '',
  }[model.type]
  const lines = [
    `Sum: each device adds up ${dimension} exact numbers (${what}), about ${bytes} bytes with its signature. Rows are not sent, sums are; the sum of a device that has a single row tells that row.`,
  ]
  if (bytes > LIMITS.message / 2)
    lines.push(
      `Warning: a contribution may have ${formatSize(LIMITS.message)}; readings of very different sizes take more than these ${bytes} bytes. Use fewer terms.`,
    )
  return lines
}

/** Bytes of a signed contribution of one row of readings with all 53 bits, by the real encoding. */
function contributionBytes(order: Order): number {
  const compiled = compileModel(order.model)
  // Some row on which every formula is finite: logarithms want positive values, arcs small ones.
  const trials = [1.2345678901234567, 0.12345678901234568, 123.45678901234568]
  const sums = trials.map((trial) =>
    contribute(compiled, [(name: string) => trial * (1 + name.length / 97)]),
  )
  const { vector } = sums.find(({ rows }) => rows > 0) ?? sums[0] ?? contribute(compiled, [])
  const payload = encodeRecord(Contribution, {
    job: order.job,
    roster: new Uint8Array(32),
    epoch: 0,
    index: 0,
    rows: 1,
    ...encodeVector(vector),
  })
  return payload.length + COSE_BYTES
}

function agreementText(job: FusionJob, order: Order, count: number, example: boolean): string[] {
  const { consensus } = job.spec
  const rounds = roundsOf(count)
  const all = count * contributionBytes(order)
  const chosen =
    consensus.method === 'auto'
      ? 'chosen because it is exact on every graph, and the only one built yet'
      : 'as asked'
  const graph =
    consensus.neighbors === 'declared'
      ? 'the links that the devices declare'
      : count <= DEGREE + 1
        ? 'everyone with everyone'
        : `a random graph, ${DEGREE} neighbors each`
  const many = count === 1 ? '1 device' : `${count} devices`
  const who = example ? `with ${many}, for example` : `with the ${many} that match now`
  return [
    `Agreement: ${order.method}, ${chosen}; ${graph}. All devices end with the same bits, or the result says which are missing.`,
    `Traffic: ${who}, about ${rounds} rounds and ${rough(all)} to ${rough(FLOOD_MOST * all)} sent by each device${order.window.every === undefined ? '' : ' in each window'}.`,
    `Time: at most ${formatDuration(order.timeout)}${order.window.every === undefined ? '' : ' for each window'}; a device without news speaks every ${formatDuration(order.period)}.`,
  ]
}

/** Rounds without loss: across the graph once with the contributions, once with the votes. */
function roundsOf(count: number): number {
  const across = count <= DEGREE + 1 ? 1 : Math.ceil(Math.log(count) / Math.log(DEGREE - 1)) + 1
  return 2 * across + 1
}

function rough(bytes: number): string {
  if (bytes < 10_000) return `${Math.round(bytes / 100) / 10} kB`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return `${Math.round(bytes / 100_000) / 10} MB`
}
