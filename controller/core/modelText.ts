import type { EventModel } from '../../agent/wire/eventModel.ts'
import { gaussianPriorText } from '../../agent/wire/gaussianModel.ts'
import { forgettingOf, type JobModel, responseOf } from '../../agent/wire/jobModels.ts'
import { programSums } from '../../agent/wire/programModel.ts'
import { formatDuration } from '../../agent/wire/units.ts'

/** What a model asks for, in words. */
export function modelText(model: JobModel): string {
  const response = responseOf(model)
  const measured = response?.unit
    ? `${response.expression} in ${response.unit}`
    : (response?.expression ?? '')
  switch (model.type) {
    case 'average':
      return `the mean of ${measured} over all rows of all devices.`
    case 'sum':
      return `the sum of ${measured} over all rows of all devices.`
    case 'vectorSum':
      return `the sums of ${model.terms.join(', ')} over all rows of all devices.`
    case 'covariance':
      return `means, covariances and correlations of ${model.variables.join(', ')} over all rows of all devices.`
    case 'histogram':
      return `how many rows of all devices have ${measured} in each of ${model.edges.length - 1} bins from ${model.edges[0]} to ${model.edges.at(-1)}.`
    case 'quantiles':
      return `the values of ${measured} below which shares of ${model.probabilities.join(', ')} of all rows of all devices lie.`
    case 'count':
      return `how many rows of all devices have ${measured}.`
    case 'leastSquares': {
      const ridge = model.ridge > 0 ? ` with a ridge of ${model.ridge}` : ''
      const weights = model.weights === undefined ? '' : `, each row weighted with ${model.weights}`
      const robust = ROBUST[model.robust]
      return `linear regression of ${measured} on ${model.terms.join(', ')}${ridge}${weights}${robust}.`
    }
    case 'program':
      return `what the program ${model.file} makes of ${model.columns.join(', ')}, in at most ${programSums(model)} sums.`
    case 'nonlinearLeastSquares': {
      const names = model.parameters.map(({ name, start }) => `${name} (from ${start})`)
      const weights = model.weights === undefined ? '' : `, each row weighted with ${model.weights}`
      return `${names.join(', ')} by which ${model.formula} comes nearest to ${measured}${weights}, in at most ${model.steps} steps.`
    }
    case 'gaussian': {
      const what =
        model.variance === undefined
          ? `posterior mean and precision of ${measured}, taken to be normal`
          : `posterior mean of ${measured}, taken to be normal with variance ${model.variance}`
      return `${what} (${gaussianPriorText(model)}; ${interval(model)}).`
    }
    case 'bayesianLinear': {
      const before = model.prior
        ? `expected coefficients ${model.prior.means.join(', ')}`
        : 'no prior, as in classical regression'
      const weights = model.weights === undefined ? '' : `, each row weighted with ${model.weights}`
      return `Bayesian regression of ${measured} on ${model.terms.join(', ')}${weights} (${before}; ${interval(model)}).`
    }
    case 'betaBernoulli': {
      const { alpha, beta } = model.prior
      return `posterior of how often ${measured} holds (prior alpha ${alpha}, beta ${beta}; ${interval(model)}).`
    }
    case 'gammaPoisson': {
      const { prior, exposure } = model
      const before = prior ? `prior shape ${prior.shape}, rate ${prior.rate}` : 'prior of Jeffreys'
      return `posterior rate of ${measured} per ${exposure ?? 'row'}, taken to be of Poisson distributions (${before}; ${interval(model)}).`
    }
    case 'event':
      return `probability of an event (prior ${model.prior}) from ${model.evidence.map(({ id }) => id).join(', ')}${decisionText(model)}.`
    case 'grid': {
      const { parameters, logLikelihood, logPrior } = model
      const axes = parameters.map(
        ({ name, from, to, points }) => `${name} (${points} points from ${from} to ${to})`,
      )
      const before = logPrior === undefined ? 'each point as likely' : `log prior ${logPrior}`
      return `posterior of ${axes.join(', ')} under the log-likelihood ${logLikelihood} (${before}; ${interval(model)}).`
    }
    case 'kalman':
      return `Kalman filter of ${model.states.join(', ')}, seen through ${model.observations.map(({ value }) => value).join(', ')} (${interval(model)}); the states move on once a window.`
    case 'dirichletMultinomial': {
      const { categories, prior } = model
      const before = prior ? `prior ${prior.join(', ')}` : 'prior 1 for each'
      return `posterior shares of the values ${categories.join(', ')} of ${measured} (${before}; ${interval(model)}).`
    }
  }
}

