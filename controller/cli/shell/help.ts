import { optionsOf } from './arguments.ts'
import type { Command, Operand } from './command.ts'

/** The usage line, such as `hypernet job submit FILE [options]`. */
export function usageLine(command: Command): string {
  const operands = command.operands.map(operandText)
  return ['hypernet', command.name, ...operands, '[options]'].join(' ')
}

/** The page that `--help` prints: usage, what it does, options, examples. */
export function helpPage(command: Command): string {
  const options = Object.entries(optionsOf(command)).map(([name, option]) => ({
    left: `${option.short ? `-${option.short}, ` : '    '}--${name}${option.value ? ` ${option.value}` : ''}`,
    right: option.choices ? `${option.says}: ${option.choices.join(', ')}` : option.says,
  }))
  const paragraphs = command.about.flatMap((paragraph) => ['', ...wrap(paragraph, 80)])
  return `${[
    `usage: ${usageLine(command)}`,
    '',
    `${command.summary}.`,
    ...paragraphs,
    '',
    'Options:',
    ...twoColumns(options),
    '',
    command.examples.length > 1 ? 'Examples:' : 'Example:',
    ...command.examples.map((example) => `  ${example}`),
  ].join('\n')}\n`
}

/** The page that `hypernet --help` prints. */
export function overviewPage(commands: readonly { name: string; summary: string }[]): string {
  return `${[
    'usage: hypernet COMMAND [options]',
    '',
    'Sensor fusion inside the network: devices agree on exact sums over MQTT.',
    '',
    'Commands:',
    ...twoColumns(commands.map(({ name, summary }) => ({ left: name, right: summary }))),
    '',
    'Each command explains itself: hypernet COMMAND --help',
    '',
    'Example:',
    '  hypernet demo',
  ].join('\n')}\n`
}

/** The page for a word that stands before several commands, such as `job`. */
export function groupPage(
  group: string,
  commands: readonly { name: string; summary: string }[],
): string {
  return `${[
    `usage: hypernet ${group} COMMAND [options]`,
    '',
    'Commands:',
    ...twoColumns(commands.map(({ name, summary }) => ({ left: name, right: summary }))),
    '',
    'Example:',
    `  hypernet ${commands[0]?.name} --help`,
  ].join('\n')}\n`
}

const operandText = (operand: Operand): string => {
  const text = operand.choices?.length ? operand.choices.join('|') : operand.name
  return operand.optional ? `[${text}]` : text
}

function twoColumns(lines: readonly { left: string; right: string }[]): string[] {
  const width = Math.max(...lines.map(({ left }) => left.length)) + 2
  const right = Math.max(30, 98 - width)
  return lines.flatMap(({ left, right: text }) =>
    wrap(text, right).map((line, i) => `  ${(i === 0 ? left : '').padEnd(width)}${line}`),
  )
}

/** Breaks text between words into lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
