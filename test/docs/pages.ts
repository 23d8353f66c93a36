import { readdirSync, readFileSync } from 'node:fs'

/** The pages of this repository as tests read them. */

const TOP = new URL('../../', import.meta.url)

export const textOf = (path: string): string => readFileSync(new URL(path, TOP), 'utf8')

/** Text of each fenced block of a language, in the order of the page. */
export const blocksIn = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  )

/** Paths of the pages of models, from the top. */
export const modelPaths = (): string[] =>
  readdirSync(new URL('docs/models', TOP)).map((name) => `docs/models/${name}`)

/** Programs that the jobs of the pages name, by their file. */
export const programFiles = (): Map<string, string> =>
  new Map([
    ['kMeans.ts', textOf('devices/demo/programs/kMeans.ts')],
    ['moments.ts', blocksIn(textOf('docs/programs.md'), 'ts')[0] ?? ''],
  ])
