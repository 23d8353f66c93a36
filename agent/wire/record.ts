import * as z from 'zod/mini'
import { HypernetError } from './errors.ts'
import { leafOf } from './fields.ts'

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

/** What does not fit gives `MISFIT`; the schema then says why. */
const MISFIT = Symbol('misfit')
type Read = (value: unknown) => unknown
type Write = (value: unknown) => unknown
interface Described {
  readonly type: RecordType<unknown>
  readonly read: Read
  readonly write: (value: unknown) => Map<number, unknown>
}
const described = new WeakMap<object, Described>()

/** Describes a record. Fields stand in ascending order of their keys. */
export function record<F extends Record<string, Field>>(
  name: string,
  fields: F,
): RecordType<z.output<z.ZodMiniObject<Shape<F>, z.core.$strict>>> {
  const shape = Object.fromEntries(Object.entries(fields).map(([field, [, type]]) => [field, type]))
  const names = new Map(Object.entries(fields).map(([field, [key]]) => [key, field]))
  const toObject = z.transform((value: unknown, context) => {
    if (!(value instanceof Map)) {
      context.issues.push({ code: 'custom', message: 'wanted a map', input: value })
      return z.NEVER
    }
    const object: Record<string, unknown> = {}
    for (const [key, item] of value) {
      const field = names.get(key)
      if (field === undefined) {
        context.issues.push({ code: 'custom', message: `unknown key ${key}`, input: value })
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
  described.set(schema, {
    type: type as RecordType<unknown>,
    read: mapReader(fields),
    write: mapWriter(fields),
  })
  return type
}

/** The record that a schema stands for, if it is one. */
export const recordOf = (schema: object): RecordType<unknown> | undefined =>
  described.get(schema)?.type

/** Turns what a CBOR decoder gave into the object. @throws HypernetError `BAD_MESSAGE` naming the path */
export function fromMap<T>(type: RecordType<T>, value: unknown): T {
  const quick = described.get(type.schema)?.read(value)
  if (quick !== undefined && quick !== MISFIT) return quick as T // the reader is made of the schema's own tests
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
  const write = described.get(type.schema)?.write ?? mapWriter(type.fields)
  return write(value)
}

/**
 * zod takes 7 µs for a small message and 0.35 µs more an entry, which is a fifth of what MQTT costs;
 * a reader put together from the same tests takes a tenth of that. A test holds the two together.
 */
function mapReader(fields: Readonly<Record<string, Field>>): Read {
  const steps = Object.entries(fields).map(([name, [key, schema]]) => ({
    name,
    key,
    optional: definition(schema).type === 'optional',
    read: readerOf(schema),
  }))
  return (value) => {
    if (!(value instanceof Map)) return MISFIT
    const object: Record<string, unknown> = {}
    let found = 0
    for (const { name, key, optional, read } of steps) {
      const item: unknown = value.get(key)
      if (item === undefined) {
        if (optional) continue
        return MISFIT
      }
      found++
      const taken = read(item)
      if (taken === MISFIT) return MISFIT
      object[name] = taken
    }
    return found === value.size ? object : MISFIT
  }
}

function readerOf(schema: z.ZodMiniType): Read {
  const inner = described.get(schema)
  if (inner) return inner.read
  const leaf = leafOf(schema)
  if (leaf) return (value) => (leaf.holds(value) ? value : MISFIT)
  const { type, innerType, element, checks = [] } = definition(schema)
  if (type === 'optional' && innerType) return readerOf(innerType)
  if (type !== 'array' || !element) {
    return (value) => {
      const parsed = z.safeParse(schema, value)
      return parsed.success ? parsed.data : MISFIT
    }
  }
  const bounds = checks.map((check) => check._zod.def)
  const least = Math.max(0, ...bounds.map((bound) => bound.minimum ?? 0))
  const most = Math.min(Infinity, ...bounds.map((bound) => bound.maximum ?? Infinity))
  const read = readerOf(element)
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) return MISFIT
    const items: unknown[] = []
    for (const each of value) {
      const item = read(each)
      if (item === MISFIT) return MISFIT
      items.push(item)
    }
    return items
  }
}

function mapWriter(fields: Readonly<Record<string, Field>>): (v: unknown) => Map<number, unknown> {
  const steps = Object.entries(fields).map(([name, [key, schema]]) => ({
    name,
    key,
    write: writerOf(schema),
  }))
  return (value) => {
    const map = new Map<number, unknown>()
    for (const { name, key, write } of steps) {
      const item = (value as Record<string, unknown>)[name]
      if (item !== undefined) map.set(key, write(item))
    }
    return map
  }
}

function writerOf(schema: z.ZodMiniType): Write {
  const inner = described.get(schema)
  if (inner) return inner.write
  const { innerType, element } = definition(schema)
  if (innerType) return writerOf(innerType)
  if (!element || !holdsRecord(element)) return (value) => value
  const write = writerOf(element)
  return (value) => (value as unknown[]).map(write)
}

function holdsRecord(schema: z.ZodMiniType): boolean {
  const { innerType, element } = definition(schema)
  const inner = innerType ?? element
  return described.has(schema) || (inner !== undefined && holdsRecord(inner))
}

interface Definition {
  readonly type: string
  readonly innerType?: z.ZodMiniType
  readonly element?: z.ZodMiniType
  readonly checks?: readonly { _zod: { def: { minimum?: number; maximum?: number } } }[]
}
/** zod's own description of a schema: its public `_zod.def`. */
const definition = (schema: z.ZodMiniType): Definition => schema._zod.def as unknown as Definition
