import { Model } from '../../agent/wire/modelMessage.ts'
import { type Sample, sample } from './sample.ts'

export const average: Model = { type: 'average', response: ['temp'] }
export const fit: Model = {
  type: 'leastSquares',
  response: [['log', 1], 'zinc'],
  terms: [
    [1],
    [['sqrt', 1], 'dist'],
    [['*', 2], 'position.x', new Float64Array([0.5])],
    [-4294967297],
  ],
  names: ['1', 'sqrt(dist)', '0.5*position.x', 'höhe'],
  ridge: new Float64Array([1e-9]),
  weight: [['/', 2], 1, 'error'],
}
const shares: Model = {
  type: 'dirichletMultinomial',
  response: ['valve'],
  prior: Float64Array.of(1, 0.5, 1),
  credible: Float64Array.of(0.9),
  values: Float64Array.of(0, 1, 2),
}
const products: Model = {
  type: 'vectorSum',
  terms: [[['*', 2], 'a', 'b'], ['a']],
  names: ['a * b', 'a'],
}
const clicks: Model = {
  type: 'grid',
  terms: [
    [['-', 2], ['*', 2], 'clicks', ['log', 1], 'rate', 'rate'],
    [['-', 2], 0, 'rate'],
  ],
  names: ['rate'],
  values: Float64Array.of(0.5, 8, 16),
  credible: Float64Array.of(0.95),
}
const gaussian: Model = {
  type: 'gaussian',
  response: ['temp'],
  prior: new Float64Array([20, 1, 2, 2]),
  credible: new Float64Array([0.95]),
}

const knownVariance: Model = {
  type: 'gaussian',
  response: ['temp'],
  prior: new Float64Array([20, 9]),
  credible: new Float64Array([0.95]),
  values: new Float64Array([0.25]),
}
const fading: Model = {
  type: 'betaBernoulli',
  response: ['open'],
  prior: new Float64Array([1, 1]),
  credible: new Float64Array([0.95]),
  forgetting: new Float64Array([0.98]),
}

const filter: Model = {
  type: 'kalman',
  terms: [['gauge'], [1], ['position.x'], [new Float64Array([0.25])]],
  names: ['gauge', '1', 'position.x', '0.25', 'level', 'trend'],
  prior: new Float64Array([3, 0, 1, 0, 0.1]),
  credible: new Float64Array([0.95]),
  values: new Float64Array([1, 1, 0, 1, 0.02, 0, 0.001]),
}

/** Models of each form. */
export const MODEL_SAMPLES: readonly Sample[] = [
  sample('model average', Model, average),
  sample('model leastSquares', Model, fit),
  sample('model gaussian', Model, gaussian),
  sample('model gaussian of known variance', Model, knownVariance),
  sample('model dirichletMultinomial', Model, shares),
  sample('model vectorSum', Model, products),
  sample('model grid', Model, clicks),
  sample('model kalman', Model, filter),
  sample('model that forgets', Model, fading),
]
