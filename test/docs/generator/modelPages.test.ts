import { join } from 'node:path'
import t from 'tap'
import { runHere } from '../../../agent/io/programs/run.ts'
import { numbersOf, readTable } from '../../../agent/io/sensors/table.ts'
import { expressionProblems } from '../../../controller/core/expressionProblems.ts'
import { readJobs } from '../../../controller/io/jobFiles.ts'
import { bundleProgram } from '../../../controller/io/programBundle.ts'
import { rehearse } from '../../../controller/sim/rehearse.ts'
import {
  MODEL_TYPES,
  modelIndex,
  modelPages,
  pageOf,
  sectionOf,
} from '../../../docs/generator/modelPages.ts'
import { blocksIn, modelPaths, programFiles, textOf } from '../pages.ts'

const present = MODEL_TYPES.map((type) => `${type}.md`)

t.test('a model without a page is named, and so is a page without a model', async (t) => {
  const without = (path: string) => (path === pageOf('sum') ? undefined : textOf(path))
  t.throws(() => modelPages(without, present), {
    message:
      'the model sum has no page: write docs/models/sum.md, with one sentence of what it is below the title, and the sections When to use it, YAML, Formula, What a device sends, Result, Fields, Reference',
  })
  t.throws(() => modelPages(textOf, [...present, 'median.md']), {
    message: 'docs/models/median.md is the page of no model of agent/wire/jobModels.ts',
  })
})

t.test('what a page lacks is named, all of it at once', async (t) => {
  const changed = (change: (page: string) => string) => () =>
    modelPages((path) => {
      const page = textOf(path)
      return path === pageOf('sum') ? change(page) : page
    }, present)
  t.throws(
    changed((page) => page.replace('# sum\n', '# Sum\n').replace('\n## Formula\n', '\n')),
    {
      message:
        /^docs\/models\/sum.md does not begin with # sum\ndocs\/models\/sum.md has the sections When to use it, YAML, What a/,
    },
  )
  t.throws(
    changed((page) => page.replace('# sum\n\n', '# sum\n\n## Moved\n\n').replace('**2', '2')),
    {
      message:
        /has no sentence[\s\S]*has the sections Moved[\s\S]*does not begin as in \*\*3 numbers, 1 sum\*\*$/,
    },
  )
  t.throws(
    changed((page) => page.replace('<!-- generated: sum -->', '')),
    { message: /no place for "sum"/ },
  )
})

t.test('the table of models has a line for each, as its page says', async (t) => {
  const lines = modelIndex(modelPages(textOf, present)).split('\n').slice(2)
  t.equal(lines.length, MODEL_TYPES.length)
  t.equal(
    lines[1],
    '| [`sum`](models/sum.md) | The sum of a value over all rows of all devices. | 2 numbers, 1 sum |',
  )
  for (const line of lines) t.match(line, /^\| \[`(\w+)`\]\(models\/\1\.md\) \| \S.*\. \| \S.* \|$/)
})

/** A result that a page shows: of which job and rows. */
interface Shown {
  readonly yaml: string
  readonly rows: string
  readonly options: Readonly<Record<string, string>>
  readonly document: Readonly<Record<string, unknown>>
}

/** Result k is that of job k, of the rows that stand before it. */
function resultsOf(page: string): Shown[] {
  const jobs = blocksIn(sectionOf(page, 'YAML'), 'yaml')
  const parts = sectionOf(page, 'Result').split('```json\n')
  return parts.slice(1).map((part, k): Shown => {
    const before = parts.slice(0, k + 1).join('```json\n')
    const [, assign] = /`--assign ([^`]+)`/.exec(parts[k] ?? '') ?? []
    return {
      yaml: jobs[k] ?? '',
      rows: blocksIn(before, 'csv').at(-1) ?? '',
      options: assign === undefined ? {} : { assign },
      document: JSON.parse(part.slice(0, part.indexOf('```'))),
    }
  })
}

async function codeOf(folder: string, name: string): Promise<string> {
  const found = await bundleProgram(join(folder, name))
  if (found.kind === 'mistakes') throw new Error(JSON.stringify(found.mistakes))
  return found.program.code
}

t.test('the results that the pages show are those that a rehearsal has', async (t) => {
  const programs = programFiles()
  const folder = t.testdir(Object.fromEntries(programs))
  for (const path of modelPaths()) {
    const shown = resultsOf(textOf(path))
    t.ok(shown.length >= 1, `${path} shows a result`)
    for (const { yaml, rows, options, document } of shown) {
      const { jobs } = await readJobs([{ name: path, text: yaml }], expressionProblems, programs)
      const [job] = jobs
      if (!job) throw new Error(`${path}: no job for a result`)
      const { model } = job.job.spec
      const code = model.type === 'program' ? await codeOf(folder, model.file) : undefined
      const { document: found } = rehearse({
        job: job.job,
        rows: { name: 'rows.csv', text: rows },
        options,
        reader: { read: readTable, numbers: numbersOf },
        ...(code === undefined ? {} : { code, run: runHere }),
      })
      t.equal(found.status, 'succeeded', `${path}: ${found.reason}`)
      const parts: Readonly<Record<string, unknown>> = { ...found }
      for (const [key, value] of Object.entries(document))
        t.strictSame(JSON.parse(JSON.stringify(parts[key])), value, `${path}: ${key}`)
    }
  }
})