function decisionText({ decide }: EventModel): string {
  if (!decide) return ''
  const { posterior, clear = posterior, for: time = 0 } = decide
  const row = time === 0 ? '' : `, for ${formatDuration(time)} in a row`
  return `; taken to be on from ${posterior} on, and off below ${clear}${row}`
}
const ROBUST = {
  none: '',
  huber: ', rows far from the fit for less (Huber)',
  gate: ', over the devices that lie near the median of all',
} as const

const interval = ({ credible }: { readonly credible: number }): string =>
  `${Number((100 * credible).toPrecision(6))} % credible interval`

/** What of earlier windows goes in, in words; empty where each stands by itself. */
export function memoryText(model: JobModel): string {
  const kept = forgettingOf(model)
  if (kept === undefined) return ''
  const fades = kept === 1 ? 'as much as its own' : `${kept} of what it did, with each that passes`
  return ` A window's result rests on those before it too; their evidence counts ${fades}.`
}

/** What a device adds up for a model, in words. */
export function sumsOf(model: JobModel): string {
  const measured = responseOf(model)?.expression ?? ''
  switch (model.type) {
    case 'average':
    case 'gaussian':
      return `sum and sum of squares of ${measured}, and the number of rows`
    case 'sum':
      return `sum of ${measured}, and the number of rows`
    case 'vectorSum':
      return `sums of ${model.terms.join(', ')}, and the number of rows`
    case 'covariance':
      return `sums and sums of products of ${model.variables.join(', ')}, and the number of rows`
    case 'leastSquares':
      if (model.robust === 'huber')
        return `at each step sums of products of ${[...model.terms, measured].join(', ')}, apart for rows near the fit and far from it, and their numbers`
      if (model.diagnostics === 'residuals')
        return `${plainProducts(model, measured)}; then the same again, and powers of the residuals of the fit`
      return plainProducts(model, measured)
    case 'bayesianLinear':
      return plainProducts(model, measured)
    case 'program':
      return `in each sum ${model.length} of the program's own, how many devices have ended and with what, and how many there are`
    case 'nonlinearLeastSquares':
      return `at each step sums of products of ${measured} - (${model.formula}) and its derivatives by ${model.parameters.map(({ name }) => name).join(', ')}, and the number of rows`
    case 'betaBernoulli':
      return `rows in which ${measured} holds, and the number of rows`
    case 'gammaPoisson':
      return `sums of ${measured} and of ${model.exposure ?? 'rows'}, and the number of rows`
    case 'event':
      return `log-odds that ${model.evidence.map(({ id }) => id).join(', ')} bring, how many rows tell of each, and the number of rows`
    case 'grid': {
      const points = model.parameters.reduce((all, each) => all * each.points, 1)
      return `log-likelihoods at ${points} points, rows that each of them rules out, and the number of rows`
    }
    case 'kalman':
      return `what ${model.observations.map(({ value }) => value).join(', ')} tell of ${model.states.join(', ')}, information matrix and vector, and the number of observations`
    case 'quantiles':
      return `at each step rows by the next bits of ${measured}, and the number of rows`
    case 'count':
      return `the number of rows that have ${measured}`
    case 'histogram':
    case 'dirichletMultinomial':
      return `rows of each ${model.type === 'histogram' ? 'bin' : 'category'} of ${measured}, and the number of rows`
  }
}

const plainProducts = (
  { weights, terms }: { readonly weights?: string | undefined; readonly terms: readonly string[] },
  measured: string,
): string =>
  `${weights === undefined ? '' : 'weighted '}sums of products of ${[...terms, measured].join(', ')}, and the number of rows`
