import type * as z from 'zod/mini'
import { quote } from './ids.ts'
import { nearest } from './nearest.ts'
import { isRefused, NOTES } from './notes.ts'

/** Words for what zod found, in the form "found X, wanted Y". Texts given with a schema go before it. */
export function describe(issue: z.core.$ZodRawIssue): string | undefined {
  const found = `found ${shown(issue.input)}`
  switch (issue.code) {
    case 'invalid_type':
      return kindText(issue.input, kindOf(schemaOf(issue), issue.expected), schemaOf(issue))
    case 'invalid_value': {
      const choices = (issue.values as unknown[]).map(shown)
      if (issue.input === undefined) return `missing, wanted ${either(choices)}.`
      const meant = choices.length > 1 ? meantText(issue.input, issue.values as unknown[]) : ''
      return `${found}, wanted ${either(choices)}.${meant}`
    }
    case 'too_small':
      return `${found}, wanted ${bound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum)}.`
    case 'too_big':
      return `${found}, wanted ${bound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum)}.`
    case 'not_multiple_of':
      return `${found}, wanted a whole number.`
    case 'invalid_union':
      return unionText(issue)
    case 'unrecognized_keys':
      return (issue.keys as string[])
        .map((key) => unknownKey(key, shapeOf(schemaOf(issue)), issue.input))
        .join('\n')
    default:
      return undefined
  }
}

/** What was found where a value of a certain kind was wanted, with the usual reason for it. */
function kindText(input: unknown, wanted: string, schema?: z.core.$ZodType): string {
  if (input === undefined) return missingText(wanted, schema)
  const found = `found ${shown(input)}`
  if (wanted.startsWith('text') && (typeof input === 'number' || typeof input === 'boolean'))
    return `${found}, wanted ${wanted}. Put it in quotes: "${input}".`
  if (
    wanted.includes('number') &&
    typeof input === 'string' &&
    /^\s*-?[\d.]+(e-?\d+)?\s*$/i.test(input)
  )
    return `${found}, which is text, wanted ${wanted}. Remove the quotes.`
  if (typeof input === 'string' && wanted.startsWith('a map') && /^\w+:\S/.test(input))
    return `${found}, wanted ${wanted}. Put a space behind the colon.`
  if (wanted.startsWith('a list') && !Array.isArray(input) && input !== null)
    return `${found}, wanted ${wanted}. Put [ ] around it.`
  return `${found}, wanted ${wanted}.`
}

function missingText(wanted: string, schema: z.core.$ZodType | undefined): string {
  const note = schema && NOTES.get(schema)
  const range = note?.range && !wanted.includes(note.range) ? ` (${note.range})` : ''
  const says = note?.description && !wanted.startsWith('a map') ? ` ${note.description}` : ''
  return `missing, wanted ${wanted}${range}.${says}`
}

function unionText(issue: z.core.$ZodRawIssue): string {
  const { input, discriminator } = issue as { input: unknown; discriminator?: string }
  if (discriminator === undefined) {
    const def = schemaOf(issue)?._zod.def as { options?: readonly z.core.$ZodType[] } | undefined
    const kinds = (def?.options ?? []).map((option) => kindOf(option, ''))
    return kindText(input, either([...new Set(kinds)]))
  }
  const chosen = (input as Record<string, unknown> | undefined)?.[discriminator]
  const choices = (issue as { options?: unknown[] }).options ?? []
  const words = either(choices.map(shown))
  if (chosen === undefined) return `missing, wanted ${words}.`
  return `found ${shown(chosen)}, wanted ${words}.${meantText(chosen, choices)}`
}

/** Keys that people know from elsewhere, and ours. */
const ALIASES: Record<string, string> = {
  of: 'response',
  y: 'response',
  target: 'response',
  expression: 'response',
  value: 'response',
  formula: 'response',
  x: 'terms',
  predictors: 'terms',
  features: 'terms',
  variables: 'terms',
  interval: 'every',
  length: 'size',
  id: 'name',
  tags: 'labels',
  maximum: 'maxNodes',
  minimum: 'minNodes',
  pass: 'password',
  user: 'username',
  host: 'url',
  address: 'url',
  ttl: 'timeout',
}

