import { MODELS } from '../../agent/wire/jobModels.ts'
import { modelTable } from './fieldTables.ts'
import { fillIn } from './fillIn.ts'

/** The pages of the models, docs/models/TYPE.md, and the table of them in docs/jobs.md. */

export type ModelType = keyof typeof MODELS
export const MODEL_TYPES = Object.keys(MODELS) as ModelType[] // its own keys
export const pageOf = (type: ModelType): string => `docs/models/${type}.md`

/** Sections of each page, in this order. */
export const SECTIONS = [
  'When to use it',
  'YAML',
  'Formula',
  'What a device sends',
  'Result',
  'Fields',
  'Reference',
] as const

/**
 * The pages with their tables of fields filled in.
 * @param read text of a file by its path from the top of the repository; nothing where there is none
 * @param present names of the files in docs/models
 * @throws Error naming every model without a page, every page without a model, and what a page lacks
 */
export function modelPages(
  read: (path: string) => string | undefined,
  present: readonly string[],
): Map<ModelType, string> {
  const pages = MODEL_TYPES.map((type) => [type, read(pageOf(type))] as const)
  const strays = present.filter((name) => !MODEL_TYPES.some((type) => name === `${type}.md`))
  const wrong = [
    ...pages.flatMap(([type, page]) => lacks(type, page)),
    ...strays.map(
      (name) => `docs/models/${name} is the page of no model of agent/wire/jobModels.ts`,
    ),
  ]
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return new Map(pages.map(([type, page = '']) => [type, fillIn(page, type, modelTable(type))]))
}

/** One line a model: its page, its first sentence, and what it says that a device sends. */
export function modelIndex(pages: ReadonlyMap<ModelType, string>): string {
  const rows = [...pages].map(
    ([type, page]) =>
      `| [\`${type}\`](models/${type}.md) | ${summaryOf(page)} | ${shareOf(page)} |`,
  )
  return ['| type | what for | a device sends |', '| --- | --- | --- |', ...rows].join('\n')
}

/** The text of a section, without its heading. */
export function sectionOf(page: string, section: (typeof SECTIONS)[number]): string {
  const [, rest = ''] = page.split(`\n## ${section}\n`)
  return rest.split('\n## ')[0]?.trim() ?? ''
}

/** The one sentence below the title. */
const summaryOf = (page: string): string => page.split('\n')[2] ?? ''

/** `**3 numbers, 1 sum**`, with which `What a device sends` begins. */
const shareOf = (page: string): string =>
  /^\*\*([^*]* numbers?\b[^*]*, [^*]* sums?)\*\*/.exec(
    sectionOf(page, 'What a device sends'),
  )?.[1] ?? ''

/** What a page lacks, a sentence each. */
function lacks(type: ModelType, page: string | undefined): string[] {
  const path = pageOf(type)
  if (page === undefined)
    return [
      `the model ${type} has no page: write ${path}, with one sentence of what it is below the title, and the sections ${SECTIONS.join(', ')}`,
    ]
  const found: string[] = []
  if (!page.startsWith(`# ${type}\n\n`)) found.push(`${path} does not begin with # ${type}`)
  if (!/^[A-Z].*\.$/.test(summaryOf(page)))
    found.push(`${path} has no sentence of what it is below its title`)
  const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
  if (sections.join() !== SECTIONS.join())
    found.push(
      `${path} has the sections ${sections.join(', ') || 'none'}; wanted ${SECTIONS.join(', ')}`,
    )
  if (sections.includes('What a device sends') && shareOf(page) === '')
    found.push(`${path}: "What a device sends" does not begin as in **3 numbers, 1 sum**`)
  return found
}
