/** One change to a source that makes it wrong. */
export interface Mutant {
  /** Name of the source, such as `Tally.sol`. */
  readonly file: string
  readonly line: number
  /** Where in the source's text, and what stands there instead. */
  readonly start: number
  readonly end: number
  readonly to: string
  /** The line or statement before and after, in one line: what the list of equivalent ones quotes. */
  readonly before: string
  readonly after: string
}

type Edit = Pick<Mutant, 'start' | 'end' | 'to'>

const GUARDS = /\b(?:nonReentrant|onlyGovernance|during\(Phase\.\w+\)|at\(index\))(?=\s*(?:\{|$))/gm

/** What stands for an operator between spaces. Bits are no money: `|`, `&` and shifts stay. */
const SWAPS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '==': ['!='],
  '!=': ['=='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '+=': ['-='],
  '-=': ['+='],
}

/** @returns all mutants of a source, in the order of its text */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const code = masked(source)
  const edits = [
    ...guards(code),
    ...conditions(code),
    ...swaps(code),
    ...ternaries(code),
    ...counters(code),
    ...statements(code),
  ]
  return edits
    .sort((a, b) => a.start - b.start || a.end - b.end || (a.to < b.to ? -1 : 1))
    .map((edit) => described(file, source, edit))
}

/** @returns the source with the change in it */
export function mutated(source: string, { start, end, to }: Edit): string {
  return source.slice(0, start) + to + source.slice(end)
}

/** Comments, texts and imports as blanks, so that places stay the same. */
function masked(source: string): string {
  return source.replace(
    /\/\/.*|"(?:[^"\\]|\\.)*"|\bimport \{[^}]*\} from|^(?:pragma|using|\s+using) .*$/gm,
    (text) => text.replace(/[^\n]/g, ' '),
  )
}

function guards(code: string): Edit[] {
  return [...code.matchAll(GUARDS)].map((match) => replacing(match.index, match[0], ''))
}

/** A `require` is left out or turned round; an `if` is always or never so, which is harder to find than the turn. */
function conditions(code: string): Edit[] {
  const edits: Edit[] = []
  for (const match of code.matchAll(/\b(require|if) ?\(/g)) {
    const open = match.index + match[0].length
    const close = closing(code, open)
    const isRequire = match[1] === 'require'
    const end = isRequire ? firstComma(code, open, close) : close
    const condition = code.slice(open, end)
    if (isRequire) {
      edits.push({ start: match.index, end: close + 2, to: '' })
      edits.push({ start: open, end, to: `!(${condition.trim()})` })
    } else {
      for (const always of ['true', 'false']) edits.push({ start: open, end, to: always })
    }
  }
  return edits
}

function swaps(code: string): Edit[] {
  const edits: Edit[] = []
  for (const match of code.matchAll(/(?<=\s)(?:[<>=!]=|[<>]|&&|\|\||[-+*/%]|[-+]=)(?=\s)/g))
    for (const to of swapsOf(match[0], lineAround(code, match.index)))
      edits.push(replacing(match.index, match[0], to))
  return edits
}

/** A loop that goes one too far only leaves its list: there it does not run at all. */
function swapsOf(operator: string, line: string): readonly string[] {
  if (operator === '<' && /\bfor \(/.test(line)) return ['>']
  return SWAPS[operator] ?? []
}

function ternaries(code: string): Edit[] {
  return [...code.matchAll(/(?<=\s)\?(?=\s)/g)].map((match) =>
    replacing(match.index, '?', '== false ?'),
  )
}

/** Counts down instead of up, but for loops, which would only run out of gas. */
function counters(code: string): Edit[] {
  return [...code.matchAll(/\+\+/g)]
    .filter(({ index }) => !/\bfor \(/.test(lineAround(code, index)))
    .map((match) => replacing(match.index, '++', '--'))
}

/** Statements of a line each that do something, left out: assignments, calls, events, deletions. */
function statements(code: string): Edit[] {
  const pattern =
    /^ {4,}(?:emit |delete |\+\+|[\w.]+(?:\[[^\]=]*\])* (?:[-+|]?=|>>=) |\([\w., ]+\) = |_?[\w.]+\()[^;{}]*;/gm
  return [...code.matchAll(pattern)]
    .filter(([text]) => !/^\s*(?:return|require|for|if|else)\b/.test(text))
    .map((match) => {
      const indent = match[0].length - match[0].trimStart().length
      return replacing(match.index + indent, match[0].trimStart(), '')
    })
}

function replacing(start: number, from: string, to: string): Edit {
  return { start, end: start + from.length, to }
}

/** Place of the parenthesis that closes the one before `open`. */
function closing(code: string, open: number): number {
  let depth = 1
  let i = open
  for (; depth > 0 && i < code.length; i++) {
    if (code[i] === '(') depth++
    if (code[i] === ')') depth--
  }
  return i - 1
}

/** The first comma between two places that is in no parentheses; the second place without one. */
function firstComma(code: string, from: number, until: number): number {
  let depth = 0
  for (let i = from; i < until; i++) {
    if (code[i] === '(' || code[i] === '[') depth++
    if (code[i] === ')' || code[i] === ']') depth--
    if (code[i] === ',' && depth === 0) return i
  }
  return until
}

function lineAround(text: string, place: number): string {
  const from = text.lastIndexOf('\n', place - 1) + 1
  const until = text.indexOf('\n', place)
  return text.slice(from, until < 0 ? undefined : until)
}

function described(file: string, source: string, edit: Edit): Mutant {
  const from = source.lastIndexOf('\n', edit.start - 1) + 1
  const until = source.indexOf('\n', edit.end)
  const whole = source.slice(from, until)
  const inside = { start: edit.start - from, end: edit.end - from, to: edit.to }
  return {
    file,
    line: source.slice(0, edit.start).split('\n').length,
    ...edit,
    before: flat(whole),
    after: flat(mutated(whole, inside)),
  }
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
