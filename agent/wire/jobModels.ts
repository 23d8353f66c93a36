import * as z from 'zod/mini'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { event } from './eventModel.ts'
import { gaussian } from './gaussianModel.ts'
import { grid } from './gridModel.ts'
import { formulasOf, kalman } from './kalmanModel.ts'
import {
  ascending,
  credible,
  expressionText,
  forgetting,
  type Response,
  response,
  shape,
  termList,
} from './modelFields.ts'
import { modelHint } from './modelHints.ts'
import { nonlinearLeastSquares } from './nonlinearModel.ts'
import { choice, field, real } from './notes.ts'
import { count, quantileSums, quantiles } from './orderModels.ts'
import { program, programSums } from './programModel.ts'
import { counted } from './words.ts'

/** The models that a job may ask for (spec.model), as people write them. */

const average = z.strictObject({
  type: field(z.literal('average'), 'The mean of the response over all rows of all devices.'),
  response: response('What is averaged: an expression, or { sensor, unit }.'),
})
const sum = z.strictObject({
  type: field(z.literal('sum'), 'The sum of the response over all rows of all devices.'),
  response: response('What is summed: an expression, or { sensor, unit }.'),
})
const leastSquaresFields = z.strictObject({
  type: field(
    z.literal('leastSquares'),
    'Linear regression of the response on the terms; devices sum products, never raw rows.',
  ),
  response: response('What is explained: an expression, or { sensor, unit }.'),
  terms: termList(
    1,
    'What explains it: expressions and numbers; 1 is the intercept. Coefficients come in this order.',
    '[1, sqrt(dist)]',
  ),
  ridge: field(
    z.prefault(real({ least: 0, most: 1e6 }), 0),
    'Ridge penalty: so many times the sum of squares of each term, about its mean where there is a constant term, is added for the square of its coefficient; 0 is plain least squares.',
  ),
  weights: field(
    z.optional(expressionText()),
    'What a row counts, more than 0: one over the variance of its error. Absent: all the same.',
    { kind: 'expression', example: '1 / deviation^2' },
  ),
  robust: field(
    z.prefault(choice(['none', 'huber', 'gate']), 'none'),
    'What is done about outliers: `huber` counts rows far from the fit for less, `gate` leaves out devices that lie too far from most others.',
  ),
  diagnostics: field(
    z.prefault(choice(['none', 'residuals']), 'none'),
    '`residuals`: a second sum tells whether what the fit leaves over is normal, and whether its spread depends on the terms.',
  ),
})

