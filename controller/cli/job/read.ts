import { expressionProblems } from '../../core/compile.ts'
import { type JobDocument, readJobs } from '../../io/jobFiles.ts'
import { nameOf, readJobText } from '../shell/file.ts'
import { badJob } from '../shell/mistakes.ts'
import type { Terminal } from '../shell/terminal.ts'

/**
 * Reads the jobs of a file; `-` is stdin.
 * @throws HypernetError `BAD_JOB` with all mistakes, each with its place; on a terminal also with the
 *   line of the file that it stands in
 */
export async function jobsIn(file: string, terminal: Terminal): Promise<readonly JobDocument[]> {
  const text = await readJobText(file, terminal)
  const { jobs, mistakes } = await readJobs([{ name: nameOf(file), text }], expressionProblems)
  if (mistakes.length === 0) return jobs
  throw badJob(mistakes, terminal)
}
