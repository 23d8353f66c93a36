import { readFileSync } from 'node:fs'
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

/** The YAML examples of a page, in their order. */
function examplesOf(page: string): string[] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8')
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example ?? '')
}

t.test('every job of docs/jobs.md is taken', async (t) => {
  const examples = examplesOf('jobs.md')
  t.ok(examples.length >= 5)
  const sources = examples.map((text, i) => ({ name: `example ${i}`, text }))
  const programs = new Map([['kMeans.ts', 'export function share() {}']])
  const { jobs, mistakes } = await readJobs(sources, expressionProblems, programs)
  t.strictSame(mistakes.map(formatMistake), [])
  t.equal(jobs.length, examples.length)
})

t.test('every file of docs/configuration.md is taken', async (t) => {
  const [agent = '', controller = '', fleet = '', ...more] = examplesOf('configuration.md')
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
  const page = readFileSync(new URL('../../../docs/jobs.md', import.meta.url), 'utf8')
  const shown = page.match(/^job\.yaml:\d+:\d+ .*$/gm) ?? []
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