const covariance = z.strictObject({
  type: field(
    z.literal('covariance'),
    'Means, covariances and correlations of several variables over all rows of all devices.',
  ),
  variables: termList(
    2,
    'Expressions; the matrix has them in this order.',
    '[temperature, humidity]',
  ),
})
const vectorSum = z.strictObject({
  type: field(
    z.literal('vectorSum'),
    'Several sums at once: dot products, or a matrix-vector product whose columns lie on the devices.',
  ),
  terms: termList(1, 'What is summed, each by itself.', '[voltage * current, current]'),
})
const histogram = z.strictObject({
  type: field(z.literal('histogram'), 'How many rows of all devices fall into each bin.'),
  response: response('What is counted: an expression, or { sensor, unit }.'),
  edges: ascending(
    'Edges of the bins. A bin holds its lower edge and not its upper one; the last holds both.',
    '[0, 10, 20, 30]',
  ),
})
const bayesianLinearFields = z.strictObject({
  type: field(
    z.literal('bayesianLinear'),
    'Bayesian linear regression: coefficients and precision of the errors, with intervals.',
  ),
  response: response('What is explained: an expression, or { sensor, unit }.'),
  terms: termList(
    1,
    'What explains it: expressions and numbers; 1 is the intercept.',
    '[1, sqrt(dist)]',
  ),
  prior: field(
    z.optional(
      z.strictObject({
        means: field(z.array(real()), 'Expected coefficients, one for each term.', {
          example: '[20, 0]',
        }),
        worths: field(
          z.array(real({ least: 0, open: true })),
          'How many rows with the term at 1 and all others at 0 each expected coefficient is worth.',
          { example: '[1, 0.1]' },
        ),
        alpha: shape('Half of how many observations the expected error is worth.'),
        beta: shape(
          'Half of the sum of squared errors that they would have had, in squared units.',
        ),
      }),
    ),
    'What is believed before any reading; absent: nothing, which gives the classical intervals.',
    { example: '{ means: [20, 0], worths: [1, 0.1], alpha: 2, beta: 2 }' },
  ),
  weights: field(
    z.optional(expressionText()),
    'What a row counts, more than 0: one over the variance of its error, up to a factor. Absent: all the same.',
    { kind: 'expression', example: '1 / deviation^2' },
  ),
  credible,
  forgetting,
})
const betaBernoulli = z.strictObject({
  type: field(
    z.literal('betaBernoulli'),
    'Bayesian estimate of how often something is the case (Beta prior).',
  ),
  success: field(
    expressionText(),
    'What is or is not the case in a row: a condition over sensor ids.',
    { kind: 'expression', example: 'temperature > 30' },
  ),
  prior: field(
    z.prefault(
      z.strictObject({
        alpha: shape('Successes that the prior is worth, and one more for a flat one.'),
        beta: shape('Failures that it is worth, and one more for a flat one.'),
      }),
      { alpha: 1, beta: 1 },
    ),
    'What is believed before any reading; 1 and 1: every rate is as likely.',
  ),
  credible,
  forgetting,
})
const gammaPoisson = z.strictObject({
  type: field(
    z.literal('gammaPoisson'),
    'Bayesian estimate of the rate of events that are counted (Gamma prior).',
  ),
  count: field(expressionText(), 'Events of a row: a whole number, 0 or more.', {
    kind: 'expression',
    example: 'clicks',
  }),
  exposure: field(
    z.optional(expressionText()),
    'Time, length or volume in which they were counted; the rate is events per unit of it. Absent: 1 for each row.',
    { kind: 'expression', example: 'seconds / 3600' },
  ),
  prior: field(
    z.optional(
      z.strictObject({
        shape: shape('Events that the prior is worth.'),
        rate: shape('Exposure in which they would have been counted.'),
      }),
    ),
    'What is believed before any reading; absent: nothing (the prior of Jeffreys).',
    { example: '{ shape: 3, rate: 2 }' },
  ),
  credible,
  forgetting,
})
const dirichletMultinomialFields = z.strictObject({
  type: field(
    z.literal('dirichletMultinomial'),
    'Bayesian estimate of the shares of categories (Dirichlet prior).',
  ),
  response: response('What is one of the categories: an expression, or { sensor, unit }.'),
  categories: ascending(
    'Values of the categories. Rows with another value are left out.',
    '[0, 1, 2]',
  ),
  prior: field(
    z.optional(z.array(real({ least: 0, open: true }))),
    'Rows of each category that the prior is worth, and one more for a flat one; absent: 1 for each, every share is as likely.',
    { example: '[1, 1, 1]' },
  ),
  credible,
  forgetting,
})

const leastSquares = crossChecked(leastSquaresFields, [
  {
    reads: ['ridge', 'robust'],
    conflicts: ({ ridge, robust }) =>
      robust === 'huber' && ridge > 0
        ? [{ path: ['ridge'], text: `found ${ridge}, wanted 0 beside robust: ${robust}.` }]
        : [],
  },
  {
    reads: ['diagnostics', 'robust'],
    conflicts: ({ diagnostics, robust }) =>
      diagnostics === 'residuals' && robust !== 'none'
        ? noResiduals(`robust: ${robust}, which leaves some out`)
        : [],
  },
  {
    reads: ['diagnostics', 'ridge'],
    conflicts: ({ diagnostics, ridge }) =>
      diagnostics === 'residuals' && ridge > 0
        ? noResiduals('a ridge, which draws the fit away from them')
        : [],
  },
])
const noResiduals = (beside: string): Conflict[] => [
  { path: ['diagnostics'], text: `found residuals, wanted none beside ${beside}.` },
]
const bayesianLinear = crossChecked(bayesianLinearFields, [
  {
    reads: ['terms', 'prior'],
    conflicts: ({ terms, prior }) =>
      prior
        ? (['means', 'worths'] as const).flatMap((key) =>
            lengthConflicts(prior[key], terms, 'terms', ['prior', key]),
          )
        : [],
  },
])
const dirichletMultinomial = crossChecked(dirichletMultinomialFields, [
  {
    reads: ['categories', 'prior'],
    conflicts: ({ categories, prior }) =>
      prior ? lengthConflicts(prior, categories, 'categories', ['prior']) : [],
  },
])

