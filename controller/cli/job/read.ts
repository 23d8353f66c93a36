import { dirname, resolve } from 'node:path'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { expressionProblems } from '../../core/expressionProblems.ts'
import {
  type DataFiles,
  dataFilesIn,
  type JobDocument,
  programFilesIn,
  readJobs,
} from '../../io/jobFiles.ts'
import { readText } from '../settings.ts'
import { nameOf, readJobText } from '../shell/file.ts'
import { badJob } from '../shell/mistakes.ts'
import type { Terminal } from '../shell/terminal.ts'

/**
 * The files that jobs carry rows of, and the code of their programs, which stand beside the job file; those that cannot be read are
 * left out. @throws HypernetError `BAD_JOB` with the mistakes of a program
 */
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
  if (/\bprogram\b/.test(text))
    for (const name of await programFilesIn({ name: nameOf(file), text }))
      await bundleTo(texts, home, name, terminal)
  return texts
}

/** @throws HypernetError `BAD_JOB` with the mistakes of a program */
async function bundleTo(
  texts: Map<string, string>,
  home: string,
  name: string,
  terminal: Terminal,
): Promise<void> {
  // esbuild takes a while to load.
  const { bundleProgram } = await import('../../io/programBundle.ts')
  try {
    const bundled = await bundleProgram(resolve(home, name))
    if (bundled.kind === 'mistakes') throw badJob(bundled.mistakes, terminal)
    texts.set(name, bundled.program.code)
  } catch (error) {
    // Of a file that is not there the reader of jobs tells, with its place.
    if (!(error instanceof HypernetError) || error.code !== 'NOT_FOUND') throw error
  }
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
