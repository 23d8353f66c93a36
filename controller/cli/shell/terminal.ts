import type { Readable } from 'node:stream'

/** Where a command writes, and what it may know of the place where it runs. */
export interface Terminal {
  /** Writes to stdout, as it stands. */
  out(text: string): void
  /** Writes to stderr, as it stands. */
  err(text: string): void
  readonly stdin: Readable
  /** A person looks at stderr: progress may be drawn over itself. */
  readonly live: boolean
  /** Colour is wanted on stderr: a terminal, and `NO_COLOR` is not set (no-color.org). */
  readonly colour: boolean
  /** Width of stderr in characters. */
  readonly columns: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborts at Ctrl-C, with the name of the signal as its reason. */
  readonly interrupted: AbortSignal
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'
const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

/** Wraps text in a style (ECMA-48 SGR) where the terminal shows colour. */
export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text
}

/** One Ctrl-C may come twice: from the terminal, and passed on by npm or a parent process. */
const SAME_SIGNAL_MS = 1000

/** The terminal of this process. Its signals are taken over: the first asks, a later one ends at once. */
export function processTerminal(): Terminal {
  const interruption = new AbortController()
  let first = Number.POSITIVE_INFINITY
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (performance.now() > first + SAME_SIGNAL_MS) process.exit(130)
      first = Math.min(first, performance.now())
      interruption.abort(signal)
    })
  }
  // A reader that has seen enough (`| head`) closes the pipe; that ends the command like Ctrl-C.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      interruption.abort('EPIPE')
    })
  }
  const live = process.stderr.isTTY === true
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    // Where nobody asks for it, it is not opened: an open stdin keeps the process alive.
    get stdin() {
      return process.stdin
    },
    live: live && process.env.TERM !== 'dumb',
    colour: live && process.env.TERM !== 'dumb' && !process.env.NO_COLOR,
    get columns() {
      return process.stderr.columns || 80 // 0 where a terminal does not say
    },
    env: process.env,
    cwd: process.cwd(),
    interrupted: interruption.signal,
  }
}
