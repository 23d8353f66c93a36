import { LIMITS } from '../../wire/limits.ts'
import type { Place } from './tree.ts'

/** A mistake of a text that has no structure yet. */
export interface TextProblem extends Place {
  readonly text: string
}

/**
 * Reads a text once, in linear time, for what people get wrong before any structure can be seen:
 * tabs and odd characters from word processors, quotes and brackets that are not closed, nesting
 * beyond the limit (which would abort the parser: LIMITS.yamlDepth). Mistakes that it does not see
 * are the parser's, which runs in a process of its own.
 */
export function scanYaml(text: string): TextProblem[] {
  const problems: TextProblem[] = []
  const lines = text.split(/\r?\n/)
  const state: State = { open: [], indents: [], deep: false, block: -1 }
  lines.forEach((line, index) => {
    const found = (column: number, text: string) =>
      problems.push({ line: index + 1, column: column + 1, text })
    if (state.block < 0) reportCharacters(line, found)
    scanLine(line, index + 1, state, found)
  })
  const unclosed = state.deep ? [] : state.open.slice(0, 1)
  for (const { line, column, character } of unclosed)
    problems.push({
      line,
      column,
      text: `the "${character}" opened here is never closed. Add the "${character === '[' ? ']' : '}'}".`,
    })
  return problems
}

interface State {
  /** Brackets that are open. */
  open: { line: number; column: number; character: string }[]
  /** Indentations of the block levels that are open. */
  indents: number[]
  /** The depth was reported already. */
  deep: boolean
  /** Indentation of the line that began a block text (`|`, `>`); -1 outside of one. */
  block: number
}
type Found = (column: number, text: string) => void

const INVISIBLE: Record<string, string> = {
  '\r': 'a carriage return without a line feed',
  '\u00a0': 'a no-break space',
  '\u200b': 'a zero-width space',
  '\u200c': 'a zero-width character',
  '\u200d': 'a zero-width character',
  '\u2028': 'a line separator',
  '\u2029': 'a paragraph separator',
  '\u202f': 'a narrow no-break space',
  '\u3000': 'an ideographic space',
  '\ufeff': 'a byte order mark inside the text',
}
const LOOKALIKE: Record<string, string> = {
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '−': '-',
  '：': ':',
  '［': '[',
  '｛': '{',
}

function reportCharacters(line: string, found: Found): void {
  const start = line.search(/[^ \t]/)
  if (start >= 0 && line[start] !== '#' && line.slice(0, start).includes('\t'))
    found(
      line.indexOf('\t'),
      'tab in the indentation. YAML allows spaces only; replace it by 2 spaces.',
    )
  for (let i = 0; i < line.length; i++) {
    const character = line[i] ?? ''
    const code = line.charCodeAt(i)
    const name = INVISIBLE[character]
    if (name)
      found(i, `${name} (${unicode(code)}). It looks like nothing or a space; type a space.`)
    else if ((code < 32 && code !== 9) || code === 127 || code === 0xfffe || code === 0xffff)
      found(i, `a control character (${unicode(code)}). Delete it.`)
    if (name || (code < 32 && code !== 9)) return // one a line is enough
  }
  if (line.startsWith('%'))
    found(0, 'a YAML directive. Directives are not taken; delete this line.')
}

/** Follows one line: indentation, brackets, quotes, comments, block texts. */
function scanLine(line: string, number: number, state: State, found: Found): void {
  const start = line.search(/[^ \t]/)
  if (start < 0) return
  if (state.block >= 0) {
    if (start > state.block) return
    state.block = -1
  }
  let at = state.open.length === 0 ? enterBlock(line, start, state, found) : start
  while (at >= 0 && at < line.length) at = scanToken(line, at, number, start, state, found)
}

/** Follows indentation and leading `- ` marks; returns where the first token begins. */
function enterBlock(line: string, start: number, state: State, found: Found): number {
  if (/^(---|\.\.\.)([ \t]|$)/.test(line)) {
    state.indents = []
    return start + 3
  }
  let at = start
  if (line[at] === '#') return -1
  while ((state.indents.at(-1) ?? -1) >= at) state.indents.pop()
  state.indents.push(at)
  for (; /^[-?]([ \t]|$)/.test(line.slice(at, at + 2)); state.indents.push(at)) {
    at += 1
    while (line[at] === ' ' || line[at] === '\t') at += 1
    reportDepth(state, at, found)
    if (at >= line.length || state.deep) break
  }
  reportDepth(state, at, found)
  return at
}

function reportDepth(state: State, at: number, found: Found): void {
  if (state.deep || state.indents.length + state.open.length <= LIMITS.yamlDepth) return
  state.deep = true
  found(
    at,
    `nested more than ${LIMITS.yamlDepth} levels deep, wanted at most ${LIMITS.yamlDepth}. Remove levels.`,
  )
}

/** Reads one token of a line and returns where the next begins; -1 at the end of the line. */
function scanToken(
  line: string,
  at: number,
  number: number,
  indent: number,
  state: State,
  found: Found,
): number {
  const character = line[at] ?? ''
  const flow = state.open.length > 0
  if (character === ' ' || character === '\t') return at + 1
  if (character === '#' && (at === 0 || isBlank(line[at - 1] ?? ''))) return -1
  if (character === '[' || character === '{') {
    // Beyond the limit only the first is kept, so that the list stays short.
    if (!state.deep) state.open.push({ line: number, column: at + 1, character })
    reportDepth(state, at, found)
    return at + 1
  }
  if (flow && (character === ']' || character === '}')) {
    state.open.pop()
    return at + 1
  }
  if (flow && character === ',') return at + 1
  if (character === '"' || character === "'") return scanQuoted(line, at, character, found)
  const lookalike = LOOKALIKE[character]
  if (lookalike) {
    found(
      at,
      `found ${JSON.stringify(character)} (${unicode(character.charCodeAt(0))}), which only looks like ${lookalike === '"' ? `'"'` : `"${lookalike}"`}. Type a plain ${lookalike} instead.`,
    )
    return -1
  }
  if (!flow && /^[|>][-+0-9]*[ \t]*(#.*)?$/.test(line.slice(at))) {
    state.block = indent
    return -1
  }
  return plainEnd(line, at, flow)
}

/** The end of a quoted text, which must be on the same line. */
function scanQuoted(line: string, at: number, quote: string, found: Found): number {
  for (let i = at + 1; i < line.length; i++) {
    if (quote === '"' && line[i] === '\\') i += 1
    else if (line[i] === quote && quote === "'" && line[i + 1] === "'") i += 1
    else if (line[i] === quote) return i + 1
  }
  const named = quote === '"' ? `'"'` : `"'"`
  found(
    at,
    `the quote ${named} opened here is not closed on this line. Add ${named} where it ends.`,
  )
  return -1
}

/** The end of an unquoted text: behind `: `, before ` #`, and inside brackets before one of `,[]{}`. */
function plainEnd(line: string, at: number, flow: boolean): number {
  for (let i = at; i < line.length; i++) {
    const character = line[i] ?? ''
    const next = line[i + 1]
    const ends = next === undefined || isBlank(next) || (flow && isFlowMark(next))
    if (character === ':' && ends) return i + 1
    // Each return is behind `at`, so that the line comes to an end.
    if (i > at && isBlank(character) && next === '#') return i
    if (i > at && flow && isFlowMark(character)) return i
  }
  return -1
}

/** White space of YAML (1.2.2 section 5.5), which is less than that of JavaScript. */
const isBlank = (character: string): boolean => character === ' ' || character === '\t'
const isFlowMark = (character: string): boolean => ',[]{}'.includes(character)

const unicode = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
