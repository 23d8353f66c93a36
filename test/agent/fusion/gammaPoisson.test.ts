import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type { GammaPoissonResult } from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const model = (prior?: readonly number[], exposure?: string) =>
  modelOf('gammaPoisson', 'clicks', exposure === undefined ? undefined : [exposure], {
    ...(prior ? { prior: Float64Array.from(prior) } : {}),
  })
const posteriorOf = (result: unknown) => (result as GammaPoissonResult).posterior

/** P(X < x) of Gamma(shape, 1) with a whole shape: a tail of the Poisson distribution, term by term. */
function gammaShareOf(shape: number, x: number): number {
  let term = Math.exp(-x)
  let below = 0
  for (let k = 0; k < shape; k++) {
    below += term
    term *= x / (k + 1)
  }
  return 1 - below
}

t.test('the posterior is that of the closed form, its interval that of Poisson', async (t) => {
  const found = fitted(model([2, 3]), [{ clicks: 4 }, { clicks: 0 }, { clicks: 1 }])
  const { shape, rate, parameters } = posteriorOf(found)
  t.strictSame([shape, rate], [7, 6])
  const [{ name, mean, standardDeviation, interval }] = parameters
  t.strictSame([name, mean], ['rate', 7 / 6])
  t.ok(Math.abs((standardDeviation ?? 0) / (Math.sqrt(7) / 6) - 1) < 1e-14)
  t.ok(Math.abs(gammaShareOf(7, interval[0] * 6) - 0.025) < 1e-12)
  t.ok(Math.abs(gammaShareOf(7, interval[1] * 6) - 0.975) < 1e-12)
})

t.test('exposures add up, and without a prior that of Jeffreys holds', async (t) => {
  const rows = [
    { clicks: 3, seconds: 1.5 },
    { clicks: 5, seconds: 2.25 },
  ]
  const { shape, rate } = posteriorOf(fitted(model(undefined, 'seconds'), rows))
  t.strictSame([shape, rate], [8.5, 3.75])
  // Shape 1/2 and no event: the square of a normal variable, whose 97.5 % point is 2.2414027276049473 squared.
  const [{ interval }] = posteriorOf(fitted(model(), [{ clicks: 0 }])).parameters
  t.ok(Math.abs(interval[1] / (2.2414027276049473 ** 2 / 2) - 1) < 1e-12, `${interval}`)
})

t.test('what is no count, or has no exposure, is left out and counted', async (t) => {
  const timed = model(undefined, 'seconds')
  const { rows, skipped } = contribute(timed, [
    { clicks: 2, seconds: 1 },
    { clicks: 2.5, seconds: 1 },
    { clicks: -1, seconds: 1 },
    { clicks: 2, seconds: 0 },
    { clicks: 2, seconds: null },
  ])
  t.strictSame([rows, skipped], [1, { missing: 1, unusable: 3 }])
})

t.test('sums that no rows have, and priors without an interval, are refused', async (t) => {
  for (const sum of [
    [-1, 1, 1],
    [0.5, 1, 1],
    [1, 0, 1],
    [1, -1, 1],
    [1, 1, 0.5],
  ])
    t.throws(() => resultOf(model(), vectorOf(sum)), { code: 'BAD_MESSAGE' }, `${sum}`)
  t.throws(() => fitted(model([0.01, 1]), [{ clicks: 0 }]), { code: 'TOO_FEW' })
  t.throws(() => fitted(model([1, 0]), [{ clicks: 0 }]), { code: 'BAD_JOB' })
})
