import * as z from 'zod/mini'
import { isRefused, NOTES, type Note } from './notes.ts'
import { defOf, innermost } from './schemaKeys.ts'
import { kindOf } from './words.ts'

/** One field of a file, for a table of the docs. */
export interface FieldRow {
  /** `window.every`; `[]` stands for an item of a list, `<name>` for a key that the writer chooses. */
  readonly path: string
  readonly kind: string
  readonly range: string
  /** As it would be written; empty: the field must be there; `-`: nothing. */
  readonly default: string
  readonly description: string
  readonly example: string
  /** Whether a change takes effect only at the next start; so it does where nothing else is said. */
  readonly restart: boolean
}

/** The fields of a schema, each map before what is in it. Alternatives of a union come one after another. */
export function fieldRows(schema: z.core.$ZodType, path = ''): FieldRow[] {
  const inner = innermost(schema)
  const { shape, options, element, valueType } = defOf(inner)
  if (shape)
    return Object.entries(shape)
      .filter(([, type]) => !isRefused(type))
      .flatMap(([name, type]) => {
        const full = path === '' ? name : `${path}.${name}`
        return [rowOf(type, full), ...fieldRows(type, full)]
      })
  if (element) return fieldRows(element, `${path}[]`)
  if (valueType) return fieldRows(valueType, `${path}.<name>`)
  const maps = (options ?? []).filter((option) => defOf(innermost(option)).shape)
  return maps.flatMap((option) => fieldRows(option, path))
}

function rowOf(schema: z.core.$ZodType, path: string): FieldRow {
  const note = noteOf(schema)
  return {
    path,
    kind:
      note.kind ??
      kindOf(innermost(schema), '')
        .replace(/^an? /, '')
        .replace(/ with .*/, ''),
    range: (note.range ?? '').replace(/^a (whole number|sensor id:) /, ''),
    default: defaultOf(schema),
    description: note.description ?? '',
    example: note.example ?? '',
    restart: note.restart ?? true,
  }
}

/** What a schema and the schemas within its wrappers say; the outer one has the last word. */
function noteOf(schema: z.core.$ZodType): Note {
  const { innerType, type, in: input } = defOf(schema)
  const within = innerType ?? (type === 'pipe' ? input : undefined)
  return { ...(within ? noteOf(within) : {}), ...NOTES.get(schema) }
}

function defaultOf(schema: z.core.$ZodType): string {
  const { type, innerType, defaultValue } = defOf(schema)
  if (type === 'optional') return '-'
  if (type === 'prefault' || type === 'default') {
    const value = typeof defaultValue === 'function' ? defaultValue() : defaultValue
    if (typeof value !== 'object') return String(value)
    return Object.keys(value as object).length === 0 ? '-' : yamlText(value)
  }
  return innerType ? defaultOf(innerType) : ''
}

/** A small value as flow YAML: `{ embedded: {} }`. */
function yamlText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${yamlText(item)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

/** The JSON Schema (2020-12) of a file, for editors that complete and check YAML. */
export function jsonSchemaText(schema: z.core.$ZodType, title: string): string {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    metadata: NOTES,
    override: ({ jsonSchema, zodSchema }) => {
      const { json, range, restart: _, kind: __, example, ...rest } = jsonSchema as Note
      for (const key of ['json', 'range', 'restart', 'kind', 'example'])
        delete (jsonSchema as Record<string, unknown>)[key]
      if (!isRefused(zodSchema)) Object.assign(jsonSchema, json)
      const says = [rest.description, range && `Range: ${range}.`, example && `Example: ${example}`]
      const description = says.filter(Boolean).join(' ')
      if (description) jsonSchema.description = description
    },
  })
  return `${JSON.stringify({ title, ...json }, null, 2)}\n`
}
