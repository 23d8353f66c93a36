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
