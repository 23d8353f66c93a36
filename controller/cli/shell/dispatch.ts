import { HypernetError } from '../../../agent/wire/errors.ts'
import { quote } from '../../../agent/wire/ids.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, errorText, exitOf, isLocated } from './exit.ts'
import { groupPage, helpPage, overviewPage } from './help.ts'
import { didYouMean } from './suggest.ts'
import { paint, type Terminal } from './terminal.ts'

/**
 * Runs what was typed after `hypernet`. Every error ends here, as text on stderr.
 * @param later commands that are refused as not built yet
 * @returns the exit code: 0 done, 1 failed, 2 bad input or usage, 3 not reachable, 130 interrupted
 */
export async function dispatch(
  commands: readonly Command[],
  words: readonly string[],
  terminal: Terminal,
  later: readonly string[] = [],
): Promise<number> {
  try {
    const name = later.find((each) => beginsWith(words, each))
    if (name !== undefined)
      throw new HypernetError(
        'BAD_USAGE',
        `hypernet ${name} is not built yet. See: hypernet --help`,
      )
    return await run(commands, words, terminal)
  } catch (error) {
    if (terminal.interrupted.aborted) return EXIT.interrupted
    const name = isLocated(error) ? '' : `${paint(terminal, 'red', 'hypernet:')} `
    terminal.err(`${name}${errorText(error)}\n`)
    return exitOf(error)
  }
}

async function run(
  commands: readonly Command[],
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const command = commandOf(commands, words)
  if (command !== undefined) {
    const given = readArguments(command, words.slice(command.name.split(' ').length))
    if (given.help) {
      terminal.out(helpPage(command))
      return EXIT.done
    }
    return command.run(given, terminal)
  }
  const [first] = words
  if (first === undefined) {
    terminal.err(overviewPage(commands))
    return EXIT.usage
  }
  if (isHelp(first)) return helpFor(commands, words.slice(1), terminal)
  if (first === '--version' || first === '-V') return run(commands, ['version'], terminal)
  return groupOrUnknown(commands, words, terminal)
}

/** `hypernet help job submit` is `hypernet job submit --help`. */
function helpFor(
  commands: readonly Command[],
  words: readonly string[],
  terminal: Terminal,
): Promise<number> | number {
  if (words.length > 0) return run(commands, [...words, '--help'], terminal)
  terminal.out(overviewPage(commands))
  return EXIT.done
}

function groupOrUnknown(
  commands: readonly Command[],
  words: readonly string[],
  terminal: Terminal,
): number {
  const [first = '', second] = words
  const group = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (group.length > 0 && (second === undefined || isHelp(second))) {
    const page = groupPage(first, group)
    if (second === undefined) terminal.err(page)
    else terminal.out(page)
    return second === undefined ? EXIT.usage : EXIT.done
  }
  const found = group.length > 0 ? `${first} ${second}` : first
  const known = group.length > 0 ? group.map(({ name }) => name) : firstWords(commands)
  throw new HypernetError(
    'BAD_USAGE',
    `unknown command ${quote(found)}.${didYouMean(found, known)} See: hypernet --help`,
  )
}

/** The command whose name the words begin with; the longest name wins. */
function commandOf(commands: readonly Command[], words: readonly string[]): Command | undefined {
  const fits = commands.filter(({ name }) => beginsWith(words, name))
  return fits.sort((a, b) => b.name.length - a.name.length)[0]
}

const beginsWith = (words: readonly string[], name: string): boolean =>
  name.split(' ').every((word, position) => words[position] === word)

/** What may stand first: whole names and the words before several commands. */
const firstWords = (commands: readonly Command[]): string[] => [
  ...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name)),
]

const isHelp = (word: string): boolean => word === '--help' || word === '-h' || word === 'help'
