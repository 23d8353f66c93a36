import { HypernetError } from '../../wire/errors.ts'
import { quote } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import { oneLine } from '../../wire/mistake.ts'
import { counted } from '../../wire/words.ts'

/** A CSV file (RFC 4180, no line breaks inside quotes) whose first line holds names. */
export interface Table {
  /** As the caller named the file, for error messages. */
  readonly file: string
  readonly names: readonly string[]
  readonly rows: readonly TableRow[]
}
interface TableRow {
  readonly line: number
  /** One cell for each name; none in a short row that was let pass: which of its values lacks cannot be known. */
  readonly cells: readonly Cell[]
}
interface Cell {
  readonly text: string
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number
}

/** What stands for "no value" unless a file says otherwise. */
export const MISSING: readonly string[] = ['', 'NA']
/** So many mistakes are listed; the rest are counted. */
const MISTAKES = 20

/**
 * Splits the text into cells.
 * @param passes is told of a row with too few cells, which counts as one without values then; absent: it is a mistake
 * @throws HypernetError `BAD_ROWS` with every mistake as `file:line:column`
 */
export function readTable(file: string, text: string, passes?: (short: string) => void): Table {
  const mistakes: string[] = []
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  const header = splitLine(file, lines[0] ?? '', 1, mistakes)
  const names = header.map(({ text }) => text.trim())
  header.forEach(({ column }, i) => {
    const name = names[i] ?? ''
    const at = `${file}:1:${column}`
    if (name === '') mistakes.push(`${at} empty column name; the first line names the columns`)
    else if (names.indexOf(name) < i)
      mistakes.push(`${at} column ${quote(name)} stands there twice`)
  })
  const rows: TableRow[] = []
  for (let i = 1; i < lines.length; i++) {
    const source = lines[i] ?? ''
    if (source.trim() === '') continue
    const known = mistakes.length
    const cells = splitLine(file, source, i + 1, mistakes)
    const found = `found ${counted(cells.length, 'cell')}, wanted the ${names.length} of the first line`
    const beyond = cells[names.length]
    if (beyond) mistakes.push(`${file}:${i + 1}:${beyond.column} ${found}`)
    const isShort = cells.length < names.length && mistakes.length === known
    if (isShort && passes) passes(`${file}:${i + 1}:${source.length + 1} ${found}`)
    else if (isShort) mistakes.push(`${file}:${i + 1}:${source.length + 1} ${found}`)
    rows.push({ line: i + 1, cells: isShort ? [] : cells })
  }
  if (rows.length === 0) mistakes.push(`${file}:2:1 no rows under the first line`)
  if (rows.length > LIMITS.rows) {
    mistakes.push(`${file}: found ${rows.length} rows, wanted at most ${LIMITS.rows}`)
  }
  report(mistakes)
  return { file, names, rows }
}

/**
 * Numbers of some columns, one array a row.
 * @param missing cells with this text are `null`
 * @throws HypernetError `BAD_ROWS` with every mistake as `file:line:column`
 */
export function numbersOf(
  table: Table,
  columns: readonly string[],
  missing: readonly string[] = MISSING,
): (number | null)[][] {
  const mistakes: string[] = []
  const at = columns.map((column) => {
    const i = table.names.indexOf(column)
    if (i < 0) {
      mistakes.push(
        `${table.file}:1:1 no column ${quote(column)}; there are ${table.names.join(', ')}`,
      )
    }
    return i
  })
  report(mistakes)
  const rows = table.rows.map(({ line, cells }) =>
    at.map((i) => {
      const cell = cells[i]
      const text = cell?.text.trim() ?? ''
      if (!cell || text === '' || missing.includes(text)) return null
      const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
      if (Number.isFinite(value)) return value
      mistakes.push(
        `${table.file}:${line}:${cell.column} ${table.names[i]}: found ${quote(text)}, wanted a number, or ${missing.map((m) => m || 'nothing').join(' or ')} for a missing value`,
      )
      return null
    }),
  )
  report(mistakes)
  return rows
}

function splitLine(file: string, source: string, line: number, mistakes: string[]): Cell[] {
  const cells: Cell[] = []
  let i = 0
  for (;;) {
    const column = i + 1
    if (source[i] !== '"') {
      const comma = source.indexOf(',', i)
      const end = comma < 0 ? source.length : comma
      cells.push({ text: source.slice(i, end), column })
      i = end
    } else {
      const quoted = /^"((?:[^"]|"")*)"/.exec(source.slice(i))
      if (!quoted) {
        mistakes.push(`${file}:${line}:${column} a quoted cell does not end on this line`)
        return cells
      }
      cells.push({ text: (quoted[1] ?? '').replaceAll('""', '"'), column })
      i += quoted[0].length
      if (i < source.length && source[i] !== ',') {
        mistakes.push(`${file}:${line}:${i + 1} found text after a quoted cell, wanted a comma`)
        return cells
      }
    }
    if (i >= source.length) return cells
    i++ // the comma
  }
}

function report(mistakes: readonly string[]): void {
  if (mistakes.length === 0) return
  const left = mistakes.length - MISTAKES
  const listed = mistakes.slice(0, MISTAKES).map((each) => oneLine(each))
  throw new HypernetError(
    'BAD_ROWS',
    [...listed, ...(left > 0 ? [`and ${left} more`] : [])].join('\n'),
  )
}
