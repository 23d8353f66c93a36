import { FUNCTIONS, functionOf } from '../../agent/fusion/functions.ts'
import { quote } from '../../agent/wire/ids.ts'
import { nearest } from '../../agent/wire/nearest.ts'

/** Where a formula is wrong, as an offset from 0, and how. */
export interface ExpressionProblem {
  readonly offset: number
  readonly text: string
}
/** A word of a formula. `call` is a name that a parenthesis follows. */
export interface Token {
  readonly kind: 'number' | 'name' | 'call' | 'operator' | 'open' | 'close'
  readonly text: string
  readonly offset: number
}

const PATTERN =
  /(\s+)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(\*\*|==|!=|<=|>=|&&|\|\||[-+*/^<>?:,.()])/y

/** Operators that are words, in mathjs and here. */
const WORDS = new Set(['and', 'or', 'not'])
export const isWordOperator = (name: string): boolean => WORDS.has(name)
/** Words that mathjs reads as something else than a name. */
const NOT_NAMES: Record<string, string> = {
  mod: 'there is no remainder; use floor',
  xor: 'write !=',
  to: 'units are not converted',
  in: 'units are not converted',
  end: 'no sensor can have this name in an expression',
  true: 'write 1',
  false: 'write 0',
  null: 'missing values are left out by themselves',
  undefined: 'missing values are left out by themselves',
  NaN: 'wanted finite numbers',
  Infinity: 'wanted finite numbers',
}
/** What people type, and what it is here. */
const MEANT: Record<string, string> = {
  '=': 'Write == to compare',
  '&': 'Write "and"',
  '|': 'Write "or"',
  '!': 'Write not( ) to negate',
  '%': 'There is no remainder; use floor',
  '"': 'Only numbers have a place in an expression',
  "'": 'Only numbers have a place in an expression',
  '[': 'Use ( ) to group',
  ']': 'Use ( ) to group',
  '{': 'Use ( ) to group',
  '}': 'Use ( ) to group',
  '×': 'Write *',
  '·': 'Write *',
  '÷': 'Write /',
  '−': 'Write a plain -',
  '–': 'Write a plain -',
  '²': 'Write ^2',
  '³': 'Write ^3',
  '√': 'Write sqrt( )',
  '≤': 'Write <=',
  '≥': 'Write >=',
  '≠': 'Write !=',
  π: 'Write pi',
  ';': 'Write one formula',
  '~': 'Write what stands on the right side alone',
  $: 'Write the sensor id without it',
  '@': 'Write the sensor id without it',
}
const MEANT_WORDS: Record<string, string> = {
  ln: 'log',
  lg: 'log10',
  sqr: 'sqrt',
  pow: '^',
  power: '^',
  arctan: 'atan',
  arcsin: 'asin',
  arccos: 'acos',
  fabs: 'abs',
  I: 'the expression inside it',
}

/** Splits a formula into words, or says what is not part of any formula. Linear in its length. */
export function tokensIn(text: string): Token[] | ExpressionProblem {
  const tokens: Token[] = []
  let offset = 0
  while (offset < text.length) {
    PATTERN.lastIndex = offset
    const found = PATTERN.exec(text)
    const character = String.fromCodePoint(text.codePointAt(offset) ?? 0)
    if (!found) return strange(character, offset)
    const [whole, space, number, name, operator] = found
    if (number !== undefined) {
      if (!Number.isFinite(Number(number)))
        return { offset, text: `found ${number}, wanted a number of at most 1.7e308.` }
      tokens.push({ kind: 'number', text: number, offset })
    } else if (name !== undefined) {
      const isCall = !WORDS.has(name) && /^\s*\(/.test(text.slice(offset + name.length))
      tokens.push({
        kind: isCall ? 'call' : WORDS.has(name) ? 'operator' : 'name',
        text: name,
        offset,
      })
    } else if (operator !== undefined) {
      const meant = { '**': 'Write ^', '&&': 'Write "and"', '||': 'Write "or"' }[operator]
      if (meant) return { offset, text: `found "${operator}", which is not taken. ${meant}.` }
      const kind = operator === '(' ? 'open' : operator === ')' ? 'close' : 'operator'
      tokens.push({ kind, text: operator, offset })
    } else if (space === undefined) return strange(character, offset)
    offset += whole.length
  }
  return tokens
}

function strange(character: string, offset: number): ExpressionProblem {
  const meant = Object.hasOwn(MEANT, character) ? MEANT[character] : undefined
  const hint = meant ?? 'Wanted numbers, sensor ids, functions and operators'
  return { offset, text: `found ${JSON.stringify(character)}, which is not taken. ${hint}.` }
}

/** What is wrong with a word where it stands, first things first; `undefined` where nothing is. */
export function wordProblem(tokens: readonly Token[]): ExpressionProblem | undefined {
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1]
    const problem =
      (token.kind === 'name' ? notAName(token) : undefined) ??
      (before && missingOperator(before, token)) ??
      (token.kind === 'call' ? callProblem(token, before) : undefined) ??
      (token.kind === 'name' ? nameProblem(tokens, i) : undefined) ??
      (token.text === '.' ? dotProblem(tokens, i) : undefined)
    if (problem) return problem
  }
  return undefined
}

