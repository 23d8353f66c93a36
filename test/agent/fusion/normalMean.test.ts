import t from 'tap'
import { carryOn } from '../../../agent/fusion/carry.ts'
import { compileModel, contribute, resultOf } from '../../../agent/fusion/model.ts'
import { checkKnown } from '../../../agent/fusion/normalMean.ts'
import type { NormalMeanResult } from '../../../agent/fusion/results.ts'
import { addVectors } from '../../../agent/math/exactVector.ts'
import { closeTo, fitted, modelOf } from './models.ts'

const figures = (...values: number[]) => Float64Array.from(values)
const model = (variance: number, prior?: readonly number[], more = {}) =>
  modelOf('gaussian', 'x', undefined, {
    values: figures(variance),
    ...(prior ? { prior: figures(...prior) } : {}),
    ...more,
  })
const rows = (...values: number[]) => values.map((x) => ({ x }))
const found = (result: unknown) => result as NormalMeanResult

t.test('precisions add up, and means by their precisions', async (t) => {
  // Gelman et al., Bayesian Data Analysis, 3rd ed., equations 2.11 and 2.12.
  const data = [10.5, 9.75, 11, 12.25, 9.5]
  const { posterior, observations } = found(fitted(model(4, [8, 9]), rows(...data)))
  const precision = 1 / 9 + 5 / 4
  closeTo(t, posterior.variance, 1 / precision, 1e-15)
  closeTo(t, posterior.mean, (8 / 9 + 53 / 4) / precision, 1e-15)
  t.equal(observations, 5)
  const [{ name, standardDeviation, interval }] = posterior.parameters
  t.equal(name, 'mean')
  closeTo(t, standardDeviation ?? 0, Math.sqrt(1 / precision), 1e-15)
  // The 97.5 % point of the normal distribution (Abramowitz and Stegun, table 26.5).
  const reach = 1.959963984540054 * Math.sqrt(1 / precision)
  closeTo(t, interval[0], posterior.mean - reach, 1e-12)
  closeTo(t, interval[1], posterior.mean + reach, 1e-12)
})

t.test('without a prior it is the mean with its classical error', async (t) => {
  const { posterior } = found(
    fitted(model(4, undefined, { credible: figures(0.99) }), rows(1, 2, 6)),
  )
  t.strictSame([posterior.mean, posterior.variance], [3, 4 / 3])
  // The 99.5 % point.
  closeTo(t, posterior.parameters[0].interval[1], 3 + 2.5758293035489004 * Math.sqrt(4 / 3), 1e-12)
})

t.test('a single reading, or several of one value, say something', async (t) => {
  t.equal(found(fitted(model(1), rows(5))).posterior.mean, 5)
  t.equal(found(fitted(model(1), rows(5, 5, 5))).posterior.variance, 1 / 3)
  t.throws(() => fitted(model(1), []), { code: 'TOO_FEW' })
})

t.test('devices add up to what one machine has', async (t) => {
  const asked = model(0.3, [1, 2])
  const parts = [rows(1.1, 2.2), rows(), rows(3.3)].map((own) => contribute(asked, own).vector)
  const [first, ...others] = parts
  if (!first) return
  t.strictSame(
    resultOf(asked, others.reduce(addVectors, first)),
    fitted(asked, rows(1.1, 2.2, 3.3)),
  )
})

t.test('evidence fades where it is to', async (t) => {
  const asked = compileModel(model(2, [1, 4], { forgetting: figures(0.75) }))
  const sums = [rows(3, 4), rows(8)].map((own) => contribute(asked, own).vector)
  const [first, second] = sums
  if (!first || !second) return
  const carried = carryOn(asked, carryOn(asked, undefined, { epoch: 0, sum: first }), {
    epoch: 2,
    sum: second,
  })
  const { posterior, observations } = found(resultOf(asked, second, { after: carried.state }))
  const fade = 0.75 ** 2
  const precision = 1 / 4 + (2 * fade + 1) / 2
  closeTo(t, posterior.variance, 1 / precision, 1e-14)
  closeTo(t, posterior.mean, (1 / 4 + (7 * fade + 8) / 2) / precision, 1e-14)
  t.equal(observations, 1)
})

t.test('variances must be more than 0', async (t) => {
  for (const wrong of [
    model(0),
    model(-1),
    model(1, [0, 0]),
    model(1, [0, 1, 2]),
    model(Number.NaN),
  ])
    t.throws(() => checkKnown(wrong), { code: 'BAD_JOB' })
  t.doesNotThrow(() => checkKnown(model(1, [0, 1])))
})
