import { quote } from '../../wire/ids.ts'
import type { Place } from './tree.ts'

/** What is wrong, for people; `place` where a better one than the parser's is known. */
export interface Explained {
  readonly text: string
  readonly place?: Place
}

export const spaces = (count: number): string => (count === 1 ? '1 space' : `${count} spaces`)

/** The value that begins at a place, in quotes and cut; without what closes it. */
export function valueAt(lines: readonly string[], line: number, column: number): string {
  const value = (lines[line - 1] ?? '')
    .slice(column - 1, column + 59)
    .trimStart()
    .replace(/[\s,}\]]*(\s#.*)?$/, '')
    .replaceAll('"', "'")
  return quote(value)
}
