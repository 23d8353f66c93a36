import { Readable } from 'node:stream'
import type { Command } from '../../../../controller/cli/shell/command.ts'
import { dispatch } from '../../../../controller/cli/shell/dispatch.ts'
import type { Terminal } from '../../../../controller/cli/shell/terminal.ts'

export interface Recorded {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A terminal that keeps what is written to it; not a person's unless `look` says so. */
export function recorder(look: Partial<Terminal> = {}) {
  const written = { out: '', err: '' }
  const terminal: Terminal = {
    out: (text) => {
      written.out += text
    },
    err: (text) => {
      written.err += text
    },
    stdin: Readable.from([]),
    live: false,
    colour: false,
    columns: 80,
    env: {},
    cwd: process.cwd(),
    interrupted: new AbortController().signal,
    ...look,
  }
  return { terminal, written }
}

/** Runs a command line as a person would type it, and gives what it printed. */
export async function typed(
  commands: readonly Command[],
  words: readonly string[],
  look: Partial<Terminal> = {},
  later: readonly string[] = [],
): Promise<Recorded> {
  const { terminal, written } = recorder(look)
  const code = await dispatch(commands, words, terminal, later)
  return { code, ...written }
}
