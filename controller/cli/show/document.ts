import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'

const count = z.number()

/** What the commands read of a result document. What they do not know is kept and printed by `--json`. */
export const ResultDocument = z.looseObject({
  job: z.string(),
  status: z.string(),
  model: z.optional(z.string()),
  reason: z.optional(z.string()),
  result: z.optional(z.record(z.string(), z.unknown())),
  contributors: z.optional(z.looseObject({ count, roster: count, missing: z.array(z.string()) })),
  agreement: z.optional(
    z.looseObject({
      exact: z.boolean(),
      identical: z.boolean(),
      statisticHash: z.optional(z.string()),
      maxRelativeError: z.optional(z.number()),
    }),
  ),
  consensus: z.optional(
    z.looseObject({
      method: z.string(),
      rounds: z.optional(count),
      roundsToExact: z.optional(count),
      messagesPerDevice: z.optional(count),
      bytesPerDevice: z.optional(count),
      falseStops: z.optional(count),
      seconds: z.optional(count),
    }),
  ),
})
export type ResultDocument = z.output<typeof ResultDocument>

/** Reads a result document that came from outside this process. @throws HypernetError `BAD_MESSAGE` */
export function resultDocument(value: unknown): ResultDocument {
  const parsed = ResultDocument.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new HypernetError(
    'BAD_MESSAGE',
    `the result document is not as this version knows it: ${issue?.path.map(String).join('.')}: ${issue?.message}. Are controller and command of one version? Try: hypernet doctor`,
  )
}
