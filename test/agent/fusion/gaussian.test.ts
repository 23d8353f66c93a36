import t from 'tap'
import { gaussian } from '../../../agent/fusion/gaussian.ts'
import { contribute } from '../../../agent/fusion/model.ts'
import type { GaussianResult } from '../../../agent/fusion/results.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import { fitted, modelOf } from './models.ts'

const model = (prior?: readonly number[], credible?: number): Model =>
  modelOf('gaussian', 'y', undefined, {
    ...(prior ? { prior: Float64Array.from(prior) } : {}),
    ...(credible === undefined ? {} : { credible: Float64Array.of(credible) }),
  })
const rows = (...values: number[]) => values.map((y) => ({ y }))
const posterior = (m: Model, ...values: number[]) =>
  (fitted(m, rows(...values)) as GaussianResult).posterior
const close = (found: number, wanted: number): boolean =>
  Math.abs(found - wanted) <= 1e-12 * Math.abs(wanted)

t.test('a proper prior is updated by the formulas of Murphy', async (t) => {
  // Prior 20, 1, 2, 2 and readings 21, 22, 26: mean 23, S = 14; by hand κ = 4, m = (20 + 69) / 4,
  // α = 3.5, β = 2 + 7 + 1 * 3 * 9 / (2 * 4) = 12.375.
  const { mean, kappa, alpha, beta, credible, parameters } = posterior(
    model([20, 1, 2, 2]),
    21,
    22,
    26,
  )
  t.strictSame(
    { mean, kappa, alpha, beta, credible },
    { mean: 22.25, kappa: 4, alpha: 3.5, beta: 12.375, credible: 0.95 },
  )
  const [location, precision] = parameters
  // Student t with 7 degrees of freedom: 97.5 % point 2.364624251592785 (R, qt(0.975, 7)).
  const scale = Math.sqrt(12.375 / (3.5 * 4))
  t.equal(location.name, 'mean')
  t.equal(location.mean, 22.25)
  t.ok(close(location.standardDeviation ?? NaN, Math.sqrt(12.375 / (2.5 * 4))))
  t.ok(close(location.interval[0], 22.25 - 2.364624251592785 * scale), `${location.interval}`)
  t.ok(close(location.interval[1], 22.25 + 2.364624251592785 * scale))
  // Gamma(3.5, rate β) is χ² of 7 degrees over 2 β: 1.689869180677355 and 16.01276427462973 (R, qchisq).
  t.equal(precision.name, 'precision')
  t.ok(close(precision.mean, 3.5 / 12.375))
  t.ok(close(precision.standardDeviation ?? NaN, Math.sqrt(3.5) / 12.375))
  t.ok(close(precision.interval[0], 1.689869180677355 / (2 * 12.375)), `${precision.interval}`)
  t.ok(close(precision.interval[1], 16.01276427462973 / (2 * 12.375)))
})

t.test('without a prior the interval of the mean is the classical t interval', async (t) => {
  // NIST/SEMATECH e-Handbook 1.3.5.2 (ZARR13.DAT, a heat flow meter): N = 195, mean 9.261460, standard
  // deviation 0.022789, interval 9.258242 to 9.264679. Here from readings with the same printed figures.
  const [mean, deviation] = [9.26146, 0.022789]
  const pairs = Array.from({ length: 97 }, () => [mean - deviation, mean + deviation]).flat()
  const { parameters, kappa, alpha } = posterior(model(), mean, ...pairs)
  t.strictSame([kappa, alpha], [195, 97])
  const [low, high] = parameters[0].interval
  t.ok(Math.abs(low - 9.258242) < 1.5e-6 && Math.abs(high - 9.264679) < 1.5e-6, `${low} to ${high}`)
})

t.test('the credible mass widens the interval', async (t) => {
  const of = (credible: number) =>
    posterior(model(undefined, credible), 1, 2, 4).parameters[0].interval
  // Two degrees of freedom: mean ± t s/√3, s² = 7/3, t = c √(2 / (1 - c²)).
  for (const c of [0.5, 0.9, 0.999]) {
    const reach = c * Math.sqrt(2 / (1 - c * c)) * Math.sqrt(7 / 9)
    t.ok(close(of(c)[0], 7 / 3 - reach), `${c}`)
    t.ok(close(of(c)[1], 7 / 3 + reach), `${c}`)
  }
})

t.test('a mean whose variance is infinite has no standard deviation', async (t) => {
  t.equal(posterior(model(), 1, 2).parameters[0].standardDeviation, null)
  t.type(posterior(model(), 1, 2, 3, 4).parameters[0].standardDeviation, 'number')
})

t.test('readings that say nothing of their precision need a prior', async (t) => {
  for (const values of [[5], [5, 5, 5]]) {
    t.throws(() => posterior(model(), ...values), {
      code: 'TOO_FEW',
      message: /the readings must differ, and be two at least/,
    })
    t.type(posterior(model([0, 1, 1, 1]), ...values).mean, 'number')
  }
  t.throws(() => posterior(model([0, 1, 1, 1])), {
    code: 'TOO_FEW',
    message: /^there is no observation/,
  })
})

t.test('a prior outweighs few readings and not many', async (t) => {
  const strong = model([100, 50, 10, 10])
  t.equal(posterior(strong, 0).mean, (50 * 100) / 51)
  t.equal(posterior(strong, ...new Array<number>(450).fill(0)).mean, 10)
})

t.test('wrong priors and masses are refused', async (t) => {
  for (const prior of [
    [NaN, 1, 1, 1],
    [0, 0, 1, 1],
    [0, 1, -1, 1],
    [0, 1, 1, 0],
    [0, Infinity, 1, 1],
  ]) {
    t.throws(
      () => gaussian.check(model(prior)),
      { code: 'BAD_JOB', message: /^prior needs a finite mean/ },
      `${prior}`,
    )
  }
  for (const credible of [0, 1, -0.5, 95, NaN]) {
    t.throws(() => contribute(model(undefined, credible), []), {
      code: 'BAD_JOB',
      message: /^credible must lie between 0 and 1/,
    })
  }
})
