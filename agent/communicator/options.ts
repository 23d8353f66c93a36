import * as z from 'zod/mini'
import { HypernetError } from '../wire/errors.ts'
import { pathText } from '../wire/mistake.ts'
import { checkValue } from '../wire/problems.ts'

const milliseconds = z.number().check(z.gt(0))
const call = {
  required: z.optional(z.enum(['all', 'some'])),
  signal: z.optional(z.instanceof(AbortSignal)),
  timeout: z.optional(milliseconds),
}
/** Below 1: of certain loss nobody would ever hear anything. */
const chance = z.optional(z.number().check(z.gte(0), z.lt(1)))
const elsewhere = z.optional(z.unknown())

/** Options as a program gives them, which no compiler may have seen. What is `elsewhere` is checked there. */
export const OPTIONS = {
  call: z.strictObject(call),
  localCluster: z.strictObject({
    ...call,
    loss: chance,
    duplicate: chance,
    jitter: z.optional(z.number().check(z.int(), z.gte(0))),
    seed: z.optional(z.number().check(z.int())),
    signatures: z.optional(z.boolean()),
  }),
  connect: z.strictObject({
    ...call,
    broker: z.record(z.string(), z.unknown()),
    fleet: z.string(),
    job: z.string(),
    node: z.string(),
    key: elsewhere,
    members: elsewhere,
    size: elsewhere,
    connectTimeout: z.optional(milliseconds),
    pace: z.optional(
      z.strictObject({ gather: z.optional(milliseconds), period: z.optional(milliseconds) }),
    ),
    log: elsewhere,
  }),
} as const

/** @throws HypernetError `BAD_USAGE` that says what is wrong with each option */
export function checkOptions(of: keyof typeof OPTIONS, options: unknown): void {
  const { problems } = checkValue<unknown>(OPTIONS[of], options)
  if (problems.length === 0) return
  const texts = problems.map(({ path, text }) => [pathText(path), text].filter(Boolean).join(': '))
  throw new HypernetError('BAD_USAGE', `options of ${of}: ${texts.join(' ')}`)
}
