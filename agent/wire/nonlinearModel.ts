import * as z from 'zod/mini'
import { SENSOR_PATTERN } from './ids.ts'
import { LIMITS } from './limits.ts'
import { expressionText, response } from './modelFields.ts'
import { field, real, whole, word } from './notes.ts'
import { shown } from './words.ts'

/** The model `nonlinearLeastSquares` of a job: any curve with parameters, fitted step by step. */

/** Beyond every sensible value, and its square still a double. */
const UNBOUNDED = 1e150

const parameter = z.strictObject({
  name: field(
    word<string>(SENSOR_PATTERN, '1-32 letters, digits and _'),
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
export const nonlinearLeastSquares = z.strictObject({
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
export type NonlinearLeastSquares = z.output<typeof nonlinearLeastSquares>

/** Start, least and largest value of each parameter, after the most sums, as devices get them. */
export const nonlinearSettings = ({ steps, parameters }: NonlinearLeastSquares): number[] => [
  steps,
  ...parameters.flatMap(({ start, least = -UNBOUNDED, most = UNBOUNDED }) => [start, least, most]),
]

/** What of the fields does not go together. */
export function nonlinearConflicts({
  parameters,
}: NonlinearLeastSquares): { path: (string | number)[]; text: string }[] {
  const found: { path: (string | number)[]; text: string }[] = []
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
