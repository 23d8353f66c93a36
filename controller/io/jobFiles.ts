import * as z from 'zod/mini'
import { numbersOf, readTable } from '../../agent/io/sensors/table.ts'
import { locatedMistakes } from '../../agent/io/yaml/located.ts'
import { readYamlFiles, type YamlFile, type YamlSource } from '../../agent/io/yaml/read.ts'
import type { Place, YamlDocument } from '../../agent/io/yaml/tree.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { quote } from '../../agent/wire/ids.ts'
import { FusionJob } from '../../agent/wire/job.ts'
import { type Mistake, pathText, showable, sortMistakes } from '../../agent/wire/mistake.ts'
import { checkValue, type Problem } from '../../agent/wire/problems.ts'
import { namesIn } from '../core/compile.ts'
import { dealRows, type JobRows } from '../core/jobData.ts'

/** A job of a file, and where its document begins. */
export interface JobDocument {
  readonly job: FusionJob
  /** The document as it was written, without defaults: what is kept and shown. */
  readonly written: unknown
  readonly file: string
  /** Where its name stands. */
  readonly place: Place
  /** Where a key stands, or what is next to it. */
  locate(path: readonly string[]): Place
  /** Of a job with `data`. */
  readonly rows?: JobRows
  /** Of a job with a program: its code, bundled. */
  readonly code?: string
}
/** What else can be wrong with a document: `expressionProblems` of controller/core/compile.ts. */
export type JobCheck = (document: unknown) => readonly Problem[]

export interface JobFiles {
  /** Every job that is right; empty where any is not. */
  readonly jobs: readonly JobDocument[]
  /** All mistakes, file by file, in the order of their places. */
  readonly mistakes: readonly Mistake[]
}

/** Texts of the files that jobs name under `data`, and bundled code of programs, by the names in the job. */
export type DataFiles = ReadonlyMap<string, string>

