import { HypernetError } from '../../agent/wire/errors.ts'
import { quote } from '../../agent/wire/ids.ts'
import { checkConnected, type Graph, type Link, MOST_LINKS } from './graph.ts'

/** How many mistakes of one file are listed before the rest is only counted. */
const LISTED = 20

/**
 * Reads a graph from CSV: the header `from,to,delivery` or `from,to`, then a directed link a line.
 * @param name the file's name, for errors
 * @throws HypernetError `BAD_GRAPH` with every mistake as `name:line:column`, or when it is not connected
 */
export function readEdgeList(text: string, name: string, size: number): Graph {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const header = (lines[0] ?? '').split(',').map((cell) => cell.trim())
  if (header.join() !== 'from,to,delivery' && header.join() !== 'from,to')
    throw new HypernetError(
      'BAD_GRAPH',
      `${name}:1:1: found the header ${quote(lines[0] ?? '')}, wanted "from,to,delivery" or "from,to"`,
    )
  const mistakes: string[] = []
  const links = new Map<number, Link>()
  for (let row = 1; row < lines.length; row++) {
    const line = lines[row] ?? ''
    if (line.trim() === '') continue
    const link = readLink(line, header.length, size)
    const key = typeof link === 'string' ? -1 : link.from * size + link.to
    if (typeof link === 'string') mistakes.push(`${name}:${row + 1}:${link}`)
    else if (links.has(key))
      mistakes.push(`${name}:${row + 1}:1: the link ${link.from},${link.to} stands twice; keep one`)
    else links.set(key, link)
    if (links.size > MOST_LINKS)
      throw new HypernetError('TOO_LARGE', `${name}: more than ${MOST_LINKS} links`)
  }
  if (mistakes.length > 0) throw new HypernetError('BAD_GRAPH', listed(mistakes))
  const ordered = [...links.entries()].sort((a, b) => a[0] - b[0]).map(([, link]) => link)
  // A link that never delivers is no way.
  const open = ordered.filter((link) => link.delivery > 0)
  try {
    checkConnected({ size, links: open })
  } catch (error) {
    if (!(error instanceof HypernetError)) throw error
    throw new HypernetError(error.code, `${name}: ${error.message}`, error)
  }
  return { size, links: ordered }
}

/** A link, or `column: message`. */
function readLink(line: string, columns: number, size: number): Link | string {
  const cells = line.split(',')
  if (cells.length !== columns)
    return `1: found ${cells.length} values, wanted ${columns} as in the header`
  const starts = cells.map((_, k) => cells.slice(0, k).reduce((sum, c) => sum + c.length + 1, 1))
  const ends: number[] = []
  for (const k of [0, 1]) {
    const cell = (cells[k] ?? '').trim()
    if (!/^\d{1,9}$/.test(cell) || Number(cell) >= size)
      return `${starts[k]}: found the device ${quote(cell)}, wanted a number from 0 to ${size - 1}`
    ends.push(Number(cell))
  }
  const [from, to] = ends as [number, number] // both were pushed above
  if (from === to) return `1: a link from device ${from} to itself; remove it`
  const chance = columns === 3 ? (cells[2] ?? '').trim() : '1'
  const delivery = chance === '' ? 1 : Number(chance)
  if (!(delivery >= 0 && delivery <= 1) || !/^[0-9.eE+-]*$/.test(chance))
    return `${starts[2]}: found the delivery ${quote(chance)}, wanted a chance from 0 to 1`
  return { from, to, delivery }
}

function listed(mistakes: readonly string[]): string {
  const more = mistakes.length - LISTED
  return mistakes.slice(0, LISTED).join('\n') + (more > 0 ? `\nand ${more} more` : '')
}
