import * as z from 'zod/mini'
import { sensorField } from './commonFields.ts'
import type { SensorId } from './ids.ts'
import { LIMITS } from './limits.ts'
import { field, real } from './notes.ts'
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

export const expressionText = () =>
  z.string().check(
    z.refine((text) => text.trim().length > 0 && text.length <= EXPRESSION_CHARACTERS, {
      error: ({ input }) =>
        String(input).trim() === ''
          ? 'found "", wanted an expression such as log(zinc).'
          : `found ${String(input).length} characters, wanted at most ${EXPRESSION_CHARACTERS}.`,
    }),
  )
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
  field(
    z.number().check(
      z.refine((p) => p > 0 && p < 1, {
        error: ({ input }) => `found ${input}, wanted 0 < p < 1. ${chanceHint(Number(input))}`,
      }),
    ),
    description,
    { range: '0 < p < 1', json: { exclusiveMinimum: 0, exclusiveMaximum: 1 }, example },
  )
function chanceHint(p: number): string {
  if (p === 1) return 'What is certain no evidence can ever change; try 0.999.'
  if (p === 0) return 'What is impossible no evidence can ever change; try 0.001.'
  return 'It is a probability, not a percentage.'
}
