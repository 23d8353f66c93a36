/** Plain JSON. Numbers are finite, and never -0. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/**
 * The one text of a JSON value: names in the order of their UTF-16 code units, no spaces, numbers as
 * ECMAScript spells them (as in RFC 8785). Equal values have equal texts, so it can be hashed.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonicalJson(each)}`).join(',')}}`
}

const isList = (value: object): value is readonly JsonValue[] => Array.isArray(value)
