import { readFileSync } from 'node:fs'

/** A wrong file: the good one of its kind with one edit, and every line that must come back. */
export interface BadFile {
  readonly title: string
  /** The first place with this text... */
  readonly from: string
  /** ...gets this one. */
  readonly to: string
  /** Exact lines, without the file's name: `:8:1 tab in the indentation. ...`. */
  readonly lines: readonly string[]
}

/** The table of a kind of file: a good file, and what is wrong with each edit of it. */
export function badFiles(kind: 'job' | 'agent' | 'fleet' | 'controller'): {
  good: string
  cases: readonly BadFile[]
} {
  const path = new URL(`${kind}.json`, import.meta.url)
  const table = JSON.parse(readFileSync(path, 'utf8')) as { good: string[]; cases: BadFile[] }
  return { good: table.good.join('\n'), cases: table.cases }
}

/** The wrong file of a row. @throws Error where the edit finds no place, so that no row is idle */
export function edited(good: string, { title, from, to }: BadFile): string {
  if (!good.includes(from))
    throw new Error(`${title}: the good file has no ${JSON.stringify(from)}`)
  return good.replace(from, () => to)
}
