import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { interpreter } from '../../../agent/io/programs/interpreterFile.ts'
import { runProgram } from '../../../agent/sandbox/program.ts'
import { formatMistake } from '../../../agent/wire/mistake.ts'
import { type BundledProgram, bundleProgram } from '../../../controller/io/programBundle.ts'

const SHARE = 'export function share() { return [1, 2] }\n'
/** The same with what was imported as `x`: TypeScript drops imports that nothing uses. */
const USE = 'export function share() { return [x, 2] }\n'

/** Writes files into a folder of the test, and bundles `main.ts`. */
async function bundled(t: Test, files: Readonly<Record<string, string>>): Promise<BundledProgram> {
  const folder = t.testdir({ program: {} })
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, 'program', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return bundleProgram(join(folder, 'program', 'main.ts'))
}

/** Its mistakes, each as one line from the name of the file on. */
const toldIn = (found: BundledProgram): string[] =>
  found.kind === 'mistakes'
    ? found.mistakes.map((each) => formatMistake(each).replace(/^.*\/program\//, ''))
    : []

t.test(
  'types are stripped, files of its folder come along, and the hash is its name',
  async (t) => {
    const files = {
      'main.ts': `import type { Rows } from 'hypernet/program'
      import { type Part, half } from './steps/half.ts'
      import { one } from './one'
      enum Side { Left = 7 }
      export function share(rows: Rows<'x'>): number[] { const p: Part = half(3); return [p, Side.Left + one] }`,
      'steps/half.ts': `import { one } from '../one.ts'
      export type Part = number
      export const half = (x: number): Part => (x - 1 + one) / 2`,
      'one.ts': 'export const one = 1 as const',
    }
    const [first, second] = [await bundled(t, files), await bundled(t, files)]
    t.strictSame(first, second, 'the same files give the same bytes, wherever they lie')
    if (first.kind !== 'program') return t.fail(toldIn(first).join())
    t.match(first.program, { form: 'share', sha256: /^[0-9a-f]{64}$/ })
    t.notMatch(first.program.code, /import|Rows|\/tmp/)
    const input = { columns: ['x'], rows: [], history: [], length: 2 }
    t.strictSame(runProgram(interpreter(), first.program.code, input), {
      kind: 'share',
      vector: Float64Array.of(1.5, 8),
    })
  },
)

t.test('a library of the list comes along, and gives the bits that expressions give', async (t) => {
  const found = await bundled(t, {
    'main.ts': `import pow from '@stdlib/math-base-special-pow'
      import ln from '@stdlib/math-base-special-ln'
      export function share() { return [pow(1.1, 100.5), ln(3)] }`,
  })
  if (found.kind !== 'program') return t.fail(toldIn(found).join())
  const outcome = runProgram(interpreter(), found.program.code, {
    columns: [],
    rows: [],
    history: [],
    length: 2,
  })
  const { default: pow } = await import('@stdlib/math-base-special-pow')
  const { default: ln } = await import('@stdlib/math-base-special-ln')
  t.strictSame(outcome, { kind: 'share', vector: Float64Array.of(pow(1.1, 100.5), ln(3)) })
})

t.test('settings that lie in the folder change nothing', async (t) => {
  const plain = await bundled(t, { 'main.ts': `class A { x = 1 }\n${SHARE}` })
  const others = await bundled(t, {
    'main.ts': `class A { x = 1 }\n${SHARE}`,
    'tsconfig.json': '{"compilerOptions":{"useDefineForClassFields":false,"target":"ES5"}}',
    'package.json': '{"type":"commonjs","sideEffects":false,"imports":{"#x":"./main.ts"}}',
  })
  t.strictSame(others, plain)
})

/** What is refused, by the text of main.ts, and what is said of it. */
const REFUSED: readonly (readonly [name: string, text: string, told: RegExp])[] = [
  [
    'node',
    `import x from 'node:fs'\n${USE}`,
    /^main\.ts:1:15 a program may import files of its own folder .* found "node:fs"$/,
  ],
  ['package', `\n  import x from 'mathjs'\n${USE}`, /^main\.ts:2:17 .*found "mathjs"/],
  [
    'part of a package',
    `import x from '@stdlib/math-base-special-exp/lib/main.js'\n${USE}`,
    /nothing else/,
  ],
  ['name of every object', `import x from 'constructor'\n${USE}`, /found "constructor"/],
  ['private import', `import x from '#x'\n${USE}`, /found "#x"/],
  ['address', `import x from 'https://example.org/x.js'\n${USE}`, /nothing else/],
  ['data address', `import x from 'data:text/javascript,export default 1'\n${USE}`, /nothing else/],
  ['absolute path', `import x from '/etc/hosts'\n${USE}`, /found "\/etc\/hosts"/],
  [
    'folder above',
    `import x from '../outside.ts'\n${USE}`,
    /main\.ts:1:15 "\.\.\/outside\.ts" lies outside of the folder/,
  ],
  ['folder above by a detour', `import x from './a/../../outside.ts'\n${USE}`, /lies outside/],
  ['link to the outside', `import x from './link.ts'\n${USE}`, /lies outside/],
  ['link to a folder outside', `import x from './folder/outside.ts'\n${USE}`, /lies outside/],
  [
    'no such file',
    `import x from './nope.ts'\n${USE}`,
    /found no file "\.\/nope\.ts": name it with its ending/,
  ],
  ['folder', `import x from './steps'\n${USE}`, /found no file/],
  ['JSON', `import x from './data.json'\n${USE}`, /is no \.ts or \.js file/],
  [
    'dynamic import',
    `export function share() { return import('./nope.ts') }`,
    /^main\.ts:1:41 a program imports nothing while it runs/,
  ],
  [
    'dynamic import of an expression',
    `export function share(rows) {\n return import(rows[0]) }`,
    /^main\.ts:2:\d+ a program imports nothing while it runs/,
  ],
  ['require', `export function share() { return require('fs') }`, /a program has no require/],
  [
    'require of an expression',
    `export function share(x) { return require(x) }`,
    /a program has no require/,
  ],
  [
    'top-level await',
    `const x = await 1\n${SHARE}`,
    /^main\.ts:1:11 found await outside of a function/,
  ],
  ['syntax', `const é = 1;  const ;\n${SHARE}`, /^main\.ts:1:21 Expected identifier but found ";"/],
  [
    'missing name',
    `import { nope } from './one.ts'\nconsole.log(nope)\n${SHARE}`,
    /^main\.ts:1:10 No matching export in .*one\.ts" for import "nope"/,
  ],
  [
    'no form',
    'export const a = 1',
    /^main\.ts:1:1 found exports "a", wanted one form of a program: add "export function share/,
  ],
  ['no export', 'const a = 1', /^main\.ts:1:1 found no exports/],
  ['finish alone', 'export function finish() {}', /found exports "finish"/],
  ['both forms', `${SHARE}export async function run() {}`, /found run and share, wanted one form/],
  [
    'run and finish',
    'export function finish() {}\nexport async function run() {}',
    /found run and finish/,
  ],
  [
    'too large',
    `${SHARE}export const x = ${JSON.stringify('x'.repeat(256 * 1024))}`,
    /found \d+ bytes of code with all that it imports, wanted at most 262144/,
  ],
]

t.test('what a program may not be is told with its place', async (t) => {
  for (const [name, text, told] of REFUSED) {
    const folder = t.testdir({
      'outside.ts': 'export default 1',
      program: {
        'main.ts': text,
        'one.ts': 'export const one = 1',
        'data.json': '{}',
        a: {},
        steps: {},
      },
    })
    symlinkSync(join(folder, 'outside.ts'), join(folder, 'program', 'link.ts'))
    symlinkSync(folder, join(folder, 'program', 'folder'))
    const found = toldIn(await bundleProgram(join(folder, 'program', 'main.ts')))
    t.ok(
      found.some((each) => told.test(each)),
      `${name}: ${found.join(' | ')}`,
    )
  }
})

t.test('every mistake is told, in the order of their places', async (t) => {
  const found = await bundled(t, { 'main.ts': `import a from 'a'\nimport x from 'b'\na()\n${USE}` })
  t.strictSame(
    toldIn(found).map((each) => each.slice(0, 13)),
    ['main.ts:1:15 ', 'main.ts:2:15 '].map((x) => x.slice(0, 13)),
  )
})

t.test('a mistake in an imported file is told of that file', async (t) => {
  const found = await bundled(t, {
    'main.ts': `import './b.ts'\n${SHARE}`,
    'b.ts': '\nexport const = 1',
  })
  t.match(toldIn(found)[0], /^b\.ts:2:14 /)
})

t.test('a file that is not there is not found', async (t) => {
  await t.rejects(bundleProgram(join(t.testdir({}), 'main.ts')), { code: 'NOT_FOUND' })
})