function lengthConflicts(
  numbers: readonly number[],
  of: readonly unknown[],
  name: string,
  path: string[],
): Conflict[] {
  if (numbers.length === of.length) return []
  const found = counted(numbers.length, 'number')
  return [{ path, text: `found ${found}, wanted ${of.length}, one for each of ${name}.` }]
}

/** The models by their type. */
export const MODELS = {
  average,
  sum,
  vectorSum,
  covariance,
  histogram,
  quantiles,
  count,
  leastSquares,
  nonlinearLeastSquares,
  gaussian,
  bayesianLinear,
  betaBernoulli,
  gammaPoisson,
  dirichletMultinomial,
  event,
  grid,
  kalman,
  program,
} as const
type Models = (typeof MODELS)[keyof typeof MODELS]
export const model = z.discriminatedUnion(
  'type',
  Object.values(MODELS) as [Models, ...Models[]], // there are some
  { error: modelHint },
)

export type JobModel = z.output<typeof model>

/** What the model measures, whichever way it was written. */
export function responseOf(model: JobModel): Response | undefined {
  const plain = (expression: string): Response => ({ expression, unit: '' })
  switch (model.type) {
    case 'vectorSum':
    case 'covariance':
    case 'event':
    case 'grid':
    case 'kalman':
    case 'program':
      return undefined
    case 'betaBernoulli':
      return plain(model.success)
    case 'gammaPoisson':
      return plain(model.count)
    case 'gaussian':
      return model.response ?? { expression: model.sensor ?? '', unit: model.unit ?? '' }
    default:
      return model.response
  }
}

/** What each row counts, where the model says. */
export const weightOf = (model: JobModel): string | undefined =>
  'weights' in model ? model.weights : undefined

/** The other formulas of a model: what explains it, its variables, its exposure. */
export function termsOf(model: JobModel): readonly string[] {
  switch (model.type) {
    case 'leastSquares':
    case 'bayesianLinear':
    case 'vectorSum':
      return model.terms
    case 'covariance':
      return model.variables
    case 'program':
      return model.columns
    case 'nonlinearLeastSquares':
      return [model.formula]
    case 'event':
      return model.evidence.map((each) => ('when' in each ? each.when : each.value))
    case 'grid':
      return [model.logLikelihood, ...(model.logPrior === undefined ? [] : [model.logPrior])]
    case 'kalman':
      return model.observations.flatMap((each) => formulasOf(each, model.states))
    case 'gammaPoisson':
      return model.exposure === undefined ? [] : [model.exposure]
    default:
      return []
  }
}

/** Most sums in a row that a result takes. */
export function mostSumsOf(model: JobModel): number {
  if (model.type === 'program') return PROGRAM_RUNS * (programSums(model) + 1)
  if (model.type === 'quantiles') return quantileSums(model)
  if (model.type === 'leastSquares')
    return model.robust === 'huber'
      ? HUBER_SUMS
      : model.diagnostics === 'residuals'
        ? RESIDUAL_SUMS
        : 1
  return 'steps' in model ? model.steps : 1
}

/** As fusion/huberPath.ts, fusion/diagnosed.ts and fusion/program.ts have them. */
const HUBER_SUMS = 100
const RESIDUAL_SUMS = 5
const PROGRAM_RUNS = 2

/** Names in a model's formulas that are no sensors. */
export const ownNames = (model: JobModel): readonly string[] =>
  'parameters' in model ? model.parameters.map(({ name }) => name) : []

/** What the model keeps of the evidence of earlier windows, where it says. */
export const forgettingOf = (model: JobModel): number | undefined =>
  'forgetting' in model ? model.forgetting : undefined
