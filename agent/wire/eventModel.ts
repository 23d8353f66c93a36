import * as z from 'zod/mini'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { type Millis, SENSOR_PATTERN } from './ids.ts'
import { LIMITS } from './limits.ts'
import { chance, expressionText, forgetting, threshold } from './modelFields.ts'
import { choice, field, notBuilt, real, word } from './notes.ts'
import { duration, formatDuration } from './units.ts'
import { shown } from './words.ts'

/** The model `event` of a job: evidence for or against something. */

const DAY = 86_400_000

/** A number is no condition, and quotes would make it none. */
const notOf = (wanted: string) => (input: unknown) =>
  typeof input === 'number' || typeof input === 'boolean'
    ? `found ${input}, wanted ${wanted}.`
    : undefined

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
const missing = () =>
  field(
    z.prefault(choice(['ignore']), 'ignore'),
    'A row that lacks what this reads is no evidence of this kind, for or against.',
  )
const conditionFields = z.strictObject({
  id: evidenceId(),
  when: field(
    expressionText(notOf('a condition over sensor ids, such as moisture > 60')),
    'A condition over sensor ids; that it does not hold is evidence, too.',
    { kind: 'expression', example: 'moisture > 60' },
  ),
  probGivenTrue: chance('How likely it holds on a device while the event is on.', '0.95'),
  probGivenFalse: chance('How likely it holds while the event is not on.', '0.02'),
  otherwise: field(
    z.optional(choice(['ignore'])),
    'What a row is in which it does not hold. `ignore`: no evidence of this kind, as of a sensor with a condition for each of its ranges, one of which holds. Absent: evidence, of the other probabilities.',
  ),
  missing: missing(),
})
const condition = crossChecked(conditionFields, [
  {
    reads: ['probGivenTrue', 'probGivenFalse'],
    conflicts: ({ probGivenTrue: p, probGivenFalse: q }) =>
      p === q ? idle('probGivenFalse', `found ${q}, as probGivenTrue`) : [],
  },
])
const measurementFields = z.strictObject({
  id: evidenceId(),
  value: field(
    expressionText(notOf('an expression over sensor ids, such as humidity')),
    'A value over sensor ids.',
    {
      kind: 'expression',
      example: 'humidity',
    },
  ),
  givenTrue: normal('while the event is on'),
  givenFalse: normal('while it is not'),
  missing: missing(),
})
const measurement = crossChecked(measurementFields, [
  {
    reads: ['givenTrue', 'givenFalse'],
    conflicts: ({ givenTrue: p, givenFalse: q }) =>
      p.mean === q.mean && p.deviation === q.deviation
        ? idle('givenFalse', 'the same as givenTrue')
        : [],
  },
])

/** Evidence that weighs nothing, whatever is seen. */
const idle = (key: string, found: string): Conflict[] => [
  {
    path: [key],
    text: `${found}: seen as often either way, it speaks neither for the event nor against it. Write what is meant, or leave this evidence out.`,
  },
]

const decisionFields = z.strictObject({
  posterior: threshold('The event is taken to be on from this probability on.', '0.99'),
  clear: field(
    z.optional(threshold('', '0.9')),
    'It is taken to be off below this one, which is less than posterior; in between all stays as it is. Absent: posterior, so that one threshold does both.',
    { example: '0.9' },
  ),
  for: field(
    z.optional(duration({ least: 0, most: 366 * DAY })),
    'How long in a row windows must ask for a change before it is made, in whole windows, rounded up; absent: the first does.',
    { example: '30s' },
  ),
})
const decision = crossChecked(decisionFields, [
  {
    reads: ['posterior', 'clear'],
    conflicts: ({ posterior, clear }) =>
      clear !== undefined && clear >= posterior
        ? [
            {
              path: ['clear'],
              text: `found ${clear}, wanted less than posterior, ${posterior}. Leave it out to have one threshold.`,
            },
          ]
        : [],
  },
])
export type Evidence = z.output<typeof condition> | z.output<typeof measurement>
const fields = z.strictObject({
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
  independence: notBuilt('discounting evidence of devices that depend on each other is'),
  forgetting,
  decide: field(
    z.optional(decision),
    'Takes the event to be on or off, from window to window; of a job with window.every. Absent: only its probability is told.',
    { example: '{ posterior: 0.99, clear: 0.9, for: 30s }' },
  ),
})
export type EventModel = z.output<typeof fields>

export const event = crossChecked(fields, [{ reads: ['evidence[].id'], conflicts: nameConflicts }])

function nameConflicts({ evidence }: EventModel): Conflict[] {
  return evidence.flatMap(({ id }, i) => {
    const first = evidence.findIndex((each) => each.id === id)
    const text = `the same as that of evidence[${first}]. Names must differ.`
    return first < i ? [{ path: ['evidence', i, 'id'], text }] : []
  })
}

/** Why there can be no decision in the job that it stands in. */
export function decisionConflicts(
  { decide }: EventModel,
  every: Millis | undefined,
): readonly Conflict[] {
  if (!decide || every !== undefined) return []
  const isTimed = decide.for !== undefined
  const what = isTimed ? `found ${formatDuration(decide.for ?? 0)}, but the` : 'the'
  const text = `${what} job does not repeat, and a decision lasts from window to window. Add window.every, or remove decide.`
  return [{ path: ['decide', ...(isTimed ? ['for'] : [])], text }]
}

/** `[posterior, clear, windows]`, as devices get it. @param every time from window to window */
export function decisionValues(
  { decide }: EventModel,
  every: Millis | undefined,
): readonly number[] | undefined {
  if (!decide) return undefined
  const { posterior, clear = posterior, for: time = 0 } = decide
  return [posterior, clear, Math.max(1, Math.ceil(time / (every ?? 1)))]
}
