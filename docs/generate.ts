import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MODELS } from '../agent/wire/jobModels.ts'
import { cddl } from './generator/cddl.ts'
import { contractFiles } from './generator/contracts.ts'
import {
  agentTable,
  controllerTable,
  fleetTable,
  jobTable,
  modelTable,
  schemaFiles,
  unitList,
} from './generator/fieldTables.ts'
import { marketVectorFiles } from './generator/marketVectors.ts'
import {
  codeTable,
  functionTable,
  limitTable,
  purposeTable,
  topicTable,
} from './generator/tables.ts'
import { vectorFiles } from './generator/vectors.ts'

/** Top of the repository. */
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Derived files by path from the top. One line here for each thing that is derived: add yours. */
const SOURCES: readonly (() => Map<string, string> | Promise<Map<string, string>>)[] = [
  protocolPage,
  vectorFiles,
  jobsPage,
  configurationPage,
  schemaFiles,
  contractFiles,
  marketVectorFiles,
]

/** Every derived file of the repository: path from its top to wanted content. */
export async function derivedFiles(): Promise<Map<string, string>> {
  const parts = await Promise.all(SOURCES.map((source) => source()))
  return new Map(parts.flatMap((part) => [...part]))
}

/** Paths of derived files that are missing or differ from their source. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = []
  for (const [path, content] of await derivedFiles()) {
    const found = await readFile(join(ROOT, path), 'utf8').catch(() => undefined)
    if (found !== content) stale.push(path)
  }
  return stale
}

/**
 * Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->` in a page.
 * @throws Error when the page has no such place
 */
export function fillIn(page: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->\n`
  const from = page.indexOf(start)
  const to = page.indexOf('<!-- end -->', from)
  if (from < 0 || to < 0) throw new Error(`no place for "${name}": wanted ${start}<!-- end -->`)
  return `${page.slice(0, from)}${start}${content}\n${page.slice(to)}`
}

async function protocolPage(): Promise<Map<string, string>> {
  const path = 'docs/protocol.md'
  let page = await readFile(join(ROOT, path), 'utf8')
  page = fillIn(page, 'topics', topicTable())
  page = fillIn(page, 'records', `\`\`\`cddl\n${cddl()}\n\`\`\``)
  page = fillIn(page, 'purposes', purposeTable())
  page = fillIn(page, 'functions', functionTable())
  page = fillIn(page, 'limits', limitTable())
  page = fillIn(page, 'codes', codeTable())
  return new Map([[path, page]])
}

async function jobsPage(): Promise<Map<string, string>> {
  const path = 'docs/jobs.md'
  let page = await readFile(join(ROOT, path), 'utf8')
  page = fillIn(page, 'job', jobTable())
  for (const type of Object.keys(MODELS) as (keyof typeof MODELS)[])
    page = fillIn(page, type, modelTable(type))
  page = fillIn(page, 'units', unitList())
  return new Map([[path, page]])
}

async function configurationPage(): Promise<Map<string, string>> {
  const path = 'docs/configuration.md'
  let page = await readFile(join(ROOT, path), 'utf8')
  page = fillIn(page, 'agent', agentTable())
  page = fillIn(page, 'controller', controllerTable())
  page = fillIn(page, 'fleet', fleetTable())
  return new Map([[path, page]])
}

/** `--check` names what is stale; without it everything is written. @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const stale = await staleFiles()
  const files = await derivedFiles()
  for (const path of stale) {
    if (args.includes('--check')) {
      console.error(`${path} is stale: run npm run generate`)
      continue
    }
    await mkdir(dirname(join(ROOT, path)), { recursive: true })
    await writeFile(join(ROOT, path), files.get(path) ?? '')
    console.log(`wrote ${path}`)
  }
  return args.includes('--check') && stale.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2))
}
