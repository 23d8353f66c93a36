import { LIMITS } from '../../wire/limits.ts'
import { either } from '../../wire/words.ts'
import type { Place, SyntaxProblem } from './tree.ts'

/** What is wrong, for people; `place` where a better one than the parser's is known. */
export interface Explained {
  readonly text: string
  readonly place?: Place
}

/** Says in our words what the YAML parser or its process found. */
export function syntaxText(problem: SyntaxProblem, lines: readonly string[]): Explained {
  const own = ownText(problem)
  if (own) return { text: own }
  return missingSpace(problem, lines) ?? indentation(problem, lines) ?? parserText(problem, lines)
}

function ownText({ code, detail }: SyntaxProblem): string | undefined {
  switch (code) {
    case 'ALIAS':
      return `found the alias "*${detail}". Aliases are not taken; write the value out, or put a text that begins with * in quotes.`
    case 'ANCHOR':
      return `found the anchor "&${detail}". Anchors are not taken; write the value out where it is needed.`
    case 'TAG':
      return 'found a tag ("!..."). Tags are not taken; write the value without it, or in quotes if it is text.'
    case 'KEY':
      return 'found a key that is not a word, wanted text before the colon.'
    case 'NOT_FINITE':
      return `found ${detail}, wanted a finite number of at most 1.7e308.`
    case 'NODES':
      return `found more than ${LIMITS.yamlNodes} values, wanted at most ${LIMITS.yamlNodes}. Split the file.`
    case 'DEEP':
      return `nested too deeply, wanted at most ${LIMITS.yamlDepth} levels.`
    case 'CRASHED':
      return `this text cannot be read: ${detail}. Remove what is deeply nested or repeated.`
    case 'DUPLICATE_KEY': {
      const [key, line] = JSON.parse(detail) as [string, number] // as child.mjs writes it
      return `the key "${key}" stands twice, first in line ${line}. Keep one of them.`
    }
    default:
      return undefined
  }
}

/** `key:value` is one word in YAML; the parser then complains of a line far below. */
function missingSpace(problem: SyntaxProblem, lines: readonly string[]): Explained | undefined {
  const [line] = problem.at
  for (const number of [line, line - 1, line + 1]) {
    const found = /^(\s*(?:- )?)([A-Za-z][\w-]*):(?=[^\s/])/.exec(lines[number - 1] ?? '')
    if (!found) continue
    const column = found[0].length
    const place = { line: number, column }
    return {
      place,
      text: `no space behind "${found[2]}:". Write "${found[2]}: " and then the value.`,
    }
  }
  return undefined
}

const INDENT_CODES = new Set(['BAD_INDENT', 'BLOCK_IN_FLOW', 'MISSING_CHAR', 'UNEXPECTED_TOKEN'])

function indentation(problem: SyntaxProblem, lines: readonly string[]): Explained | undefined {
  const [line, column] = problem.at
  const text = lines[line - 1] ?? ''
  const found = text.search(/\S/)
  const before = text.slice(0, column - 1)
  if (!INDENT_CODES.has(problem.code) || found < 0 || before.trim() !== '') return undefined
  if (/flow|quote/i.test(problem.detail)) return undefined
  const open = openLevels(lines, line - 1)
  if (open.length === 0 || open.includes(found)) return undefined
  const wanted = either(open.map(String))
  const place = { line, column: found + 1 }
  return {
    place,
    text: `indented by ${spaces(found)}, wanted ${wanted} like the lines above. Lines of one map or list begin in the same column.`,
  }
}

/** Indentations that the lines above leave open, innermost first. */
function openLevels(lines: readonly string[], before: number): number[] {
  const levels: number[] = []
  for (let i = before - 1; i >= 0 && levels.at(-1) !== 0; i--) {
    const line = lines[i] ?? ''
    const indent = line.search(/[^\s]/)
    if (indent < 0 || line[indent] === '#') continue
    if (line.startsWith('---')) break
    if (levels.length === 0 || indent < (levels.at(-1) ?? 0)) levels.push(indent)
  }
  return levels
}

const spaces = (count: number): string => (count === 1 ? '1 space' : `${count} spaces`)

const MIXED =
  'a list and a map are mixed here. A place holds either "- item" lines or "key: value" lines.'

