import { parseArgs } from 'node:util'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { quote } from '../../../agent/wire/ids.ts'
import type { Command, Option } from './command.ts'
import { didYouMean } from './suggest.ts'

/** What was typed after a command's name, checked against its description. */
export interface Given {
  /** As typed. */
  readonly words: readonly string[]
  readonly operands: readonly string[]
  readonly help: boolean
  flag(option: string): boolean
  text(option: string): string | undefined
  /** All values of an option that may be given several times, in order. */
  texts(option: string): readonly string[]
  /** A number within `least..most`. @throws HypernetError `BAD_USAGE` */
  number(option: string, range: NumberRange): number | undefined
}

export interface NumberRange {
  readonly least: number
  readonly most: number
  readonly whole: boolean
}

const HELP: Option = { short: 'h', says: 'print this page' }

/** The options of a command with those that each command has. */
export const optionsOf = (command: Command): Readonly<Record<string, Option>> => ({
  ...command.options,
  help: HELP,
})

/**
 * Reads what was typed after a command's name.
 * @throws HypernetError `BAD_USAGE` naming the word, what was wanted, and the nearest known option
 */
export function readArguments(command: Command, words: readonly string[]): Given {
  const known = optionsOf(command)
  const { tokens } = parseArgs({
    args: [...words],
    options: parserOptions(known),
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const values = new Map<string, string | true>()
  const lists = new Map<string, string[]>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind === 'option') {
      const value = optionValue(command, known, token, values)
      values.set(token.name, value)
      if (value !== true) lists.set(token.name, [...(lists.get(token.name) ?? []), value])
    }
  }
  const help = values.has('help')
  if (!help) checkOperands(command, operands)
  return {
    words,
    operands,
    help,
    flag: (option) => values.has(option),
    text: (option) => textOf(values, option),
    texts: (option) => lists.get(option) ?? [],
    number: (option, range) => numberOf(option, textOf(values, option), range),
  }
}

/** A mistake in how a command was called, with the page that helps. */
export function usageError(command: Command, sentence: string): HypernetError {
  return new HypernetError('BAD_USAGE', `${sentence} See: hypernet ${command.name} --help`)
}

const parserOptions = (known: Readonly<Record<string, Option>>) =>
  Object.fromEntries(
    Object.entries(known).map(([name, option]) => [
      name,
      {
        type: option.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(option.short === undefined ? {} : { short: option.short }),
      },
    ]),
  )

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
}

function optionValue(
  command: Command,
  known: Readonly<Record<string, Option>>,
  token: OptionToken,
  earlier: ReadonlyMap<string, unknown>,
): string | true {
  const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined
  if (option === undefined) {
    refuseLater(command, token.rawName)
    if (/^-\d/.test(token.rawName))
      throw usageError(
        command,
        `found a word that begins with ${quote(token.rawName)}, wanted no number below 0: amounts are positive.`,
      )
    const names = Object.keys(known).map((name) => `--${name}`)
    const hint = didYouMean(token.rawName, names)
    throw usageError(command, `unknown option ${quote(token.rawName)}.${hint}`)
  }
  if (earlier.has(token.name) && !option.isList) {
    throw usageError(command, `option --${token.name} was given twice; give it once.`)
  }
  if (option.value === undefined) {
    if (token.value === undefined) return true
    throw usageError(command, `option --${token.name} takes no value, found ${quote(token.value)}.`)
  }
  if (token.value === undefined || token.value === '') {
    throw usageError(
      command,
      `option --${token.name} needs a value: --${token.name} ${option.value}.`,
    )
  }
  if (option.choices !== undefined && !option.choices.includes(token.value)) {
    throw usageError(command, notAmong(`--${token.name}`, token.value, option.choices))
  }
  return token.value
}

function refuseLater(command: Command, word: string): void {
  if (command.later?.includes(word))
    throw usageError(command, `${word} is not built yet; leave it out.`)
}

function checkOperands(command: Command, operands: readonly string[]): void {
  command.operands.forEach((operand, i) => {
    const word = operands[i]
    if (word === undefined) {
      if (operand.optional) return
      throw usageError(command, `${operand.name} is missing.`)
    }
    if (operand.choices !== undefined && !operand.choices.includes(word)) {
      refuseLater(command, word)
      throw usageError(command, notAmong(operand.name, word, operand.choices))
    }
  })
  const extra = operands[command.operands.length]
  if (extra === undefined) return
  const wanted = command.operands.map(({ name }) => name).join(' ') || 'nothing more'
  throw usageError(command, `found ${quote(extra)} too much, wanted ${wanted}.`)
}

function notAmong(what: string, found: string, choices: readonly string[]): string {
  return `${what}: found ${quote(found)}, wanted ${choices.join(' or ')}.${didYouMean(found, choices)}`
}

function textOf(values: ReadonlyMap<string, string | true>, option: string): string | undefined {
  const value = values.get(option)
  return value === true ? undefined : value
}

function numberOf(
  option: string,
  text: string | undefined,
  range: NumberRange,
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  const fits = text.trim() !== '' && value >= range.least && value <= range.most
  if (fits && (!range.whole || Number.isInteger(value))) return value
  const kind = range.whole ? 'a whole number' : 'a number'
  throw new HypernetError(
    'BAD_USAGE',
    `--${option}: found ${quote(text)}, wanted ${kind} from ${range.least} to ${range.most}.`,
  )
}
