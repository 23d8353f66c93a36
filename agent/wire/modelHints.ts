import { quote } from './ids.ts'

/** Models of a job that people look for under other names, and what they write here. */

const QUANTILES = 'quantiles, with probabilities:'
const AVERAGE = 'average, which tells the mean and how far the rows lie apart'
const SUMS = 'vectorSum, whose terms are products such as a * b'
const EVENT = 'event for something that is the case or not, or gaussian for a mean'
const OWN = 'program, a TypeScript function of your own'

const HINTS: ReadonlyMap<string, string> = new Map([
  ['median', `${QUANTILES} [0.5]`],
  ['percentile', `${QUANTILES} [0.95]`],
  ['percentiles', `${QUANTILES} [0.05, 0.5, 0.95]`],
  ['max', `${QUANTILES} [1]`],
  ['maximum', `${QUANTILES} [1]`],
  ['min', `${QUANTILES} [0]`],
  ['minimum', `${QUANTILES} [0]`],
  ['mean', AVERAGE],
  ['avg', AVERAGE],
  ['variance', AVERAGE],
  ['stddev', AVERAGE],
  ['deviation', AVERAGE],
  ['standarddeviation', AVERAGE],
  ['correlation', 'covariance, which tells correlations, too'],
  ['regression', 'leastSquares'],
  ['linear', 'leastSquares'],
  ['linearregression', 'leastSquares'],
  ['ols', 'leastSquares'],
  ['polynomial', 'leastSquares, with terms such as x^2'],
  ['ridge', 'leastSquares, with ridge: 0.1'],
  ['huber', 'leastSquares, with robust: huber'],
  ['nonlinear', 'nonlinearLeastSquares'],
  ['nonlinearregression', 'nonlinearLeastSquares'],
  ['curvefit', 'nonlinearLeastSquares'],
  ['bayes', EVENT],
  ['bayesian', EVENT],
  ['normal', 'gaussian'],
  ['poisson', 'gammaPoisson'],
  ['bernoulli', 'betaBernoulli'],
  ['multinomial', 'dirichletMultinomial'],
  ['kalmanfilter', 'kalman'],
  ['dotproduct', SUMS],
  ['matrixvector', SUMS],
  ['matrixvectorproduct', SUMS],
  ['kmeans', OWN],
  ['clustering', OWN],
  ['function', OWN],
  ['script', OWN],
])

/** Says which model another name stands for, and nothing of names that it does not know. */
export function modelHint({ input }: { readonly input?: unknown }): string | undefined {
  const type = (input as { readonly type?: unknown } | null | undefined)?.type
  if (typeof type !== 'string') return undefined
  const hint = HINTS.get(type.toLowerCase().replace(/[-_ ]/g, ''))
  return hint && `found ${quote(type)}, which is no model. Write ${hint}.`
}
