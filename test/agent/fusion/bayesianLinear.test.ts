import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type {
  BayesianLinearResult,
  GaussianResult,
  LeastSquaresResult,
} from '../../../agent/fusion/results.ts'
import { sumVectors, vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, meuse, modelOf, tokens } from './models.ts'

const model = (terms: readonly string[], prior?: readonly number[], credible = 0.95) =>
  modelOf('bayesianLinear', 'y', terms, {
    ...(prior ? { prior: Float64Array.from(prior) } : {}),
    credible: Float64Array.of(credible),
  })
const posteriorOf = (result: unknown) => (result as BayesianLinearResult).posterior
const near = (found: number, wanted: number, digits = 1e-13) =>
  Math.abs(found - wanted) <= digits * Math.max(1, Math.abs(wanted))

t.test('without a prior it is classical regression, with its t intervals', async (t) => {
  const rows = meuse().map(({ zinc, dist }) => ({ y: Math.log(zinc ?? 1), x: dist ?? 0 }))
  const terms = ['1', 'sqrt(x)']
  const { parameters } = posteriorOf(fitted(model(terms), rows))
  const fit = fitted(modelOf('leastSquares', 'y', terms), rows) as LeastSquaresResult
  // Student's t of 153 degrees of freedom: 97.5 % point 1.9755903 (tables); the same for both coefficients.
  const points = [0, 1].map((i) => {
    const [low, high] = parameters[i]?.interval ?? [0, 0]
    t.equal(parameters[i]?.mean, fit.coefficients[i])
    return (high - low) / 2 / (fit.standardErrors?.[i] ?? 1)
  })
  t.ok(near(points[0] ?? 0, 1.9755903, 1e-7), `${points}`)
  t.ok(near(points[1] ?? 0, points[0] ?? 1))
  t.equal(parameters[2]?.name, 'precision')
  t.ok(near(parameters[2]?.mean ?? 0, (fit.residualStandardDeviation ?? 1) ** -2))
})

t.test('with an intercept alone it is the Normal-Gamma model', async (t) => {
  const rows = [21, 22, 26].map((y) => ({ y }))
  const { alpha, beta, parameters } = posteriorOf(fitted(model(['1'], [20, 1, 2, 2]), rows))
  const other = (
    fitted(
      modelOf('gaussian', 'y', undefined, { prior: Float64Array.of(20, 1, 2, 2) }),
      rows,
    ) as GaussianResult
  ).posterior
  t.strictSame([alpha, beta], [other.alpha, other.beta])
  t.strictSame(
    parameters.map(({ mean, standardDeviation, interval }) => [mean, standardDeviation, interval]),
    other.parameters.map(({ mean, standardDeviation, interval }) => [
      mean,
      standardDeviation,
      interval,
    ]),
  )
})

t.test('a prior counts as the rows that it is worth', async (t) => {
  // Prior rows: term 1 at 1 and x at 0, twice, with y = 3; x at 1 alone, four times, with y = -1.
  const rows = [1, 2, 4, 7].map((x, i) => ({ y: i * i - x, x, one: 1 }))
  const more = [
    ...rows,
    ...[1, 2].map(() => ({ y: 3, x: 0, one: 1 })),
    ...[1, 2, 3, 4].map(() => ({ y: -1, x: 1, one: 0 })),
  ]
  const terms = ['one', 'x']
  const prior = posteriorOf(fitted(model(terms, [3, -1, 2, 4, 0.5, 0.25]), rows))
  const plain = posteriorOf(fitted(model(terms), more))
  for (const i of [0, 1]) t.equal(prior.parameters[i]?.mean, plain.parameters[i]?.mean)
  t.equal(prior.alpha, 0.5 + 4 / 2)
  t.equal(prior.beta, 0.25 + plain.beta)
})

t.test('any split over devices gives the same bits', async (t) => {
  const rows = meuse().map(({ zinc = null, dist = null }) => ({ y: zinc, x: dist }))
  const asked = model(['1', 'x'], [1000, -1000, 1, 0.5, 2, 1e5])
  const whole = fitted(asked, rows)
  for (const devices of [1, 2, 7, 155]) {
    const parts = Array.from(
      { length: devices },
      (_, k) =>
        contribute(
          asked,
          rows.filter((_, i) => i % devices === k),
        ).vector,
    )
    t.strictSame(resultOf(asked, sumVectors(parts, 7)), whole)
  }
})

t.test('rows can be weighted', async (t) => {
  const asked = { ...model(['1']), weight: tokens('w') }
  const { parameters } = posteriorOf(
    fitted(asked, [
      { y: 1, w: 3 },
      { y: 5, w: 1 },
      { y: 2, w: 1 },
    ]),
  )
  t.equal(parameters[0]?.mean, 2)
})

t.test('what leaves nothing to conclude, and priors that are none, are refused', async (t) => {
  t.throws(
    () =>
      fitted(model(['1', 'x']), [
        { y: 1, x: 1 },
        { y: 2, x: 3 },
      ]),
    { code: 'TOO_FEW' },
  )
  t.throws(
    () =>
      fitted(
        model(['1', 'x']),
        [1, 2, 3].map((x) => ({ y: x, x })),
      ),
    { code: 'TOO_FEW' },
  )
  t.throws(
    () =>
      fitted(
        model(['1', 'x']),
        [1, 1, 1].map((x) => ({ y: x, x })),
      ),
    { code: 'RANK' },
  )
  t.throws(() => resultOf(model(['1']), vectorOf([0, 0, 0, 0])), { code: 'TOO_FEW' })
  for (const prior of [[0], [0, 0, 1, 1], [Number.NaN, 1, 1, 1], [0, 1, 1, 0]])
    t.throws(() => fitted(model(['1'], prior), [{ y: 1 }]), { code: 'BAD_JOB' }, `${prior}`)
})
