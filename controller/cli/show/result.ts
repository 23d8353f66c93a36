import type { ResultView } from './document.ts'
import { bytesText, numberText, spanText } from './quantities.ts'
import { table } from './table.ts'

/** Decimals that figures of a fit are printed with, as the literature prints them. */
export const DECIMALS = 10

/** A result as a person reads it: the figures, who contributed, how they agreed, what it took. */
export function resultText(document: ResultView): string {
  const head = [document.job, document.status].join(' ')
  const reason = document.reason === undefined ? '' : `: ${document.reason}`
  const parts = [`${head}${reason}\n`]
  const figures = figuresText(document)
  if (figures !== '') parts.push(figures)
  const facts = factsOf(document)
  if (facts.length > 0) parts.push(factLines(facts))
  return parts.join('\n')
}

/** Facts about how a result came to be, as pairs of a name and a text. */
export function factsOf(document: ResultView): [string, string][] {
  const facts: [string, string][] = []
  const { contributors, agreement, consensus } = document
  if (contributors) {
    facts.push(['contributors', `${contributors.count} of ${contributors.roster}`])
    if (contributors.missing.length > 0) facts.push(['missing', contributors.missing.join(', ')])
  }
  if (agreement) {
    const exact = agreement.exact ? 'exact' : 'not exact'
    const same = agreement.identical
      ? 'identical on every device'
      : 'devices ended with different answers'
    facts.push(['agreement', `${exact}, ${same}`])
    if (agreement.maxRelativeError !== undefined)
      facts.push(['largest relative error', String(agreement.maxRelativeError)])
  }
  if (consensus) facts.push(['consensus', consensusText(consensus)])
  return facts
}

/** Aligns pairs of a name and a text, one a line. */
export function factLines(facts: readonly (readonly [string, string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2
  return facts.map(([name, text]) => `${name.padEnd(width)}${text}\n`).join('')
}

function consensusText(consensus: NonNullable<ResultView['consensus']>): string {
  const parts: string[] = [consensus.method]
  if (consensus.rounds !== undefined) parts.push(plural(consensus.rounds, 'round'))
  if (consensus.messagesPerDevice !== undefined)
    parts.push(`${plural(round(consensus.messagesPerDevice), 'message')} per device`)
  if (consensus.bytesPerDevice !== undefined)
    parts.push(`${bytesText(consensus.bytesPerDevice)} per device`)
  if (consensus.seconds !== undefined) parts.push(spanText(consensus.seconds * 1000))
  return parts.join(', ')
}

/** The figures of a model: a table with a line a term or parameter, then what stands alone. */
function figuresText(document: ResultView): string {
  const rows = figureRows(document)
  const single = Object.entries(document.result ?? {})
    .filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')
    .map(([name, value]) => [words(name), figure(value)] as const)
  const parts: string[] = []
  if (rows.rows.length > 0) {
    const columns = rows.head.map((head, i) =>
      i === 0 ? { head: words(head) } : ({ head: words(head), align: 'right' } as const),
    )
    parts.push(
      table(
        columns,
        rows.rows.map((row) => row.map(figure)),
      ),
    )
  }
  if (single.length > 0) parts.push(factLines(single))
  return parts.join('\n')
}

/** The result as comma-separated values (RFC 4180): a line a term or parameter, or `name,value` lines. */
export function resultCsv(document: ResultView): string {
  const { head, rows } = figureRows(document)
  const lines =
    rows.length > 0
      ? [head, ...rows]
      : [['name', 'value'], ...Object.entries(document.result ?? {}).filter(isScalar)]
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('')
}

/** Lists of one length, side by side: terms, coefficients, standard errors. Square matrices stay out. */
function figureRows(document: ResultView): { head: string[]; rows: unknown[][] } {
  const lists = Object.entries(document.result ?? {}).filter(
    (entry): entry is [string, unknown[]] =>
      Array.isArray(entry[1]) && entry[1].every((item) => typeof item !== 'object'),
  )
  const length = lists[0]?.[1].length ?? 0
  const same = lists.filter(([, list]) => list.length === length)
  const rows = Array.from({ length }, (_, i) => same.map(([, list]) => list[i]))
  return { head: same.map(([name]) => singular(name)), rows }
}

const figure = (value: unknown): string =>
  typeof value !== 'number' || Number.isInteger(value)
    ? String(value ?? '-')
    : numberText(value, DECIMALS)

const isScalar = ([, value]: [string, unknown]): boolean => typeof value !== 'object'
const singular = (name: string): string => name.replace(/s$/, '')
/** `standardErrors` as people write it: `standard errors`. */
const words = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
const round = (value: number): number => Math.round(value * 10) / 10
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function csvCell(value: unknown): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
