import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type { BetaBernoulliResult } from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const model = (prior?: readonly number[], credible = 0.95) =>
  modelOf('betaBernoulli', 'x > 10', undefined, {
    ...(prior ? { prior: Float64Array.from(prior) } : {}),
    credible: Float64Array.of(credible),
  })
const rows = (hits: number, misses: number) => [
  ...Array.from({ length: hits }, () => ({ x: 11 })),
  ...Array.from({ length: misses }, () => ({ x: 10 })),
]
const posteriorOf = (result: unknown) => (result as BetaBernoulliResult).posterior

/** P(X < x) of Beta(a, b) with whole a and b: a tail of the binomial distribution, term by term. */
function betaShareOf(a: number, b: number, x: number): number {
  const n = a + b - 1
  let term = (1 - x) ** n
  let sum = a <= 0 ? term : 0
  for (let k = 1; k <= n; k++) {
    term *= ((n - k + 1) / k) * (x / (1 - x))
    if (k >= a) sum += term
  }
  return sum
}

t.test('the posterior is that of the closed form, its interval that of the binomial', async (t) => {
  for (const [hits, misses, a, b, credible] of [
    [3, 7, 1, 1, 0.95],
    [0, 5, 1, 1, 0.9],
    [50, 1, 2, 3, 0.99],
    [200, 300, 1, 1, 0.5],
  ] as const) {
    const [alpha, beta] = [a + hits, b + misses]
    const found = posteriorOf(fitted(model([a, b], credible), rows(hits, misses)))
    const [{ name, mean, standardDeviation, interval }] = found.parameters
    t.strictSame(
      [name, found.alpha, found.beta, found.credible],
      ['probability', alpha, beta, credible],
    )
    t.equal(mean, alpha / (alpha + beta))
    const variance = (alpha * beta) / ((alpha + beta) ** 2 * (alpha + beta + 1))
    t.ok(Math.abs((standardDeviation ?? 0) / Math.sqrt(variance) - 1) < 1e-14)
    const [low, high] = interval.map((point) => betaShareOf(alpha, beta, point))
    t.ok(Math.abs((low ?? 0) - (1 - credible) / 2) < 1e-12, `${low}`)
    t.ok(Math.abs((high ?? 0) - (1 + credible) / 2) < 1e-12, `${high}`)
  }
})

t.test('with a flat prior and nothing seen to fail the interval is a power', async (t) => {
  // Beta(n + 1, 1): P(X < x) = x^(n + 1).
  const [{ interval }] = posteriorOf(fitted(model(), rows(9, 0))).parameters
  t.ok(Math.abs((interval[0] ?? 0) / 0.025 ** 0.1 - 1) < 1e-13)
  t.ok(Math.abs((interval[1] ?? 0) / 0.975 ** 0.1 - 1) < 1e-13)
})

t.test('rows that are neither true nor false are left out and counted', async (t) => {
  const plain = modelOf('betaBernoulli', 'x')
  const { rows: used, skipped } = contribute(plain, [{ x: 1 }, { x: 0 }, { x: 2 }, { x: null }])
  t.strictSame([used, skipped], [2, { missing: 1, unusable: 1 }])
})

t.test('sums that no rows have, and priors that are none, are refused', async (t) => {
  for (const sum of [
    [3, 2],
    [-1, 2],
    [0.5, 2],
  ])
    t.throws(() => resultOf(model(), vectorOf(sum)), { code: 'BAD_MESSAGE' }, `${sum}`)
  t.throws(() => resultOf(model(), vectorOf([0, 0])), { code: 'TOO_FEW' })
  for (const prior of [[0, 1], [1], [1, Number.NaN]])
    t.throws(() => fitted(model(prior), rows(1, 1)), { code: 'BAD_JOB' }, `${prior}`)
  t.throws(() => fitted(model([1, 1], 1), rows(1, 1)), { code: 'BAD_JOB' })
})
