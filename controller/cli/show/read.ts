import type * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'

/** Reads what the API sent. @throws HypernetError `BAD_MESSAGE` naming the place that differs */
export function read<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new HypernetError(
    'BAD_MESSAGE',
    `the ${what} is not as this version knows it: ${issue?.path.map(String).join('.')}: ${issue?.message}. Are controller and command of one version? Try: hypernet doctor`,
  )
}
