import { cut, quote } from './ids.ts'
import { blanked, printable } from './printable.ts'

/** The way to a value: keys of maps and indices of lists. */
export type Path = readonly (string | number)[]

/** Spells a path: `spec.model.terms[2]`; keys that are not plain words stand in quotes. */
export function pathText(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`
      if (/^[A-Za-z_][\w./-]{0,63}$/.test(step)) return i === 0 ? step : `.${step}`
      return `[${quote(step)}]`
    })
    .join('')
}

/** A mistake in a file that a person wrote. `line` and `column` count from 1; line 0: the file as a whole. */
export interface Mistake {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Where it is in words of the format, `spec.model.terms[2]`; empty where the text has no structure yet. */
  readonly path: string
  /** What was found, what was wanted, what to do. */
  readonly text: string
  /** The line of the file, for people who look at a terminal. */
  readonly source?: string
}

/** Longer lines say nothing more, whatever the file holds. */
const LINE_CHARACTERS = 1000

/** What is told as one line: printable, and not without end. */
export const oneLine = (text: string): string => cut(printable(text), LINE_CHARACTERS)

/** One line that is printable: `job.yaml:14:22 spec.model.prior: found 1, wanted ...`. */
export function formatMistake({ file, line, column, path, text }: Mistake): string {
  const where = line > 0 ? `${file}:${line}:${column}` : file
  return oneLine(path ? `${where} ${path}: ${text}` : `${where} ${text}`)
}

/**
 * The same with the line of the file below it and a mark under the column, for a terminal. Long
 * lines are cut to the part around the mark.
 */
export function formatMistakeWithSource(mistake: Mistake): string {
  const { line, column, source } = mistake
  if (line === 0 || source === undefined) return formatMistake(mistake)
  const start = column > 70 ? column - 41 : 0
  const shown = blanked(source.slice(start, start + 90))
  const margin = `${line}`.padStart(5)
  const mark = '^'.padStart(column - start)
  return `${formatMistake(mistake)}\n${margin} | ${shown}\n${' '.repeat(5)} | ${mark}`
}

/** A line of a file as it may be shown: nothing of a line that seems to hold a secret. */
export function showable(line: string | undefined): { source: string } | undefined {
  const secret = /pass(word|wd|phrase)?\b|secret|token|:\/\/[^/\s]*@/i
  return line === undefined || secret.test(line) ? undefined : { source: line }
}

/** Mistakes in the order of their places, each once, at most `most` of them and a line that says how many more. */
export function sortMistakes(mistakes: readonly Mistake[], most = 50): Mistake[] {
  const seen = new Set<string>()
  const sorted = [...mistakes]
    .sort((a, b) => order(a.file, b.file) || a.line - b.line || a.column - b.column)
    .filter((mistake) => {
      const line = formatMistake(mistake)
      return !seen.has(line) && seen.add(line)
    })
  const last = sorted[most - 1]
  if (last === undefined || sorted.length <= most) return sorted
  const text = `${sorted.length - most} more mistakes are not shown; mend these first.`
  return [...sorted.slice(0, most), { file: last.file, line: 0, column: 0, path: '', text }]
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
