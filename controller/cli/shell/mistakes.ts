import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'
import {
  formatMistake,
  formatMistakeWithSource,
  type Mistake,
} from '../../../agent/wire/mistake.ts'
import type { Terminal } from './terminal.ts'

/** The error of a wrong job file: a line a mistake, on a terminal also the line of the file that it stands in. */
export function badJob(mistakes: readonly Mistake[], terminal: Terminal): HypernetError {
  const format = terminal.live ? formatMistakeWithSource : formatMistake
  return new HypernetError('BAD_JOB', mistakes.map(format).join('\n'), mistakes)
}

/** What of a mistake is told to programs: all but the line of the file. */
const MistakeView = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  path: z.string(),
  text: z.string(),
})

/**
 * Runs a command that reads a job file. Where that is wrong and `json` was asked for, its mistakes
 * are one JSON document on stdout; the error goes on, so that stderr and exit code are as ever.
 */
export async function tellingMistakes<T>(
  json: boolean,
  terminal: Terminal,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (json && error instanceof HypernetError && error.code === 'BAD_JOB') {
      const { data } = z.array(MistakeView).safeParse(error.cause)
      const mistakes = data ?? [{ file: '', line: 0, column: 0, path: '', text: error.message }]
      terminal.out(`${JSON.stringify({ ok: false, mistakes })}\n`)
    }
    throw error
  }
}
