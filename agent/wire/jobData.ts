import * as z from 'zod/mini'
import { LIMITS } from './limits.ts'
import { field, whole } from './notes.ts'

/** `spec.data` of a job: rows that travel with it. */
export const data = z.strictObject({
  file: field(
    z.string().check(
      z.refine((name) => name.trim() !== '', {
        error: 'found "", wanted the name of a CSV file.',
      }),
    ),
    'A CSV file beside the job file, whose first line names the columns; its rows travel with the job.',
    { kind: 'a file', example: 'rows.csv' },
  ),
  shards: field(
    whole({ least: 1, most: LIMITS.shards }),
    'Parts that the rows are dealt into, row by row; each device gets one.',
  ),
  replicas: field(
    z.prefault(
      z.number().check(
        z.refine(
          (count) =>
            count === 1 || (count >= 3 && count <= LIMITS.replicas && Number.isInteger(count)),
          {
            error: ({ input }) =>
              `found ${input}, wanted 1, or a whole number from 3 to ${LIMITS.replicas}: of two that differ nobody knows who is right.`,
          },
        ),
      ),
      1,
    ),
    'Devices that get the same part and check each other: what more than half of them find counts, once. 1: nobody checks the work.',
    { range: `1, or a whole number from 3 to ${LIMITS.replicas}` },
  ),
})

/** What of a job does not go together with rows that travel with it: paths below `spec`, and what to do. */
export function dataConflicts(spec: {
  readonly data?: z.output<typeof data> | undefined
  readonly window: { readonly size?: number | undefined; readonly follow?: number | undefined }
  readonly consensus: { readonly method: string }
}): { path: string[]; text: string }[] {
  const { data, window, consensus } = spec
  if (!data) return []
  const ofReadings = (['size', 'follow'] as const).filter((key) => window[key] !== undefined)
  const conflicts = ofReadings.map((key) => ({
    path: ['window', key],
    text: 'is of readings, but spec.data gives the rows. Remove one of the two.',
  }))
  const { method } = consensus
  if (data.replicas > 1 && method !== 'auto' && method !== 'commit')
    conflicts.push({
      path: ['consensus', 'method'],
      text: `found "${method}", but replicas are compared by "commit" alone. Write auto, or data.replicas: 1.`,
    })
  return conflicts
}
