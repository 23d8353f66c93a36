import * as z from 'zod/mini'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { LIMITS } from './limits.ts'
import { expressionText, parameterName, response } from './modelFields.ts'
import { field, real, whole } from './notes.ts'
import { shown } from './words.ts'

/** The model `nonlinearLeastSquares` of a job: any curve with parameters, fitted step by step. */

/** Beyond every sensible value, and its square still a double. */
const UNBOUNDED = 1e150

const parameter = z.strictObject({
  name: field(
    parameterName(),
    'Name of the parameter in the formula; a sensor of the same name cannot be read there.',
    { example: 'rate' },
  ),
  start: field(
    real(),
    'Where the search begins; near the answer it is found sooner, and more surely.',
  ),
  least: field(z.optional(real()), 'It is never less than this. Absent: no bound.'),
  most: field(z.optional(real()), 'It is never more than this. Absent: no bound.'),
})
const fields = z.strictObject({
  type: field(
    z.literal('nonlinearLeastSquares'),
    'The parameters of any formula that come nearest to the response in squares; each step of the search is one exact sum over the fleet.',
  ),
  response: response('What is explained: an expression, or { sensor, unit }.'),
  formula: field(
    expressionText(),
    'What explains it: an expression over parameters and sensor ids that has derivatives by each parameter.',
    { kind: 'expression', example: 'top * (1 - exp(-rate * time))' },
  ),
  parameters: field(
    z.array(parameter).check(
      z.refine((list) => list.length >= 1 && list.length <= LIMITS.parameters, {
        error: ({ input }) => `found ${shown(input)}, wanted 1 to ${LIMITS.parameters} parameters.`,
      }),
    ),
    'What is estimated, and where the search begins.',
    {
      range: `1 to ${LIMITS.parameters} items`,
      example: '[{ name: top, start: 500 }, { name: rate, start: 0.001, least: 0 }]',
    },
  ),
  weights: field(
    z.optional(expressionText()),
    'What a row counts, more than 0: one over the variance of its error. Absent: all the same.',
    { kind: 'expression', example: '1 / deviation^2' },
  ),
  steps: field(
    z.prefault(whole({ least: 1, most: LIMITS.steps }), LIMITS.steps),
    'Most sums that are taken; most fits need 5 to 50, steep and narrow valleys hundreds.',
  ),
})
export type NonlinearLeastSquares = z.output<typeof fields>

export const nonlinearLeastSquares = crossChecked(fields, [
  { reads: ['parameters'], conflicts: parameterConflicts },
])

/** Start, least and largest value of each parameter, after the most sums, as devices get them. */
export const nonlinearSettings = ({ steps, parameters }: NonlinearLeastSquares): number[] => [
  steps,
  ...parameters.flatMap(({ start, least = -UNBOUNDED, most = UNBOUNDED }) => [start, least, most]),
]

function parameterConflicts({ parameters }: NonlinearLeastSquares): Conflict[] {
  const found: Conflict[] = []
  parameters.forEach(({ name, start, least = -UNBOUNDED, most = UNBOUNDED }, i) => {
    const complain = (key: string, text: string) =>
      found.push({ path: ['parameters', i, key], text })
    const first = parameters.findIndex((each) => each.name === name)
    if (first < i) complain('name', `the same as that of parameters[${first}]. Names must differ.`)
    if (least >= most) complain('least', `found ${least}, wanted less than "most", ${most}.`)
    else if (start < least)
      complain('start', `found ${start}, wanted at least ${least}, its "least".`)
    else if (start > most) complain('start', `found ${start}, wanted at most ${most}, its "most".`)
  })
  return found
}
