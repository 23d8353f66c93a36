import t from 'tap'
import { tokensOf } from '../../../agent/fusion/expression.ts'
import {
  compileModel,
  contribute,
  type ModelResult,
  resultOf,
} from '../../../agent/fusion/model.ts'
import { gammaLowerPoint, gammaUpperPoint } from '../../../agent/fusion/quantile.ts'
import type { GridResult } from '../../../agent/fusion/results.ts'
import { addVectors } from '../../../agent/math/exactVector.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { parseExpression } from '../../../controller/core/expression.ts'

const tokens = (text: string) => {
  const parsed = parseExpression(text)
  if (!('tree' in parsed)) throw new Error(parsed.text)
  return tokensOf(parsed.tree)
}
const LIKELIHOOD = tokens('clicks * log(rate) - rate')
const poisson = (points: number): Model => ({
  type: 'grid',
  terms: [LIKELIHOOD],
  names: ['rate'],
  values: Float64Array.of(0.01, 8, points),
  credible: Float64Array.of(0.9),
})
const rows = [3, 5, 2, 4, 4].map((clicks) => ({ clicks }))
const gridOf = (result: ModelResult): GridResult => result as GridResult // of the model of that type

t.test('a fine grid comes to the conjugate posterior', (t) => {
  const model = compileModel(poisson(800))
  const { posterior, observations } = gridOf(resultOf(model, contribute(model, rows).vector))
  // A flat prior and 18 events in 5 rows: Gamma(19, 5), cut off at 8.
  const [rate] = posterior.parameters
  t.equal(observations, 5)
  t.ok(Math.abs((rate?.mean ?? 0) - 19 / 5) < 1e-3, `${rate?.mean}`)
  t.ok(Math.abs((rate?.standardDeviation ?? 0) - Math.sqrt(19) / 5) < 2e-3)
  const [low = 0, high = 0] = rate?.interval ?? []
  t.ok(Math.abs(low - gammaLowerPoint(19, 0.05) / 5) < 0.011, `${low}`)
  t.ok(Math.abs(high - gammaUpperPoint(19, 0.05) / 5) < 0.011, `${high}`)
  t.ok(Math.abs((posterior.mode[0] ?? 0) - 18 / 5) < 0.006, `${posterior.mode}`)
  const total = posterior.probabilities[0]?.reduce((sum, each) => sum + each, 0) ?? 0
  t.ok(Math.abs(total - 1) < 1e-12)
  t.equal(posterior.values[0]?.length, 800)
  t.end()
})

t.test('devices that add up their parts come to the same bits', (t) => {
  const model = compileModel(poisson(40))
  const whole = contribute(model, rows).vector
  const parts = [rows.slice(0, 2), rows.slice(2)].map((part) => contribute(model, part).vector)
  const [one, other] = parts
  t.strictSame(
    resultOf(model, one && other ? addVectors(one, other) : whole),
    resultOf(model, whole),
  )
  t.end()
})

t.test('a prior counts once, and what it or a row rules out is out', (t) => {
  // Uniform on 0 to width: -log(width) where x fits, log(0) where it does not.
  const uniform: Model = {
    type: 'grid',
    terms: [tokens('x <= width ? -log(width) : log(0)'), tokens('-width')],
    names: ['width'],
    values: Float64Array.of(1, 5, 5),
    credible: Float64Array.of(0.9),
  }
  const model = compileModel(uniform)
  const local = contribute(model, [{ x: 0.5 }, { x: 2.5 }, { x: null }])
  t.strictSame([local.rows, local.skipped], [2, { missing: 1, unusable: 0 }])
  const { posterior } = gridOf(resultOf(model, local.vector))
  const weights = [3, 4, 5].map((width) => Math.exp(-width) / width ** 2)
  const all = weights.reduce((sum, each) => sum + each, 0)
  const [found = []] = posterior.probabilities
  t.strictSame(found.slice(0, 2), [0, 0])
  weights.forEach((weight, k) => {
    t.ok(Math.abs((found[k + 2] ?? 0) - weight / all) < 1e-15)
  })
  t.strictSame(posterior.mode, [3])
  const beyond = contribute(model, [{ x: 6 }]).vector
  t.throws(() => resultOf(model, beyond), { code: 'TOO_FEW', message: /rule out every point/ })
  t.end()
})

t.test('several parameters have marginals, the last runs fastest', (t) => {
  // Normal with unknown mean and deviation.
  const normal: Model = {
    type: 'grid',
    terms: [tokens('-((x - mean) / deviation)^2 / 2 - log(deviation)')],
    names: ['mean', 'deviation'],
    values: Float64Array.of(-2, 4, 31, 0.5, 3, 26),
    credible: Float64Array.of(0.9),
  }
  const model = compileModel(normal)
  t.equal(model.dimension, 2 * 31 * 26 + 1)
  const data = [0.2, 1.1, 0.7, 1.9, 1.4, 0.1].map((x) => ({ x }))
  const { posterior } = gridOf(resultOf(model, contribute(model, data).vector))
  const [mean, deviation] = posterior.parameters
  t.ok(Math.abs((mean?.mean ?? 0) - 0.9) < 1e-3, `${mean?.mean}`)
  t.ok(posterior.mode[0] === undefined ? false : Math.abs(posterior.mode[0] - 0.9) < 0.11)
  t.ok((deviation?.mean ?? 0) > 0.6 && (deviation?.mean ?? 9) < 1.2, `${deviation?.mean}`)
  t.strictSame(
    posterior.values.map((values) => values.length),
    [31, 26],
  )
  t.end()
})

t.test('a row whose likelihood is no number is left out and counted', (t) => {
  const model = compileModel(poisson(10))
  const huge = contribute(model, [{ clicks: 1e308 }, { clicks: 1 }])
  t.strictSame([huge.rows, huge.skipped.unusable], [1, 1])
  t.end()
})

t.test('a model that is no grid is refused', (t) => {
  const wrong: [Partial<Model>, RegExp][] = [
    [{ values: Float64Array.of(0, 1) }, /two points or more/],
    [{ values: Float64Array.of(1, 1, 3) }, /two points or more/],
    [{ values: Float64Array.of(0, 1, 1) }, /two points or more/],
    [{ values: Float64Array.of(0, 1, 2.5) }, /two points or more/],
    [{ values: Float64Array.of(0, 1, 1001) }, /at most 1000/],
    [{ values: Float64Array.of(0, Number.POSITIVE_INFINITY, 3) }, /two points or more/],
    [{ terms: [LIKELIHOOD, tokens('rate'), tokens('rate')] }, /1 to 2 terms/],
    [{ credible: Float64Array.of(1) }, /credible/],
  ]
  for (const [change, message] of wrong)
    t.throws(() => compileModel({ ...poisson(3), ...change }), { code: 'BAD_JOB', message })
  const prior: Model = { ...poisson(3), terms: [LIKELIHOOD, tokens('sqrt(-rate)')] }
  const model = compileModel(prior)
  const { vector } = contribute(model, rows)
  t.throws(() => resultOf(model, vector), { code: 'BAD_JOB', message: /logPrior is NaN at rate/ })
  t.end()
})
