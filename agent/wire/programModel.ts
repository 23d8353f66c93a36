import * as z from 'zod/mini'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { SENSOR_PATTERN } from './ids.ts'
import { LIMITS } from './limits.ts'
import { field, whole } from './notes.ts'
import { shown } from './words.ts'

/** The model `program` of a job: a function that the user wrote. */

const COLUMN = new RegExp(`${SENSOR_PATTERN.source}|^position\\.[xyz]$`)

const fields = z.strictObject({
  type: field(
    z.literal('program'),
    'A function of your own from the rows of a device to numbers, and from their sums to a result.',
  ),
  file: field(
    z.string().check(
      z.refine((name) => /\.(ts|js)$/.test(name), {
        error: ({ input }) => `found ${shown(input)}, wanted the name of a file .ts or .js.`,
      }),
    ),
    'A TypeScript file beside the job file, which exports share, or run (programs.md).',
    { kind: 'a file', example: 'kMeans.ts' },
  ),
  columns: field(
    z
      .array(
        z.string().check(
          z.regex(COLUMN, {
            error: ({ input }) =>
              `found ${shown(input)}, wanted the id of a sensor, or position.x, position.y, position.z.`,
          }),
        ),
      )
      .check(
        z.refine((list) => list.length >= 1 && list.length <= LIMITS.terms, {
          error: ({ input }) => `found ${shown(input)}, wanted 1 to ${LIMITS.terms} names.`,
        }),
        z.refine((list) => new Set(list).size === list.length, {
          error: 'has a name twice, wanted each once.',
        }),
      ),
    'What it reads of a row: ids of sensors, or the place of the device; a value that is missing is null.',
    { range: `1 to ${LIMITS.terms} items`, example: '[temp, hum]' },
  ),
  length: field(
    whole({ least: 1, most: LIMITS.programLength }),
    'Numbers of each vector that is summed.',
  ),
  sums: field(
    z.optional(whole({ least: 1, most: LIMITS.steps })),
    `Most sums that it may ask for; absent: as many as their numbers fit, ${LIMITS.stepFigures} in all.`,
  ),
})
export type Program = z.output<typeof fields>

export const program = crossChecked(fields, [
  { reads: ['length', 'sums'], conflicts: sumConflicts },
])

/** Most sums of vectors of this length whose figures are remembered, with the number of devices of each. */
export const sumsThatFit = (length: number): number =>
  Math.min(LIMITS.steps - 1, Math.floor(LIMITS.stepFigures / (length + 1)))

/** Most sums that a program may ask for. */
export const programSums = ({ length, sums }: Program): number =>
  Math.min(sums ?? Number.POSITIVE_INFINITY, sumsThatFit(length))

function sumConflicts({ length, sums }: Program): Conflict[] {
  const most = sumsThatFit(length)
  if (sums === undefined || sums <= most) return []
  return [
    {
      path: ['sums'],
      text: `found ${sums}, wanted at most ${most}: a device remembers all sums, and ${length + 1} numbers of each.`,
    },
  ]
}