/** Names of the files that the jobs of a file carry rows of. */
export async function dataFilesIn(source: YamlSource): Promise<string[]> {
  const files = await readYamlFiles([source])
  const names = files.flatMap(({ documents }) => documents.map(({ value }) => dataFileOf(value)))
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** Names of the programs that the jobs of a file bring. */
export async function programFilesIn(source: YamlSource): Promise<string[]> {
  const files = await readYamlFiles([source])
  const names = files.flatMap(({ documents }) => documents.map(({ value }) => programOf(value)))
  return [...new Set(names.filter((name) => name !== undefined))]
}
function programOf(document: unknown): string | undefined {
  const named = NamesProgram.safeParse(document)
  return named.success ? named.data.spec.model.file : undefined
}
const NamesProgram = z.object({
  spec: z.object({ model: z.object({ type: z.literal('program'), file: z.string() }) }),
})

function dataFileOf(document: unknown): string | undefined {
  const named = NamesData.safeParse(document)
  return named.success ? named.data.spec.data.file : undefined
}
const NamesData = z.object({ spec: z.object({ data: z.object({ file: z.string() }) }) })

/** Reads job files, several jobs each, and says everything that is wrong with them at once. */
export async function readJobs(
  sources: readonly YamlSource[],
  check: JobCheck,
  data: DataFiles = new Map(),
): Promise<JobFiles> {
  const jobs: JobDocument[] = []
  const mistakes: Mistake[] = []
  for (const file of await readYamlFiles(sources)) {
    const found = file.documents.map((document) => readDocument(file, document, check, data))
    mistakes.push(...sortMistakes([...file.mistakes, ...found.flatMap(({ wrong }) => wrong)]))
    jobs.push(...found.flatMap(({ job }) => job ?? []))
  }
  mistakes.push(...repeated(jobs))
  return mistakes.length > 0 ? { jobs: [], mistakes } : { jobs, mistakes: [] }
}

function readDocument(
  file: YamlFile,
  document: YamlDocument,
  check: JobCheck,
  data: DataFiles,
): { job?: JobDocument; wrong: readonly Mistake[] } {
  const { value } = document
  if (file.documents[0] !== document && !isJob(value)) return { wrong: [pasted(file, document)] }
  const checked = checkValue(FusionJob, value)
  const problems = [...checked.problems, ...check(value).filter(isNew(checked.problems))]
  if (!('value' in checked) || problems.length > 0)
    return { wrong: locatedMistakes(file, document, [...problems, ...lacking(value, data)]) }
  const locate = (path: readonly string[]) => document.locate(path)
  const place = locate(['metadata', 'name'])
  const job = checked.value
  const dealt = job.spec.data && rowsOf(job, job.spec.data.file, data)
  if (dealt && 'problem' in dealt)
    return { wrong: locatedMistakes(file, document, [dealt.problem]) }
  const { model } = job.spec
  const code = model.type === 'program' ? data.get(model.file) : undefined
  if (model.type === 'program' && code === undefined)
    return { wrong: locatedMistakes(file, document, [noProgram(model.file)]) }
  const brought = { ...dealt, ...(code === undefined ? {} : { code }) }
  return { job: { job, written: value, file: file.name, place, locate, ...brought }, wrong: [] }
}

/** Files that a job names which has other mistakes, too. */
function lacking(document: unknown, data: DataFiles): Problem[] {
  const [program, rows] = [programOf(document), dataFileOf(document)]
  const isLacking = (name: string | undefined): name is string =>
    name !== undefined && name.trim() !== '' && !data.has(name)
  return [
    ...(isLacking(program) && /\.(ts|js)$/.test(program) ? [noProgram(program)] : []),
    ...(isLacking(rows) ? [noRows(rows)] : []),
  ]
}

const noRows = (name: string): Problem => ({
  path: ['spec', 'data', 'file'],
  part: 'value',
  text: `found ${quote(name)}, which cannot be read, wanted a CSV file beside the job file.`,
})

const noProgram = (name: string): Problem => ({
  path: ['spec', 'model', 'file'],
  part: 'value',
  text: `found ${quote(name)}, which cannot be read, wanted a TypeScript file beside the job file.`,
})

/** The rows that a job carries, or what is wrong with their file. */
function rowsOf(
  job: FusionJob,
  name: string,
  data: DataFiles,
): { readonly rows: JobRows } | { readonly problem: Problem } {
  const wrong = (text: string) => ({
    problem: { path: ['spec', 'data', 'file'], part: 'value' as const, text },
  })
  const text = data.get(name)
  if (text === undefined) return { problem: noRows(name) }
  try {
    const table = readTable(name, text)
    const numbers = (columns: readonly string[]) => numbersOf(table, columns)
    return dealRows(job, namesIn(job), { names: table.names, numbers })
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code !== 'BAD_ROWS') throw error
    return wrong(error.message)
  }
}

/** The schema and the check of expressions both see one that is too long. */
const isNew =
  (known: readonly Problem[]) =>
  ({ path, text }: Problem): boolean =>
    !known.some((each) => each.text === text && pathText(each.path) === pathText(path))

const isJob = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('apiVersion' in value || 'kind' in value)

/** A line `---` in the middle of a job cuts it in two; its second half is then no job at all. */
function pasted(file: YamlFile, { start }: YamlDocument): Mistake {
  let line = start.line
  while (line > 1 && !/^---/.test(file.lines[line - 1] ?? '')) line -= 1
  const text =
    'this line begins a new document, which has no apiVersion. Delete the line if what follows belongs to the job above.'
  return { file: file.name, line, column: 1, path: '', text, ...showable(file.lines[line - 1]) }
}

function repeated(jobs: readonly JobDocument[]): Mistake[] {
  const first = new Map<string, JobDocument>()
  return jobs.flatMap((each) => {
    const { name } = each.job.metadata
    const known = first.get(name)
    if (known === undefined) {
      first.set(name, each)
      return []
    }
    const text = `the name "${name}" is that of the job in ${known.file}:${known.place.line} already. Give each job its own.`
    return [{ file: each.file, ...each.place, path: 'metadata.name', text }]
  })
}
