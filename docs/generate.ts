import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cddl } from './generator/cddl.ts'
import { contractFiles } from './generator/contracts.ts'
import {
  agentTable,
  controllerTable,
  fleetTable,
  jobTable,
  schemaFiles,
  unitList,
} from './generator/fieldTables.ts'
import { fillIn } from './generator/fillIn.ts'
import { marketVectorFiles } from './generator/marketVectors.ts'
import { modelIndex, modelPages, pageOf } from './generator/modelPages.ts'
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
  jobsPages,
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

/** docs/jobs.md, and the page of each model. */
async function jobsPages(): Promise<Map<string, string>> {
  const path = 'docs/jobs.md'
  const folder = readdirSync(join(ROOT, 'docs/models'))
  const pages = modelPages(
    (name) =>
      folder.includes(basename(name)) ? readFileSync(join(ROOT, name), 'utf8') : undefined,
    folder,
  )
  let page = await readFile(join(ROOT, path), 'utf8')
  page = fillIn(page, 'job', jobTable())
  page = fillIn(page, 'models', modelIndex(pages))
  page = fillIn(page, 'units', unitList())
  const models = [...pages].map(([type, text]): [string, string] => [pageOf(type), text])
  return new Map([[path, page], ...models])
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
