import type { Path } from '../../wire/mistake.ts'

/** A place in a text. Lines and columns count from 1; a column counts UTF-16 units, as editors do. */
export interface Place {
  readonly line: number
  readonly column: number
}
type At = readonly [line: number, column: number]

/** A value of a YAML document with its place, as the child process sends it. */
export type Tree = { readonly at: At } & (
  | {
      readonly scalar: string | number | boolean | null
      readonly style?: string
      readonly source?: string
    }
  | { readonly list: readonly Tree[] }
  | { readonly map: readonly (readonly [key: string, at: At, value: Tree])[] }
)
/** What the child process found in one text: trees, unless it has none, and what is wrong with it. */
export interface Parsed {
  readonly documents: readonly Tree[]
  readonly problems: readonly SyntaxProblem[]
}
/** `code` is one of the yaml package's or of child.mjs; `detail` its message or the name concerned. */
export interface SyntaxProblem {
  readonly code: string
  readonly at: At
  readonly detail: string
  /** Where it stands; empty for what the parser itself found. */
  readonly path: Path
}

/** One document of a YAML file: its value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown
  readonly start: Place
  /**
   * Where the value at `path` stands, or its key with `part` `key`. For what is not there: the key
   * of the innermost map or list that is.
   */
  locate(path: Path, part?: 'key' | 'value'): Place
  /**
   * Where character `offset` (from 0) of the text at `path` stands; `undefined` where the text is
   * not written in one piece (escapes, block style).
   */
  locateInside(path: Path, offset: number): Place | undefined
  /** A number as it was written, where that is not how it prints: `007`, `1.50`. */
  writtenAt(path: Path): string | undefined
  /** Whether there is a value without quotes, which other versions of YAML may read otherwise. */
  isPlainAt(path: Path): boolean
}

/** Makes a document of the tree that the child process sent. */
export function documentOf(tree: Tree): YamlDocument {
  const locate = (path: Path, part: 'key' | 'value' = 'value'): Place => {
    let node = tree
    let key: At = tree.at
    for (const step of path) {
      const next = childOf(node, step)
      if (next === undefined) return placeOf(key)
      node = next.value
      key = next.key
    }
    return placeOf(part === 'key' ? key : node.at)
  }
  const locateInside = (path: Path, offset: number): Place | undefined => {
    const node = nodeAt(tree, path)
    if (node === undefined || !('scalar' in node)) return undefined
    const [line, column] = node.at
    if (node.style === 'PLAIN') return { line, column: column + offset }
    const quoted = node.style === 'QUOTE_SINGLE' || node.style === 'QUOTE_DOUBLE'
    // Escapes shift the columns behind them; texts that need them are rare, and get the start.
    const plain = typeof node.scalar === 'string' && !/['"\\\n]/.test(node.scalar)
    return quoted && plain ? { line, column: column + 1 + offset } : undefined
  }
  const writtenAt = (path: Path): string | undefined => {
    const node = nodeAt(tree, path)
    return node && 'scalar' in node ? node.source : undefined
  }
  const isPlainAt = (path: Path): boolean => {
    const node = nodeAt(tree, path)
    return node !== undefined && 'scalar' in node && node.style === 'PLAIN'
  }
  const value = plainValue(tree)
  return { value, start: placeOf(tree.at), locate, locateInside, writtenAt, isPlainAt }
}

function nodeAt(tree: Tree, path: Path): Tree | undefined {
  let node: Tree | undefined = tree
  for (const step of path) node = node && childOf(node, step)?.value
  return node
}

function childOf(node: Tree, step: string | number): { key: At; value: Tree } | undefined {
  if ('list' in node) {
    const value = node.list[Number(step)]
    return value && { key: value.at, value }
  }
  if (!('map' in node)) return undefined
  const entry = node.map.find(([key]) => key === String(step))
  return entry && { key: entry[1], value: entry[2] }
}

function plainValue(tree: Tree): unknown {
  if ('scalar' in tree) return tree.scalar
  if ('list' in tree) return tree.list.map(plainValue)
  const object: Record<string, unknown> = {}
  for (const [key, , value] of tree.map) {
    // Defined, not assigned: a key `__proto__` must be an unknown key like any other.
    const own = { value: plainValue(value), enumerable: true, configurable: true, writable: true }
    Object.defineProperty(object, key, own)
  }
  return object
}

const placeOf = ([line, column]: At): Place => ({ line, column })
