import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { readWithin } from '../../../agent/io/regularFile.ts'
import { REPLAY_BYTES } from '../../../agent/io/sensors/replay.ts'
import { textOfFile, textOfStream } from '../../../agent/io/yaml/text.ts'
import { readText } from '../settings.ts'
import { badJob } from './mistakes.ts'
import type { Terminal } from './terminal.ts'

/**
 * Text of a file that a person named, at most REPLAY_BYTES; `-` is stdin.
 * @throws HypernetError `NOT_FOUND` or `TOO_LARGE`
 */
export async function readNamedFile(file: string, terminal: Terminal): Promise<string> {
  if (file !== '-') return readText(resolve(terminal.cwd, file))
  return (await readWithin(stdinOf(terminal), REPLAY_BYTES)).toString('utf8')
}

/**
 * Text of a job file that a person named; `-` is stdin. What it says is not looked at.
 * @throws HypernetError `BAD_JOB` where it is no text of UTF-8, too long or not there
 */
export async function readJobText(file: string, terminal: Terminal): Promise<string> {
  const text = await (file === '-'
    ? textOfStream(stdinOf(terminal))
    : textOfFile(resolve(terminal.cwd, file)))
  if (typeof text === 'string') return text
  throw badJob([{ file: nameOf(file), line: 0, column: 0, path: '', text: text.message }], terminal)
}

/** What mistakes in it call a file that a person named. */
export const nameOf = (file: string): string => (file === '-' ? 'stdin' : file)

/** Stdin until Ctrl-C: a terminal or a pipe may never end. */
const stdinOf = (terminal: Terminal): Readable =>
  addAbortSignal(terminal.interrupted, terminal.stdin)