/** Sentences for the codes of yaml 2.9 that remain; what a person did is more useful than the grammar's name for it. */
const SENTENCES: Record<string, string> = {
  BAD_DQ_ESCAPE:
    'an escape that does not exist inside "...". Write \\\\ for a backslash, or use single quotes.',
  BAD_DIRECTIVE: 'a YAML directive. Directives are not taken; delete this line.',
  BLOCK_AS_IMPLICIT_KEY:
    'a second ": " in one line. Put text that holds ": " in quotes, or begin a map on a new, indented line.',
  BLOCK_IN_FLOW: 'a "- " list inside of [ ] or { }. Separate the items by commas instead.',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters. Is a quote or a colon missing?',
  MULTILINE_IMPLICIT_KEY:
    'this line is neither "key: value" nor part of the text above. Is a colon missing?',
  MULTIPLE_DOCS: 'a second document begins here without a line "---" before it.',
  TAB_AS_INDENT: 'tab in the indentation. YAML allows spaces only; replace it by 2 spaces.',
  BAD_INDENT: 'this line is indented differently from those that it belongs to.',
  IMPOSSIBLE: 'this cannot be read as YAML.',
  BAD_PROP_ORDER: 'an anchor or tag in a place where none can be. Delete it.',
  MULTIPLE_ANCHORS: 'found an anchor. Anchors are not taken; write the value out.',
  MULTIPLE_TAGS: 'found a tag. Tags are not taken; write the value without it.',
  TAG_RESOLVE_FAILED: 'found a tag. Tags are not taken; write the value without it.',
  ALIAS_PROPS: 'found an alias. Aliases are not taken; write the value out.',
  BAD_ALIAS: 'found an alias. Aliases are not taken; put a text that begins with * in quotes.',
}

function parserText(problem: SyntaxProblem, lines: readonly string[]): Explained {
  const [line, column] = problem.at
  const character = lines[line - 1]?.[column - 1] ?? ''
  const word = JSON.stringify(valueAt(lines, line, column))
  const dash = /^\s*-\s/.exec(lines[line - 1] ?? '')
  if (problem.code === 'BLOCK_AS_IMPLICIT_KEY' && dash)
    return { place: { line, column: dash[0].length - 1 }, text: MIXED }
  if (problem.code === 'BLOCK_AS_IMPLICIT_KEY') {
    const next = lines.findIndex((text, i) => i >= line && /\S/.test(text))
    const deeper = lines[next]?.search(/\S/) ?? 0
    const here = lines[line - 1]?.search(/\S/) ?? 0
    if (next > 0 && deeper > here)
      return {
        place: { line: next + 1, column: deeper + 1 },
        text: `indented by ${spaces(deeper)}, wanted ${here} like the line above, which has its value already.`,
      }
  }
  if (/flow-(seq|map)-end/.test(problem.detail))
    return { text: `found a "${character}" that closes nothing. Delete it, or add what opens it.` }
  if (
    /node end/.test(problem.detail) &&
    /["'\]}]\s*$/.test(lines[line - 1]?.slice(0, column - 1) ?? '')
  )
    return { text: `found ${word} behind the end of a value. Put all of the value inside.` }
  if (/block-seq-ind on same line/.test(problem.detail))
    return {
      text: 'a "- " list begins on the line of its key. Put each item on a line of its own.',
    }
  if (/^Implicit map keys|^Implicit keys/.test(problem.detail) && character !== '-')
    return { text: `found ${word} where "key: value" was wanted. Is a colon missing?` }
  if (character === '-' || /node end/.test(problem.detail)) return { text: MIXED }
  if (problem.code === 'BAD_SCALAR_START' || /cannot start with/.test(problem.detail))
    return {
      text: `a value cannot begin with ${JSON.stringify(character)} unless it is in quotes. Write it as ${word}.`,
    }
  const sentence = SENTENCES[problem.code]
  if (sentence) return { text: sentence }
  return { text: `${problem.detail.replace(/[.\s]+$/, '')}. The line cannot be read as YAML.` }
}

const valueAt = (lines: readonly string[], line: number, column: number): string =>
  (lines[line - 1] ?? '')
    .slice(column - 1, column + 59)
    .replace(/[\s,}\]]*(#.*)?$/, '')
    .replaceAll('"', "'")
