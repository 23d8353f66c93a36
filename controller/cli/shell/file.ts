import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { readText } from '../settings.ts'
import type { Terminal } from './terminal.ts'

/** Text of a file that a person named; `-` is stdin. @throws HypernetError `NOT_FOUND` */
export const readNamedFile = (file: string, terminal: Terminal): Promise<string> =>
  file === '-' ? text(process.stdin) : readText(resolve(terminal.cwd, file))

/** What mistakes in it call a file that a person named. */
export const nameOf = (file: string): string => (file === '-' ? 'stdin' : file)
