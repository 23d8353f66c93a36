import t from 'tap'
import { contribute, resultOf } from '../../../agent/fusion/model.ts'
import type {
  BetaBernoulliResult,
  DirichletMultinomialResult,
} from '../../../agent/fusion/results.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'
import { fitted, modelOf } from './models.ts'

const model = (values: readonly number[], prior?: readonly number[]) =>
  modelOf('dirichletMultinomial', 'state', undefined, {
    values: Float64Array.from(values),
    ...(prior ? { prior: Float64Array.from(prior) } : {}),
  })
const rows = (...states: number[]) => states.map((state) => ({ state }))
const resultFor = (...given: Parameters<typeof fitted>) =>
  fitted(...given) as DirichletMultinomialResult

t.test('counts are added to the prior, and each share is a Beta distribution', async (t) => {
  const { counts, observations, posterior } = resultFor(
    model([0, 1, 5], [1, 2, 0.5]),
    rows(0, 1, 1, 5, 1, 0),
  )
  t.strictSame([counts, observations], [[2, 3, 1], 6])
  t.strictSame(posterior.concentrations, [3, 5, 1.5])
  t.strictSame(
    posterior.parameters.map(({ name }) => name),
    ['share of 0', 'share of 1', 'share of 5'],
  )
  t.strictSame(
    posterior.parameters.map(({ mean }) => mean),
    [3 / 9.5, 5 / 9.5, 1.5 / 9.5],
  )
})

t.test('of two categories it says what betaBernoulli says', async (t) => {
  const { posterior } = resultFor(model([0, 1]), rows(0, 1, 1, 1, 0, 1, 1))
  const bernoulli = fitted(modelOf('betaBernoulli', 'state'), rows(0, 1, 1, 1, 0, 1, 1))
  const [one] = (bernoulli as BetaBernoulliResult).posterior.parameters
  t.strictSame(posterior.parameters[1], { ...one, name: 'share of 1' })
})

t.test('another value is left out and counted', async (t) => {
  const { rows: used, skipped } = contribute(model([0, 1]), rows(0, 2, 1, 0.5))
  t.strictSame([used, skipped], [2, { missing: 0, unusable: 2 }])
})

t.test('sums that no rows have, and categories that are none, are refused', async (t) => {
  for (const sum of [
    [1, 1, 3],
    [2, -1, 1],
    [0.5, 0.5, 1],
  ])
    t.throws(() => resultOf(model([0, 1]), vectorOf(sum)), { code: 'BAD_MESSAGE' }, `${sum}`)
  for (const values of [[], [1], [1, 1], [2, 1], [0, Number.NaN]])
    t.throws(() => fitted(model(values), rows(1)), { code: 'BAD_JOB' }, `${values}`)
  for (const prior of [[1], [1, 0], [1, -1]])
    t.throws(() => fitted(model([0, 1], prior), rows(1)), { code: 'BAD_JOB' }, `${prior}`)
})
