import * as z from 'zod/mini'
import { HypernetError } from './errors.ts'

/**
 * A CBOR map with ascending integer keys, described once: names for programs, keys for the wire,
 * a schema for what arrives. docs/protocol.md's CDDL is generated from these descriptions.
 */
export interface RecordType<T> {
  readonly name: string
  /** Field name to integer key and type, in order of their keys. */
  readonly fields: Readonly<Record<string, Field>>
  /** Takes the `Map` that CBOR gives; the result is a plain object. */
  readonly schema: z.ZodMiniType<T>
}
export type Field = readonly [key: number, type: z.ZodMiniType]
type Shape<F extends Record<string, Field>> = { [K in keyof F]: F[K][1] }
/** The type of the objects that a record describes. */
export type Of<R> = R extends RecordType<infer T> ? T : never

const described = new WeakMap<object, RecordType<unknown>>()

/** Describes a record. Fields stand in ascending order of their keys. */
export function record<F extends Record<string, Field>>(
  name: string,
  fields: F,
): RecordType<z.output<z.ZodMiniObject<Shape<F>, z.core.$strict>>> {
  const shape = Object.fromEntries(Object.entries(fields).map(([field, [, type]]) => [field, type]))
  const names = new Map(Object.entries(fields).map(([field, [key]]) => [key, field]))
  const toObject = z.transform((value: unknown, context) => {
    if (!(value instanceof Map)) {
      context.issues.push({ code: 'custom', message: `${name}: wanted a map`, input: value })
      return z.NEVER
    }
    const object: Record<string, unknown> = {}
    for (const [key, item] of value) {
      const field = names.get(key)
      if (field === undefined) {
        context.issues.push({
          code: 'custom',
          message: `${name}: unknown key ${key}`,
          input: value,
        })
        return z.NEVER
      }
      object[field] = item
    }
    return object
  })
  // The cast only restores the field names that Object.fromEntries forgets.
  const schema = z.pipe(toObject, z.strictObject(shape)) as unknown as z.ZodMiniType<
    z.output<z.ZodMiniObject<Shape<F>, z.core.$strict>>
  >
  const type = { name, fields, schema }
  described.set(schema, type as RecordType<unknown>)
  return type
}

/** The record that a schema stands for, if it is one. */
export const recordOf = (schema: object): RecordType<unknown> | undefined => described.get(schema)

/** Turns what a CBOR decoder gave into the object. @throws HypernetError `BAD_MESSAGE` naming the path */
export function fromMap<T>(type: RecordType<T>, value: unknown): T {
  const parsed = z.safeParse(type.schema, value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  throw new HypernetError(
    'BAD_MESSAGE',
    `${type.name}${path && `.${path}`}: ${issue?.message ?? 'wrong'}`,
  )
}

/** Turns an object into the `Map` that the CBOR encoder takes; absent fields are left out. */
export function toMap<T>(type: RecordType<T>, value: T): Map<number, unknown> {
  const map = new Map<number, unknown>()
  for (const [name, [key, schema]] of Object.entries(type.fields)) {
    const item = (value as Record<string, unknown>)[name]
    if (item !== undefined) map.set(key, plain(schema, item))
  }
  return map
}

function plain(schema: z.ZodMiniType, item: unknown): unknown {
  const def = schema._zod.def as {
    type: string
    innerType?: z.ZodMiniType
    element?: z.ZodMiniType
  }
  const type = recordOf(schema)
  if (type) return toMap(type, item)
  if (def.innerType) return plain(def.innerType, item)
  const element = def.element
  if (element && Array.isArray(item)) return item.map((each) => plain(element, each))
  return item
}
