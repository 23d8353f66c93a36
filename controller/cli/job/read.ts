import { dirname, resolve } from 'node:path'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { expressionProblems } from '../../core/expressionProblems.ts'
import { type DataFiles, dataFilesIn, type JobDocument, readJobs } from '../../io/jobFiles.ts'
import { readText } from '../settings.ts'
import { nameOf, readJobText } from '../shell/file.ts'
import { badJob } from '../shell/mistakes.ts'
import type { Terminal } from '../shell/terminal.ts'

/** The files that jobs carry rows of, which stand beside the job file; those that cannot be read are left out. */
export async function readDataFiles(
  file: string,
  text: string,
  terminal: Terminal,
): Promise<DataFiles> {
  const home = file === '-' ? terminal.cwd : dirname(resolve(terminal.cwd, file))
  const names = /\bdata\b/.test(text) ? await dataFilesIn({ name: nameOf(file), text }) : []
  const texts = new Map<string, string>()
  for (const name of names) {
    const read = await readText(resolve(home, name)).catch((error: unknown) => {
      if (error instanceof HypernetError && error.code !== 'INVARIANT') return undefined
      throw error
    })
    if (read !== undefined) texts.set(name, read)
  }
  return texts
}

/**
 * Reads the jobs of a file; `-` is stdin.
 * @throws HypernetError `BAD_JOB` with all mistakes, each with its place; on a terminal also with the
 *   line of the file that it stands in
 */
export async function jobsIn(file: string, terminal: Terminal): Promise<readonly JobDocument[]> {
  const text = await readJobText(file, terminal)
  const source = { name: nameOf(file), text }
  const data = await readDataFiles(file, text, terminal)
  const { jobs, mistakes } = await readJobs([source], expressionProblems, data)
  if (mistakes.length === 0) return jobs
  throw badJob(mistakes, terminal)
}
