import type { Given } from './arguments.ts'
import type { Terminal } from './terminal.ts'

/** An option of a command. Without `value` it is a switch. */
export interface Option {
  /** One letter, used as `-c`. */
  readonly short?: string
  /** What stands after it in the usage line, such as `N` or `FILE`. */
  readonly value?: string
  readonly says: string
  /** It may be given several times. */
  readonly isList?: boolean
  /** The only values taken; offered by tab completion. */
  readonly choices?: readonly string[]
}

/** A word that is not an option. */
export interface Operand {
  readonly name: string
  readonly optional?: boolean
  readonly choices?: readonly string[]
}

/** One command: what a person may type after its name, what `--help` says, and what it does. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** Paragraphs of the help page. */
  readonly about: readonly string[]
  readonly operands: readonly Operand[]
  readonly options: Readonly<Record<string, Option>>
  readonly examples: readonly string[]
  /** Options and operands of the design that are refused by name, since they are not built. */
  readonly later?: readonly string[]
  /** @returns the exit code @throws HypernetError */
  run(given: Given, terminal: Terminal): Promise<number>
}

/** Options that several commands share, spelled once. */
export const JSON_OPTION: Option = { says: 'print one JSON document on stdout and nothing else' }
export const CONFIG_OPTION: Option = {
  short: 'c',
  value: 'FILE',
  says: 'the controller.yaml of the controller to talk to (default: ./controller.yaml)',
}
export const SOCKET_OPTION: Option = {
  value: 'PATH',
  says: 'the UNIX socket of the controller (default: hypernet.sock in its state folder)',
}
