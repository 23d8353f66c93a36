import type * as z from 'zod/mini'
import { isRefused } from './notes.ts'

interface Def {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly innerType?: z.core.$ZodType
  readonly in?: z.core.$ZodType
  readonly options?: readonly z.core.$ZodType[]
  readonly element?: z.core.$ZodType
  readonly valueType?: z.core.$ZodType
  readonly defaultValue?: unknown
}

/** The parts of a schema that this directory looks at; zod types them one by one. */
export const defOf = (schema: z.core.$ZodType): Def => schema._zod.def as unknown as Def

/** What a person's value meets: the schema within defaults, optional marks and conversions. */
export function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType, type, in: input } = defOf(schema)
  if (innerType) return innermost(innerType)
  return type === 'pipe' && input ? innermost(input) : schema
}

/** The only map of a schema that takes this key, as a path; empty for the top; `undefined` where none or several do. */
export function homeOf(schema: z.core.$ZodType, key: string): string | undefined {
  const homes = new Set<string>()
  const visit = (current: z.core.$ZodType, path: string): void => {
    const { shape, options, element } = defOf(innermost(current))
    for (const option of options ?? []) visit(option, path)
    if (element) visit(element, `${path}[]`)
    for (const [name, type] of Object.entries(shape ?? {})) {
      if (isRefused(type)) continue
      if (name === key) homes.add(path)
      visit(type, path === '' ? name : `${path}.${name}`)
    }
  }
  visit(schema, '')
  return homes.size === 1 ? [...homes][0] : undefined
}
