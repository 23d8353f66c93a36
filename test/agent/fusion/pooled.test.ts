import t from 'tap'
import { compileModel, contribute, resultOf } from '../../../agent/fusion/model.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import { randomStream } from '../../../agent/math/random.ts'
import { model as schema } from '../../../agent/wire/jobModels.ts'
import { modelOf } from '../../../controller/core/jobModel.ts'
import { dealt, normalsOf } from './models.ts'

/** Each model that has a posterior, as a job file writes it. */
const POSTERIORS: Readonly<Record<string, object>> = {
  'gaussian of unknown variance': {
    type: 'gaussian',
    response: 'x',
    prior: { mean: 20, kappa: 1, alpha: 2, beta: 2 },
  },
  'gaussian of known variance': {
    type: 'gaussian',
    response: 'x',
    variance: 0.3,
    prior: { mean: 1, variance: 4 },
  },
  betaBernoulli: { type: 'betaBernoulli', success: 'x > 0.5' },
  gammaPoisson: { type: 'gammaPoisson', count: 'k', exposure: 'z + 1' },
  dirichletMultinomial: { type: 'dirichletMultinomial', response: 'k', categories: [0, 1, 2, 3] },
  bayesianLinear: { type: 'bayesianLinear', response: 'x', terms: [1, 'z', 'z^2'] },
  grid: {
    type: 'grid',
    parameters: [
      { name: 'mu', from: -3, to: 3, points: 13 },
      { name: 'sd', from: 0.5, to: 3, points: 6 },
    ],
    logLikelihood: '-log(sd) - 0.5 * ((x - mu) / sd)^2',
    logPrior: '-log(sd)',
  },
  event: {
    type: 'event',
    prior: 0.01,
    evidence: [
      { id: 'high', when: 'x > 1', probGivenTrue: 0.6, probGivenFalse: 0.2 },
      { id: 'many', when: 'k > 2', probGivenTrue: 0.7, probGivenFalse: 0.3 },
    ],
  },
  kalman: {
    type: 'kalman',
    states: ['level', 'trend'],
    transition: [
      [1, 1],
      [0, 1],
    ],
    noise: [
      [0.1, 0],
      [0, 0.01],
    ],
    initial: {
      mean: [0, 0],
      covariance: [
        [10, 0],
        [0, 1],
      ],
    },
    observations: [{ value: 'x', factors: { level: 1, trend: 'z' }, variance: 0.5 }],
  },
}

const MOST_DEVICES = 155
const dice = randomStream(11)
const normal = normalsOf(dice)
const rows = Array.from({ length: 200 }, () => ({
  x: normal(),
  z: dice.fraction(),
  k: Math.floor(4 * dice.fraction()),
}))

for (const [name, written] of Object.entries(POSTERIORS))
  t.test(
    `${name}: the posterior of 1 to ${MOST_DEVICES} devices is that of all data`,
    async (t) => {
      const compiled = compileModel(modelOf(schema.parse(written), 60_000))
      const posterior = (devices: number) => {
        const parts = dealt(rows, devices).map((own) => contribute(compiled, own).vector)
        return JSON.stringify(resultOf(compiled, sumVectors(parts, compiled.dimension)))
      }
      const pooled = posterior(1)
      const others = Array.from({ length: MOST_DEVICES }, (_, i) => i + 1).filter(
        (devices) => posterior(devices) !== pooled,
      )
      t.strictSame(others, [], 'to the last bit')
      t.match(pooled, /"(?:posterior|probability)":/)
    },
  )
