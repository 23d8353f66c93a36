import * as z from 'zod/mini'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { credible, forgetting, response, sensorId, shape, unit } from './modelFields.ts'
import { field, real } from './notes.ts'

/** The model `gaussian` of a job: mean and spread of normal readings. */

const UNKNOWN = ['kappa', 'alpha', 'beta'] as const

const prior = z.strictObject({
  mean: field(real(), 'Expected mean, in the unit of the response.'),
  kappa: z.optional(
    shape('How many observations the expected mean is worth; where the variance is not known.'),
  ),
  alpha: z.optional(shape('Half of how many observations the expected spread is worth; likewise.')),
  beta: z.optional(
    shape('Half of the sum of squares that they would have had, in squared units; likewise.'),
  ),
  variance: z.optional(
    shape('How far off the expected mean may be, in squared units; where `variance` is given.'),
  ),
})
const fields = z.strictObject({
  type: field(
    z.literal('gaussian'),
    'Bayesian estimate of mean and precision of normally distributed readings (Normal-Gamma), or of the mean alone.',
  ),
  sensor: field(z.optional(sensorId()), 'Id of the sensor; or give `response`.'),
  unit: field(z.optional(unit()), 'SenML code of the unit that the sensor must have.'),
  response: z.optional(response('What is estimated: an expression; or give `sensor` and `unit`.')),
  variance: field(
    z.optional(real({ least: 0, open: true })),
    'Variance of a single reading, in squared units, where it is known; absent: it is estimated.',
    { example: '0.25' },
  ),
  prior: field(
    z.optional(prior),
    'What is believed before any reading; absent: nothing, which gives the classical interval. Beside `variance` it is { mean, variance }.',
    { example: '{ mean: 20, kappa: 1, alpha: 2, beta: 2 }' },
  ),
  credible,
  forgetting,
})
type Gaussian = z.output<typeof fields>

export const gaussian = crossChecked(fields, [
  { reads: ['sensor', 'response', 'unit'], conflicts: sourceConflicts },
  { reads: ['prior', 'variance'], conflicts: priorConflicts },
])

function sourceConflicts({ sensor, response, unit }: Gaussian): Conflict[] {
  const found: Conflict[] = []
  const refuse = (key: string, text: string) => found.push({ path: [key], text })
  if (sensor === undefined && response === undefined)
    refuse('sensor', 'missing, wanted the id of a sensor, or "response".')
  if (sensor !== undefined && response !== undefined)
    refuse('response', 'stands beside "sensor", wanted one of the two.')
  if (sensor === undefined && unit !== undefined)
    refuse('unit', 'belongs to "sensor", which is not there. Write response: { sensor, unit }.')
  return found
}

function priorConflicts({ prior, variance }: Gaussian): Conflict[] {
  if (!prior) return []
  const found: Conflict[] = []
  const refuse = (key: string, text: string) => found.push({ path: ['prior', key], text })
  if (variance !== undefined) {
    if (prior.variance === undefined)
      refuse('variance', 'missing, wanted how far off the expected mean may be, in squared units.')
    for (const key of UNKNOWN)
      if (prior[key] !== undefined)
        refuse(key, 'stands beside model.variance, wanted { mean, variance }: the spread is known.')
    return found
  }
  for (const key of UNKNOWN)
    if (prior[key] === undefined)
      refuse(key, 'missing, wanted a number > 0; or give model.variance, if it is known.')
  if (prior.variance !== undefined)
    refuse('variance', 'stands without model.variance, wanted both, or kappa, alpha and beta.')
  return found
}

/** Its figures in the order of the wire (modelMessage.ts). */
export function gaussianPrior({ prior, variance }: Gaussian): readonly number[] | undefined {
  if (!prior) return undefined
  const { mean, kappa = 0, alpha = 0, beta = 0 } = prior
  return variance === undefined ? [mean, kappa, alpha, beta] : [mean, prior.variance ?? 0]
}

/** What is believed before any reading, in words. */
export function gaussianPriorText({ prior, variance }: Gaussian): string {
  if (!prior)
    return variance === undefined ? 'no prior, as in the classical t interval' : 'no prior'
  if (variance !== undefined) return `prior mean ${prior.mean}, variance ${prior.variance}`
  const { mean, kappa, alpha, beta } = prior
  return `prior mean ${mean}, kappa ${kappa}, alpha ${alpha}, beta ${beta}`
}
