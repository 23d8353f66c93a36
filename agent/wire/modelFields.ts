import * as z from 'zod/mini'
import { sensorField } from './commonFields.ts'
import { quote, SENSOR_PATTERN, type SensorId } from './ids.ts'
import { LIMITS } from './limits.ts'
import { type Field, field, real } from './notes.ts'
import { senmlUnit } from './senml.ts'
import { shown } from './words.ts'

/** Fields that several models of a job have (jobModels.ts). */

const EXPRESSION_CHARACTERS = 1000

/** What is measured: an expression, and the unit of its one sensor where that is given. */
export interface Response {
  readonly expression: string
  /** SenML code that the sensor must have; empty: any. */
  readonly unit: string
}

/** @param kind words for what is no text, where that needs more than quotes */
export const expressionText = (kind?: (input: unknown) => string | undefined) =>
  z.string(kind && { error: ({ input }) => kind(input) }).check(
    z.refine((text) => text.trim().length > 0 && text.length <= EXPRESSION_CHARACTERS, {
      error: ({ input }) =>
        String(input).trim() === ''
          ? 'found "", wanted an expression such as log(zinc).'
          : `found ${String(input).length} characters, wanted at most ${EXPRESSION_CHARACTERS}.`,
    }),
  )
/** A name that formulas give a value of its own. */
export const parameterName = (): Field<string> => {
  const wanted = '1-32 letters, digits and _'
  const schema = z.string().check(
    z.refine((name) => SENSOR_PATTERN.test(name) && name !== 'pi', {
      error: ({ input }) =>
        input === 'pi'
          ? 'found "pi", which is the number 3.14159... in formulas, wanted another name.'
          : `found ${quote(String(input))}, wanted ${wanted}.`,
    }),
  )
  return field(schema, '', { range: wanted, json: { pattern: SENSOR_PATTERN.source } })
}
export const sensorId = () => sensorField('Id of the sensor.')
export const unit = () => field(senmlUnit(), 'SenML code of the unit that the sensor must have.')

export const response = (description: string) =>
  field(
    z.union(
      [
        z.pipe(
          expressionText(),
          z.transform((expression: string): Response => ({ expression, unit: '' })),
        ),
        z.pipe(
          z.strictObject({ sensor: sensorId(), unit: unit() }),
          z.transform(
            ({ sensor, unit }: { sensor: SensorId; unit: string }): Response => ({
              expression: sensor,
              unit,
            }),
          ),
        ),
      ],
      {
        error: ({ input }) =>
          `${input === undefined ? 'missing' : `found ${shown(input)}`}, wanted an expression over sensor ids, or { sensor, unit }.`,
      },
    ),
    description,
    { kind: 'expression', example: 'log(zinc)' },
  )

export const term = z.union(
  [
    expressionText(),
    z.pipe(
      z.number(),
      z.transform((constant: number) => String(constant)),
    ),
  ],
  { error: ({ input }) => `found ${shown(input)}, wanted an expression or a number.` },
)

export const termList = (least: number, description: string, example: string) =>
  field(
    z.array(term).check(
      z.refine((terms) => terms.length >= least && terms.length <= LIMITS.terms, {
        error: ({ input }) => `found ${shown(input)}, wanted ${least} to ${LIMITS.terms} terms.`,
      }),
    ),
    description,
    { range: `${least} to ${LIMITS.terms} items`, example },
  )
export const ascending = (description: string, example: string) =>
  field(
    z.array(real()).check(
      z.refine((values) => values.length >= 2 && values.length <= LIMITS.categories, {
        error: ({ input }) => `found ${shown(input)}, wanted 2 to ${LIMITS.categories} numbers.`,
      }),
      z.refine(
        (values) => values.every((value, k) => k === 0 || value > (values[k - 1] ?? value)),
        {
          error: ({ input }) => `found ${shown(input)}, wanted numbers that ascend.`,
        },
      ),
    ),
    description,
    { range: `2 to ${LIMITS.categories} items, ascending`, example },
  )
export const credible = field(
  z.prefault(real({ least: 0, most: 1, open: true }), 0.95),
  'Probability inside of the credible interval.',
)

/** What a repeating job keeps of the evidence of earlier windows. */
export const forgetting = field(
  z.optional(
    z.number().check(
      z.refine((factor) => factor > 0 && factor <= 1, {
        error: ({ input }) => `found ${input}, wanted 0 < factor <= 1; 1 forgets nothing.`,
      }),
    ),
  ),
  'What the evidence of a window counts in the next one, a factor for each window that passes; of a job with window.every. Absent: each window stands by itself.',
  { range: '0 < factor <= 1', json: { exclusiveMinimum: 0, maximum: 1 }, example: '0.98' },
)

/** A figure of a prior that must be more than 0. */
export const shape = (description: string) => field(real({ least: 0, open: true }), description)
/** A probability that evidence can still change. */
export const chance = (description: string, example: string) =>
  probability(description, example, {
    one: 'What is certain no evidence can ever change; try 0.999.',
    none: 'What is impossible no evidence can ever change; try 0.001.',
  })
/** What a probability is compared with. */
export const threshold = (description: string, example: string) =>
  probability(description, example, {
    one: 'A threshold is compared with the probability, which stays below 1; try 0.99.',
    none: 'A threshold is compared with the probability, which is always more than 0; try 0.01.',
  })

function probability(description: string, example: string, hints: { one: string; none: string }) {
  const hint = (p: number) =>
    p === 1 ? hints.one : p === 0 ? hints.none : 'It is a probability, not a percentage.'
  const schema = z.number().check(
    z.refine((p) => p > 0 && p < 1, {
      error: ({ input }) => `found ${input}, wanted 0 < p < 1. ${hint(Number(input))}`,
    }),
  )
  return field(schema, description, {
    range: '0 < p < 1',
    json: { exclusiveMinimum: 0, exclusiveMaximum: 1 },
    example,
  })
}
