import { LIMITS } from '../../wire/limits.ts'
import { type Explained, spaces, valueAt } from './sourceLines.ts'
import type { SyntaxProblem } from './tree.ts'

const MIXED =
  'a list and a map are mixed here. A place holds either "- item" lines or "key: value" lines.'

/**
 * Messages of yaml 2.9 (its folder compose) and what a person did to get them, which is of more use
 * than the grammar's name for it. %w: the text at the place; %c: its first character. First match counts.
 */
const MESSAGES: readonly [RegExp, string][] = [
  [/flow-(seq|map)-end/, 'found a "%c" that closes nothing. Delete it, or add what opens it.'],
  [
    /block-seq-ind on same line/,
    'a "- " list begins on the line of its key. Put each item on a line of its own.',
  ],
  [
    /directives-end marker|Block collection cannot start/,
    '"---" does not stand on a line of its own. Begin a new line behind it.',
  ],
  [/^Missing , or :/, 'found %w with no ":" or "," before it. Write { key: value, key: value }.'],
  [/^Missing ,/, 'found %w with no "," before it. Separate the items by commas.'],
  [/^Unexpected , in|empty item/, 'a "," with nothing before it. Delete it.'],
  [/^Missing space after :/, 'no space behind the colon before %w. Add one.'],
  [
    /^Comments must be/,
    'no space before the "#" of a comment. Add one, or put text that holds a # in quotes.',
  ],
  [
    /Block scalar header|block scalar header/,
    'found %w behind "|" or ">". The text begins on the next line.',
  ],
  [
    /Block scalars with more-indented|leading empty lines/,
    'the first lines of a block text are indented differently. Indent them alike.',
  ],
  [/cannot start with/, 'a value cannot begin with "%c" unless it is in quotes. Write it as %w.'],
  [/Missing closing/, 'a quote is never closed. Add it where the text ends.'],
  [
    /Multi-line|multi-line|on a single line/,
    'a text is broken over several lines. Put it on one line, in quotes if it holds ": ".',
  ],
  [
    /doc-end|directives-end|doc-start/,
    'a line "..." or "---" in a place where no document ends. Delete it.',
  ],
  [
    /^Unexpected|^Expected/,
    'found %w where nothing more was wanted. Is a colon, comma or quote missing before it?',
  ],
]

/** Sentences for the codes that remain. */
const CODES: Record<string, string> = {
  BAD_DQ_ESCAPE:
    'an escape that does not exist inside "...". Write \\\\ for a backslash, or use single quotes.',
  BAD_DIRECTIVE: 'a YAML directive. Directives are not taken; delete this line.',
  BLOCK_AS_IMPLICIT_KEY:
    'a second ": " in one line. Put text that holds ": " in quotes, or begin a map on a new, indented line.',
  BLOCK_IN_FLOW: 'a "- " list inside of [ ] or { }. Separate the items by commas instead.',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters. Is a quote or a colon missing?',
  MULTIPLE_DOCS: 'a second document begins here without a line "---" before it.',
  TAB_AS_INDENT: 'tab in the indentation. YAML allows spaces only; replace it by 2 spaces.',
  BAD_INDENT: 'this line is indented differently from those that it belongs to.',
  MISSING_CHAR: 'found %w where "key: value" was wanted. Is a colon missing?',
  RESOURCE_EXHAUSTION: `nested too deeply, wanted at most ${LIMITS.yamlDepth} levels.`,
  BAD_PROP_ORDER: 'an anchor or tag in a place where none can be. Delete it.',
  MULTIPLE_ANCHORS: 'found an anchor. Anchors are not taken; write the value out.',
  MULTIPLE_TAGS: 'found a tag. Tags are not taken; write the value without it.',
  TAG_RESOLVE_FAILED: 'found a tag. Tags are not taken; write the value without it.',
  BAD_COLLECTION_TYPE: 'found a tag. Tags are not taken; write the value without it.',
  ALIAS_PROPS: 'found an alias. Aliases are not taken; write the value out.',
  BAD_ALIAS: 'found an alias. Aliases are not taken; put a text that begins with * in quotes.',
}

/** Words for what the YAML parser found. */
export function parserText(problem: SyntaxProblem, lines: readonly string[]): Explained {
  const [line, column] = problem.at
  const text = lines[line - 1] ?? ''
  const character = text.slice(column - 1).trimStart()[0] ?? ''
  const word = valueAt(lines, line, column)
  if (problem.code === 'BLOCK_AS_IMPLICIT_KEY') return twoInOneLine(problem, lines)
  if (/node end/.test(problem.detail) && /["'\]}]\s*$/.test(text.slice(0, column - 1)))
    return { text: `found ${word} behind the end of a value. Put all of the value inside.` }
  if (/^Implicit map keys|^Implicit keys need/.test(problem.detail) && character !== '-')
    return { text: `found ${word} where "key: value" was wanted. Is a colon missing?` }
  const isItem = /^-(\s|$)/.test(text.slice(column - 1)) && !/same line/.test(problem.detail)
  if (isItem || /node end/.test(problem.detail)) return { text: MIXED }
  if (character === '')
    return { text: 'the line ends where a value was wanted. Is something missing?' }
  const known =
    MESSAGES.find(([message]) => message.test(problem.detail))?.[1] ?? CODES[problem.code]
  const words = known?.replace('%c', () => character).replace('%w', () => word)
  return { text: words ?? `found ${word}, which cannot be read here (${problem.code}).` }
}

/** A map where none can begin: a second colon, a line indented below a value, or a list among keys. */
function twoInOneLine(problem: SyntaxProblem, lines: readonly string[]): Explained {
  const [line] = problem.at
  const text = lines[line - 1] ?? ''
  const dash = /^\s*-\s/.exec(text)
  if (dash) return { place: { line, column: dash[0].length - 1 }, text: MIXED }
  const next = lines.findIndex((each, i) => i >= line && /\S/.test(each))
  const deeper = lines[next]?.search(/\S/) ?? 0
  const here = text.search(/\S/)
  if (next < 0 || deeper <= here) return { text: CODES.BLOCK_AS_IMPLICIT_KEY ?? '' }
  return {
    place: { line: next + 1, column: deeper + 1 },
    text: `indented by ${spaces(deeper)}, wanted ${here} like the line above, which has its value already.`,
  }
}
