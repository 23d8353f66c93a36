import t from 'tap'
import type * as z from 'zod/mini'
import { AgentConfig } from '../../../agent/config.ts'
import { FleetConfig } from '../../../agent/fleetConfig.ts'
import { readConfig } from '../../../agent/io/yaml/config.ts'
import { formatMistake } from '../../../agent/wire/mistake.ts'
import { ControllerConfig } from '../../../controller/config.ts'
import { expressionProblems } from '../../../controller/core/expressionProblems.ts'
import { readJobs } from '../../../controller/io/jobFiles.ts'
import { jobTable, schemaFiles } from '../../../docs/generator/fieldTables.ts'
import { badFiles } from '../../badInput/table.ts'
import { blocksIn, modelPaths, programFiles, textOf } from '../pages.ts'

/** The YAML examples of a page, in their order. */
const examplesOf = (page: string): string[] => blocksIn(textOf(page), 'yaml')

for (const page of ['docs/jobs.md', 'docs/programs.md', ...modelPaths()])
  t.test(`every job of ${page} is taken`, async (t) => {
    const examples = examplesOf(page)
    t.ok(examples.length >= 1)
    const sources = examples.map((text, i) => ({ name: `example ${i}`, text }))
    const { jobs, mistakes } = await readJobs(sources, expressionProblems, programFiles())
    t.strictSame(mistakes.map(formatMistake), [])
    t.equal(jobs.length, examples.length)
    for (const { job } of jobs)
      if (page.startsWith('docs/models/'))
        t.equal(`docs/models/${job.spec.model.type}.md`, page, 'the job is of this model')
  })

t.test('every file of docs/configuration.md is taken', async (t) => {
  const [agent = '', controller = '', fleet = '', ...more] = examplesOf('docs/configuration.md')
  t.strictSame(more, [])
  const files: [string, z.ZodMiniType][] = [
    [agent, AgentConfig],
    [controller, ControllerConfig],
    [fleet, FleetConfig],
  ]
  for (const [text, schema] of files)
    t.strictSame((await readConfig({ name: 'file', text }, schema)).mistakes.map(formatMistake), [])
})

t.test('the mistakes that docs/jobs.md shows are those that come', async (t) => {
  const shown = textOf('docs/jobs.md').match(/^job\.yaml:\d+:\d+ .*$/gm) ?? []
  const known = new Set(badFiles('job').cases.flatMap(({ lines }) => lines))
  t.ok(shown.length >= 3)
  for (const line of shown) t.ok(known.has(line.slice('job.yaml'.length)), line)
})

t.test('tables have a line for each field, and none for what is not built', (t) => {
  const table = jobTable()
  t.match(table, /\| `spec.window.every` \| time, 20ms to 366d \|/)
  t.match(table, /\| `spec.consensus.period` \| time, 10ms to 1m \| `500ms` \|/)
  t.notMatch(table, /spec\.output|maxNodes|tolerance/)
  t.end()
})

t.test('the JSON Schema refuses unknown keys and what is not built', (t) => {
  const text = schemaFiles().get('docs/job.schema.json') ?? ''
  const schema = JSON.parse(text)
  t.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
  t.equal(schema.additionalProperties, false)
  const { spec } = schema.properties
  t.strictSame(spec.required, ['model'])
  t.strictSame(spec.properties.output, { not: {} })
  t.strictSame(spec.properties.selector.properties.minNodes, {
    description:
      'Fewer matching devices than this: the job waits; fewer contributors: its result fails.',
    default: 1,
    type: 'integer',
    minimum: 1,
    maximum: 16384,
  })
  t.end()
})
