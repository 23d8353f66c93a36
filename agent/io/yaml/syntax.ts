import { cut, quote } from '../../wire/ids.ts'
import { LIMITS } from '../../wire/limits.ts'
import { either } from '../../wire/words.ts'
import { parserText } from './parserText.ts'
import { type Explained, spaces } from './sourceLines.ts'
import type { SyntaxProblem } from './tree.ts'

/** Says in our words what the YAML parser or its process found. */
export function syntaxText(problem: SyntaxProblem, lines: readonly string[]): Explained {
  const own = ownText(problem)
  if (own) return { text: own }
  return missingSpace(problem, lines) ?? indentation(problem, lines) ?? parserText(problem, lines)
}

function ownText({ code, detail }: SyntaxProblem): string | undefined {
  switch (code) {
    case 'ALIAS':
      return `found the alias ${quote(`*${detail}`)}. Aliases are not taken; write the value out, or put a text that begins with * in quotes.`
    case 'ANCHOR':
      return `found the anchor ${quote(`&${detail}`)}. Anchors are not taken; write the value out where it is needed.`
    case 'TAG':
      return 'found a tag ("!..."). Tags are not taken; write the value without it, or in quotes if it is text.'
    case 'KEY':
      return 'found a key that is not a word, wanted text before the colon.'
    case 'NOT_FINITE':
      return `found ${cut(detail)}, wanted a finite number of at most 1.7e308.`
    case 'NODES':
      return `found more than ${LIMITS.yamlNodes} values, wanted at most ${LIMITS.yamlNodes}. Split the file.`
    case 'DEEP':
      return `nested too deeply, wanted at most ${LIMITS.yamlDepth} levels.`
    case 'CRASHED':
      return `the parser did not survive this text: ${detail}. Remove what is deeply nested or repeated.`
    case 'NOT_STARTED':
      return `the YAML parser (child.mjs) did not start: ${detail}. Is there enough memory, and is the installation whole?`
    case 'DUPLICATE_KEY': {
      const [key, line] = JSON.parse(detail) as [string, number] // as child.mjs writes it
      return `the key ${quote(key)} stands twice, first in line ${line}. Keep one of them.`
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
    const key = cut(found[2] ?? '')
    const place = { line: number, column }
    return {
      place,
      text: `no space behind "${key}:". Write "${key}: " and then the value.`,
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
