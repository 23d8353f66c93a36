import * as z from 'zod/mini'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { LIMITS } from './limits.ts'
import { credible, expressionText, parameterName } from './modelFields.ts'
import { field, real, whole } from './notes.ts'
import { shown } from './words.ts'

/** The model `grid` of a job: any likelihood, on a grid of its parameters. */

const MOST_PARAMETERS = 4

const parameter = z
  .strictObject({
    name: field(
      parameterName(),
      'Name of the parameter in the formulas; a sensor of the same name cannot be read there.',
      { example: 'rate' },
    ),
    from: field(real(), 'Least value.'),
    to: field(real(), 'Largest value.'),
    points: field(
      whole({ least: 2, most: LIMITS.gridPoints }),
      'Values that are looked at, evenly spaced, both ends among them.',
    ),
  })
  .check(
    z.refine(({ from, to }) => from < to, {
      error: ({ input }) =>
        `found from ${(input as { from: number }).from} to ${(input as { to: number }).to}, wanted a "to" above "from".`,
    }),
  )
const fields = z.strictObject({
  type: field(
    z.literal('grid'),
    'Bayesian estimate of a few parameters under any likelihood that can be written down.',
  ),
  parameters: field(
    z.array(parameter).check(
      z.refine((list) => list.length >= 1 && list.length <= MOST_PARAMETERS, {
        error: ({ input }) => `found ${shown(input)}, wanted 1 to ${MOST_PARAMETERS} parameters.`,
      }),
    ),
    `What is estimated, and where it is looked for; at most ${LIMITS.gridPoints} points in all.`,
    {
      range: `1 to ${MOST_PARAMETERS} items`,
      example: '[{ name: rate, from: 0.1, to: 8, points: 80 }]',
    },
  ),
  logLikelihood: field(
    expressionText(),
    'Log of the probability of one row, up to what depends on no parameter: an expression over parameters and sensor ids.',
    { kind: 'expression', example: 'clicks * log(rate) - rate' },
  ),
  logPrior: field(
    z.optional(expressionText()),
    'Log of the prior density, up to a constant: an expression over parameters. Absent: each point is as likely.',
    { kind: 'expression', example: '-rate' },
  ),
  credible,
})
export type Grid = z.output<typeof fields>

export const grid = crossChecked(fields, [{ reads: ['parameters'], conflicts: parameterConflicts }])

function parameterConflicts({ parameters }: Grid): Conflict[] {
  const found: Conflict[] = []
  parameters.forEach(({ name }, i) => {
    const first = parameters.findIndex((each) => each.name === name)
    if (first < i)
      found.push({
        path: ['parameters', i, 'name'],
        text: `the same as that of parameters[${first}]. Names must differ.`,
      })
  })
  const points = parameters.reduce((all, each) => all * each.points, 1)
  if (points > LIMITS.gridPoints)
    found.push({
      path: ['parameters'],
      text: `found ${points} points in all, wanted at most ${LIMITS.gridPoints}. Use fewer for each.`,
    })
  return found
}
