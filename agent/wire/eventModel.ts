import * as z from 'zod/mini'
import { SENSOR_PATTERN } from './ids.ts'
import { LIMITS } from './limits.ts'
import { chance, expressionText, forgetting } from './modelFields.ts'
import { field, real, word } from './notes.ts'
import { shown } from './words.ts'

/** The model `event` of a job: evidence for or against something. */

const normal = (when: string) =>
  field(
    z.strictObject({
      mean: field(real(), 'Mean of the value.'),
      deviation: field(real({ least: 0, open: true }), 'Its standard deviation.'),
    }),
    `Normal distribution of the value ${when}.`,
    { example: '{ mean: 85, deviation: 8 }' },
  )
const evidenceId = () =>
  field(
    word<string>(SENSOR_PATTERN, '1-32 letters, digits and _'),
    'Name of this evidence, for the result.',
    { example: 'wet' },
  )
const condition = z.strictObject({
  id: evidenceId(),
  when: field(
    expressionText(),
    'A condition over sensor ids; that it does not hold is evidence, too.',
    { kind: 'expression', example: 'moisture > 60' },
  ),
  probGivenTrue: chance('How likely it holds on a device while the event is on.', '0.95'),
  probGivenFalse: chance('How likely it holds while the event is not on.', '0.02'),
})
const measurement = z.strictObject({
  id: evidenceId(),
  value: field(expressionText(), 'A value over sensor ids.', {
    kind: 'expression',
    example: 'humidity',
  }),
  givenTrue: normal('while the event is on'),
  givenFalse: normal('while it is not'),
})
export type Evidence = z.output<typeof condition> | z.output<typeof measurement>
export const event = z.strictObject({
  type: field(
    z.literal('event'),
    'Probability that something is the case, from the evidence of all devices (log-odds).',
  ),
  prior: chance('Probability before any evidence; counted once for the fleet.', '0.001'),
  evidence: field(
    z.array(z.union([condition, measurement])).check(
      z.refine((list) => list.length >= 1 && list.length <= LIMITS.terms, {
        error: ({ input }) =>
          `found ${shown(input)}, wanted 1 to ${LIMITS.terms} kinds of evidence.`,
      }),
    ),
    'What speaks for it or against it; a device that lacks a sensor brings no evidence of that kind.',
    { range: `1 to ${LIMITS.terms} items` },
  ),
  forgetting,
})