/** `2x`, `sqrt dist`, `(a)(b)`: mathjs would multiply, which is rarely what was meant. */
function missingOperator(before: Token, token: Token): ExpressionProblem | undefined {
  const ends = before.kind === 'number' || before.kind === 'name' || before.kind === 'close'
  const starts = token.kind !== 'operator' && token.kind !== 'close'
  if (!ends || !starts) return undefined
  const { offset } = token
  if (before.kind === 'name' && isFunction(before.text))
    return {
      offset: before.offset,
      text: `"${before.text}" is a function. Write ${before.text}(${token.kind === 'open' ? '' : token.text}).`,
    }
  const form = strangeNumber(before, token)
  if (form !== undefined)
    return {
      offset: before.offset,
      text: `found ${quote(form)}, which is no form of a number here. Numbers are such as 1000, 0.5 and 1e-3.`,
    }
  const group = before.kind === 'close' || token.kind === 'open'
  const left = before.text
  const right = token.kind === 'call' ? `${token.text}(` : token.text
  const hint = group ? 'Write * to multiply' : `Write ${left}*${right} to multiply`
  return { offset, text: `found no operator between "${left}" and "${right}". ${hint}.` }
}

/** `1e`, `1_000`, `0x10`: forms of numbers that other languages have, or half of one. */
function strangeNumber(before: Token, token: Token): string | undefined {
  if (before.kind !== 'number' || before.offset + before.text.length !== token.offset)
    return undefined
  const text = before.text + token.text
  return /^([\d.]+[eE]|\d+(_\d+)+|0[xXbBoO][\da-fA-F]+)$/.test(text) ? text : undefined
}

function callProblem(token: Token, before: Token | undefined): ExpressionProblem | undefined {
  const { text: name, offset } = token
  if (before?.text === '.') return { offset: before.offset, text: 'a "." has no place here.' }
  if (isFunction(name)) return undefined
  const known = Object.hasOwn(MEANT_WORDS, name) ? MEANT_WORDS[name] : undefined
  const meant = known ?? nearest(name, functionNames())
  const hint = meant
    ? `Did you mean ${meant}?`
    : `Functions are ${functionNames().join(', ')}. To multiply, write ${name}*(.`
  return { offset, text: `there is no function "${name}". ${hint}` }
}

function notAName({ text: name, offset }: Token): ExpressionProblem | undefined {
  if (!Object.hasOwn(NOT_NAMES, name)) return undefined
  return { offset, text: `found "${name}", which is not taken: ${NOT_NAMES[name]}.` }
}

function nameProblem(tokens: readonly Token[], i: number): ExpressionProblem | undefined {
  const { text: name, offset } = tokens[i] as Token // i is an index of it
  const dotted = tokens[i - 1]?.text === '.'
  if (dotted && tokens[i - 2]?.text === 'position') {
    if (['x', 'y', 'z'].includes(name)) return undefined
    return { offset, text: `found position.${name}, wanted position.x, position.y or position.z.` }
  }
  if (name === 'position' && tokens[i + 1]?.text !== '.')
    return { offset, text: 'found "position", wanted position.x, position.y or position.z.' }
  if (isFunction(name))
    return { offset, text: `"${name}" is a function. Write ${name}( ) around its operand.` }
  if (name.length > 32)
    return {
      offset,
      text: `found a name of ${name.length} characters, wanted a sensor id of at most 32.`,
    }
  return undefined
}

function dotProblem(tokens: readonly Token[], i: number): ExpressionProblem | undefined {
  const before = tokens[i - 1]
  const { offset } = tokens[i] as Token // i is an index of it
  if (before?.text === 'position' && tokens[i + 1]?.kind === 'name') return undefined
  return {
    offset,
    text: 'found "." outside of a number. Only position.x, position.y and position.z have one.',
  }
}

/** Names of functions, without the operators. */
export const functionNames = (): string[] =>
  Object.keys(FUNCTIONS).filter((name) => isFunction(name))

const isFunction = (name: string): boolean => {
  const known = functionOf(name)
  return (
    known !== undefined && /^[a-z]\w*$/i.test(name) && known.binds === undefined && name !== 'not'
  )
}
