import { createInterface } from 'node:readline'
import { addAbortSignal } from 'node:stream'
import type { Terminal } from './terminal.ts'

/** Asks on stderr and reads one line of stdin. @returns whether it was yes; no where stdin ends without a word */
export async function askYes(question: string, terminal: Terminal): Promise<boolean> {
  terminal.err(`${question} [y/N] `)
  const input = addAbortSignal(terminal.interrupted, terminal.stdin)
  const lines = createInterface({ input })
  try {
    for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line)
    return false
  } finally {
    lines.close()
  }
}