/** `{name:value}` is one word in YAML. */
export function gluedText(key: string): string | undefined {
  const [, name, value] = /^([A-Za-z][\w.-]{0,59}):(.+)$/.exec(key) ?? []
  if (name === undefined) return undefined
  return `no space behind "${name}:". Write ${quote(`${name}: ${value}`)}.`
}

function unknownKey(key: string, known: readonly string[], input: unknown): string {
  const glued = gluedText(key)
  if (glued && known.includes(key.slice(0, key.indexOf(':')))) return glued
  if (/^\d+$/.test(key))
    return `found the number ${key} as a key. A decimal number has a point, not a comma.`
  const free = known.filter((name) => !Object.hasOwn(input as object, name))
  const alias = Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined
  if (alias && free.includes(alias)) return `unknown key. Here it is called "${alias}".`
  const meant = nearest(key, free)
  if (meant) return `unknown key. Did you mean "${meant}"?`
  if (nearest(key, known))
    return `unknown key. "${nearest(key, known)}" is there already; delete this one.`
  return `unknown key. Keys here are ${known.slice(0, 20).join(', ')}.`
}

/** The keys that a strict object takes, without those that are refused by name. */
function shapeOf(schema: z.core.$ZodType | undefined): string[] {
  const def = schema?._zod.def as { shape?: Record<string, z.core.$ZodType> } | undefined
  return Object.entries(def?.shape ?? {})
    .filter(([, type]) => !isRefused(type))
    .map(([name]) => name)
}

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  map: 'a map',
}

/** What a schema wants, in words: `text`, `a list`, `a map with x, y`. */
export function kindOf(schema: z.core.$ZodType | undefined, expected: unknown): string {
  const def = schema?._zod.def as
    | { type: string; innerType?: z.core.$ZodType; in?: z.core.$ZodType; values?: unknown[] }
    | undefined
  if (def?.type === 'object') {
    const keys = shapeOf(schema)
    return keys.length > 0 && keys.length <= 12 ? `a map with ${keys.join(', ')}` : 'a map'
  }
  if (def?.type === 'union' && 'discriminator' in def) return `a map with ${def.discriminator}`
  if (def?.type === 'pipe' && def.in) return kindOf(def.in, expected)
  if (def?.innerType) return kindOf(def.innerType, expected)
  if (def?.type === 'enum')
    return either(Object.values((def as { entries?: object }).entries ?? {}).map(shown))
  if (def?.type === 'literal') return either((def.values ?? []).map(shown))
  return KINDS[def?.type ?? ''] ?? KINDS[String(expected)] ?? String(expected)
}

/** Names a value as a person wrote it; long text is cut. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1' : `a list of ${value.length}`
  return typeof value === 'object' ? 'a map' : String(value)
}

/** `a, b or c`. */
export function either(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

/** `1 row`, `2 rows`. @param noun whose plural has an s */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`

/** `a, b and 3 more`: the first of many names. */
export function someOf(names: readonly string[], most = 5): string {
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return `${names.slice(0, most).join(', ')}${more}`
}

function meantText(input: unknown, choices: readonly unknown[]): string {
  if (typeof input !== 'string') return ''
  const near = nearest(
    input,
    choices.filter((choice) => typeof choice === 'string'),
  )
  return near ? ` Did you mean "${near}"?` : ''
}

function bound(origin: unknown, words: string, limit: number | bigint): string {
  const things: Record<string, string> = { string: 'character', array: 'item', record: 'key' }
  const thing = things[String(origin)]
  return `${words} ${thing === undefined ? limit : counted(Number(limit), thing)}`
}

/** The schema that an issue is about; checks have issues too, and those of ours carry their text. */
const schemaOf = (issue: z.core.$ZodRawIssue): z.core.$ZodType | undefined =>
  issue.inst as z.core.$ZodType | undefined // the codes that ask for it come from schemas
