import { locatedMistakes } from '../../agent/io/yaml/located.ts'
import { readYamlFiles, type YamlFile, type YamlSource } from '../../agent/io/yaml/read.ts'
import type { Place, YamlDocument } from '../../agent/io/yaml/tree.ts'
import { FusionJob } from '../../agent/wire/job.ts'
import { type Mistake, pathText, showable, sortMistakes } from '../../agent/wire/mistake.ts'
import { checkValue, type Problem } from '../../agent/wire/problems.ts'

/** A job of a file, and where its document begins. */
export interface JobDocument {
  readonly job: FusionJob
  /** The document as it was written, without defaults: what is kept and shown. */
  readonly written: unknown
  readonly file: string
  /** Where its name stands. */
  readonly place: Place
}
/** What else can be wrong with a document: `expressionProblems` of controller/core/compile.ts. */
export type JobCheck = (document: unknown) => readonly Problem[]

export interface JobFiles {
  /** Every job that is right; empty where any is not. */
  readonly jobs: readonly JobDocument[]
  /** All mistakes, file by file, in the order of their places. */
  readonly mistakes: readonly Mistake[]
}

/** Reads job files, several jobs each, and says everything that is wrong with them at once. */
export async function readJobs(sources: readonly YamlSource[], check: JobCheck): Promise<JobFiles> {
  const jobs: JobDocument[] = []
  const mistakes: Mistake[] = []
  for (const file of await readYamlFiles(sources)) {
    const found = file.documents.map((document) => readDocument(file, document, check))
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
): { job?: JobDocument; wrong: readonly Mistake[] } {
  const { value } = document
  if (file.documents[0] !== document && !isJob(value)) return { wrong: [pasted(file, document)] }
  const checked = checkValue(FusionJob, value)
  const problems = [...checked.problems, ...check(value).filter(isNew(checked.problems))]
  if (!('value' in checked) || problems.length > 0)
    return { wrong: locatedMistakes(file, document, problems) }
  const place = document.locate(['metadata', 'name'])
  return { job: { job: checked.value, written: value, file: file.name, place }, wrong: [] }
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
