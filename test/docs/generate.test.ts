import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { CODES } from '../../agent/wire/errors.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { TOPICS } from '../../agent/wire/topics.ts'
import { derivedFiles, staleFiles } from '../../docs/generate.ts'
import { cddl, records } from '../../docs/generator/cddl.ts'

const top = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const protocol = readFileSync(top('docs/protocol.md'), 'utf8')

t.test('every derived file is as its source makes it', async (t) => {
  t.strictSame(await staleFiles(), [], 'run npm run generate')
  t.ok((await derivedFiles()).has('docs/protocol.md'))
})

t.test('--check names what is stale and exits 1, or says nothing and exits 0', async (t) => {
  const stale = await staleFiles()
  const script = top('docs/generate.ts')
  const child = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  t.equal(child.status, stale.length === 0 ? 0 : 1)
  const lines = stale.map((path) => `${path} is stale: run npm run generate\n`)
  t.equal(child.stdout + child.stderr, lines.join(''))
})

t.test('the page names every topic, code, limit and record', async (t) => {
  for (const name of [...Object.keys(TOPICS), ...Object.keys(CODES), ...Object.keys(LIMITS)])
    t.ok(protocol.includes(`| \`${name}\` |`), name)
  for (const { name } of records()) t.ok(protocol.includes(`\n${name} = {\n`), name)
})

t.test('the CDDL defines every name that it uses', async (t) => {
  const text = cddl()
    .replace(/;.*$/gm, '')
    .replace(/"[^"]*"/g, '')
  const defined = new Set([...text.matchAll(/^([a-z-]+) = /gm)].map((match) => match[1]))
  const prelude = ['uint', 'bstr', 'tstr', 'bool', 'size', 'regexp'] // RFC 8610 appendix D and section 3.8
  for (const [used] of text.matchAll(/[a-z][a-z-]*/g))
    t.ok(defined.has(used) || prelude.includes(used), used)
})

t.test('every numbered MUST of the wire has a test of that name', async (t) => {
  const numbers = [...protocol.matchAll(/^- \*\*(M\d+)\*\* (.*)$/gm)].map(([, number]) => number)
  t.strictSame(
    [...numbers].sort((a, b) => Number(a?.slice(1)) - Number(b?.slice(1))),
    numbers.map((_, i) => `M${i + 1}`),
    'no number is missing or given twice',
  )
  const tests = readdirSync(top('test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => readFileSync(top(`test/${path}`), 'utf8'))
    .join('\n')
  for (const number of numbers) t.ok(new RegExp(`['\`]${number}: `).test(tests), String(number))
})
