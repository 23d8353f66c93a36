import * as z from 'zod/mini'
import { quote } from './ids.ts'

/** What a field says about itself; docs/jobs.md, docs/models, the JSON schema and --help are made from it. */
export interface Note {
  readonly description?: string
  /** Least and most, in words. */
  readonly range?: string
  /** Whether a change takes effect only after a restart. */
  readonly restart?: boolean
  /** An example for the docs. */
  readonly example?: string
  /** What it is called in tables, where the type of its YAML value says too little: `time`. */
  readonly kind?: string
  /** What JSON Schema says of it beside its type. */
  readonly json?: Readonly<Record<string, unknown>>
}
/** Notes of all fields. */
export const NOTES = z.registry<Note>()
/** A schema of a field that people write. */
export type Field<T> = z.ZodMiniType<T, unknown>

/** Gives a field its description: what it is, in one sentence with its unit. */
export function field<S extends z.ZodMiniType>(schema: S, description: string, note: Note = {}): S {
  NOTES.add(schema, { ...NOTES.get(schema), description, ...note })
  return schema
}

/** Whether a schema stands for an option that is written down but not built: `notBuilt`. */
export function isRefused(schema: z.core.$ZodType): boolean {
  const def = schema._zod.def as { type: string; innerType?: z.core.$ZodType }
  return def.type === 'never' || (def.innerType !== undefined && isRefused(def.innerType))
}

/** An option that the design describes and this version does not have: refused by name, never ignored. */
export const notBuilt = (
  what: string,
  hint = 'Remove this key.',
): z.ZodMiniOptional<z.ZodMiniNever> =>
  z.optional(z.never({ error: () => `${what} not built yet. ${hint}` }))

/**
 * One of some words. `later` names words of the design that are not built yet, which are refused
 * with a sentence of their own.
 */
export function choice<const W extends string>(
  words: readonly W[],
  later: readonly string[] = [],
): z.ZodMiniType<W, unknown> {
  return z.enum(words, {
    error: ({ input }) =>
      typeof input === 'string' && later.includes(input)
        ? `found ${quote(input)}, which is not built yet, wanted ${either(words.map(shownWord))}.`
        : undefined,
  }) as unknown as z.ZodMiniType<W, unknown> // an enum of words gives those words
}

const shownWord = (word: string): string => quote(word)

const either = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** An issue of a check that compares fields; it gives way to misspelled keys (problems.ts). */
export const crossIssue = (
  path: (string | number)[],
  message: string,
  input: unknown,
): z.core.$ZodRawIssue => ({ code: 'custom', message, path, input, params: { cross: true } })

interface Bounds {
  readonly least?: number
  readonly most?: number
  /** The bounds themselves are not allowed. */
  readonly open?: boolean
}

/** A finite number within bounds. */
export function real({ least, most, open }: Bounds = {}): Field<number> {
  const range = rangeText(least, most, open)
  const inside = (value: number) =>
    open
      ? value > (least ?? Number.NEGATIVE_INFINITY) && value < (most ?? Number.POSITIVE_INFINITY)
      : value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY)
  const schema = z
    .number()
    .check(z.refine(inside, { error: ({ input }) => `found ${input}, wanted ${range}.` }))
  const json = open
    ? {
        ...(least !== undefined && { exclusiveMinimum: least }),
        ...(most !== undefined && { exclusiveMaximum: most }),
      }
    : {
        ...(least !== undefined && { minimum: least }),
        ...(most !== undefined && { maximum: most }),
      }
  NOTES.add(schema, { range, json })
  return schema
}

/** A whole number within bounds, both allowed. */
export function whole({ least = 0, most = Number.MAX_SAFE_INTEGER }: Bounds = {}): Field<number> {
  const range = `a whole number ${rangeText(least, most === Number.MAX_SAFE_INTEGER ? undefined : most)}`
  const schema = z.number().check(
    z.refine((value) => Number.isInteger(value) && value >= least && value <= most, {
      error: ({ input }) => `found ${input}, wanted ${range}.`,
    }),
  )
  const json = {
    type: 'integer',
    minimum: least,
    ...(most < Number.MAX_SAFE_INTEGER && { maximum: most }),
  }
  NOTES.add(schema, { range, json, kind: 'whole number' })
  return schema
}

function rangeText(least?: number, most?: number, open = false): string {
  const sign = open ? '<' : '<='
  if (least !== undefined && most !== undefined)
    return open ? `${least} < value < ${most}` : `${least} to ${most}`
  if (least !== undefined) return open ? `more than ${least}` : `${least} or more`
  if (most !== undefined) return `value ${sign} ${most}`
  return 'a finite number'
}

/** Text of a certain form. `wanted` says which, for people. @param isSecret what was found may hold a key, and is not quoted */
export function word<T extends string = string>(
  pattern: RegExp,
  wanted: string,
  isSecret = false,
): Field<T> {
  const schema = z.string().check(
    z.refine((text) => pattern.test(text), {
      error: ({ input }) =>
        isSecret ? `wanted ${wanted}.` : `found ${quote(String(input))}, wanted ${wanted}.`,
    }),
  )
  NOTES.add(schema, { range: wanted, json: { pattern: pattern.source } })
  return schema as unknown as Field<T> // the pattern is that of the brand
}
