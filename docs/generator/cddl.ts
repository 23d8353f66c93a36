import type * as z from 'zod/mini'
import { leafOf } from '../../agent/wire/fields.ts'
import { Hello } from '../../agent/wire/hello.ts'
import { AnchorList, Deal } from '../../agent/wire/marketMessages.ts'
import {
  BlobPart,
  Contribution,
  Exchange,
  Order,
  Roster,
  Seal,
  SealReport,
  Signed,
  Statement,
} from '../../agent/wire/messages.ts'
import { type RecordType, recordOf } from '../../agent/wire/record.ts'

/** What travels or is signed as a whole; every other record is inside one of these. */
const ROOTS = [
  Signed,
  Order,
  Roster,
  Exchange,
  Contribution,
  Statement,
  Hello,
  SealReport,
  Seal,
  BlobPart,
  Deal,
  AnchorList,
] as readonly RecordType<unknown>[] // only widened

/** Every record of the protocol: each root, followed by what it is the first to hold. */
export function records(): RecordType<unknown>[] {
  const found = new Set<RecordType<unknown>>()
  const visit = (record: RecordType<unknown>): void => {
    if (found.has(record)) return
    found.add(record)
    for (const [, schema] of Object.values(record.fields)) heldBy(schema).forEach(visit)
  }
  ROOTS.forEach(visit)
  return [...found]
}

/** The CDDL (RFC 8610) of all records, made from the descriptions that the decoder runs on. */
export const cddl = (): string => records().map(ruleOf).join('\n\n')

function ruleOf(record: RecordType<unknown>): string {
  const lines = Object.entries(record.fields).map(([name, [key, schema]]) => {
    const optional = definition(schema).type === 'optional' ? '? ' : ''
    return `  ${optional}${key}: ${typeOf(schema)}, ; ${name}`
  })
  return `${record.name} = {\n${lines.join('\n')}\n}`
}

function typeOf(schema: z.ZodMiniType): string {
  const record = recordOf(schema)
  if (record) return record.name
  const leaf = leafOf(schema)
  if (leaf) return leaf.cddl
  const def = definition(schema)
  switch (def.type) {
    case 'optional':
      return typeOf(def.innerType)
    case 'array':
      return `[${occurrence(def)} ${grouped(typeOf(def.element))}]`
    case 'literal':
      return def.values.map((value) => JSON.stringify(value)).join(' / ')
    case 'enum':
      return Object.values(def.entries)
        .map((value) => JSON.stringify(value))
        .join(' / ')
    case 'boolean':
      return 'bool'
    case 'union':
      return def.options.map(typeOf).join(' / ')
    case 'tuple':
      return `[${def.items.map(typeOf).join(', ')}]`
    default:
      throw new Error(`no CDDL is known for zod's ${(def as Definition).type}; add it here`)
  }
}

const grouped = (type: string): string => (type.includes(' / ') ? `(${type})` : type)

function occurrence(def: Definition & { type: 'array' }): string {
  const bounds = (def.checks ?? []).map((check) => check._zod.def)
  const least = bounds.find((bound) => bound.minimum !== undefined)?.minimum ?? 0
  const most = bounds.find((bound) => bound.maximum !== undefined)?.maximum
  return least === 0 && most === undefined ? '*' : `${least}*${most ?? ''}`
}

function heldBy(schema: z.ZodMiniType): RecordType<unknown>[] {
  const record = recordOf(schema)
  if (record) return [record]
  const def = definition(schema)
  if (def.type === 'optional') return heldBy(def.innerType)
  return def.type === 'array' ? heldBy(def.element) : []
}

interface Check {
  readonly _zod: { readonly def: { readonly minimum?: number; readonly maximum?: number } }
}
type Definition =
  | { type: 'optional'; innerType: z.ZodMiniType }
  | { type: 'array'; element: z.ZodMiniType; checks?: readonly Check[] }
  | { type: 'literal'; values: readonly unknown[] }
  | { type: 'enum'; entries: Readonly<Record<string, string>> }
  | { type: 'boolean' }
  | { type: 'union'; options: readonly z.ZodMiniType[] }
  | { type: 'tuple'; items: readonly z.ZodMiniType[] }
/** zod's own description of a schema: its public `_zod.def`. */
const definition = (schema: z.ZodMiniType): Definition => schema._zod.def as unknown as Definition
