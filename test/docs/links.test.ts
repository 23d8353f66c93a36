import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { textOf } from './pages.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  'README.md',
  ...['agent', 'contracts', 'devices', 'docs'].flatMap((folder) =>
    readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => `${folder}/${name}`),
  ),
]

/** Headings as GitHub names their places. */
function placesIn(page: string): Set<string> {
  const headings = page.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

t.test('every link from page to page leads somewhere', async (t) => {
  for (const path of pages) {
    const text = textOf(path).replace(/^```[\s\S]*?^```$/gm, '')
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue
      const [file = '', place] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(top, target))) t.fail(`${path}: ${link}`)
      else if (place !== undefined && !placesIn(textOf(target)).has(place))
        t.fail(`${path}: no heading for ${link}`)
    }
  }
  t.ok(pages.length > 20)
})
