import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { derivedFiles } from '../docs/generate.ts'
import { LOCK_FILE, missingFrom } from './completeLock.ts'

/** The rules of the house that no compiler checks: floors, bans, sizes, and that generated files are fresh. */

const root = fileURLToPath(new URL('..', import.meta.url))
const TOP = ['agent', 'controller', 'contracts', 'devices', 'test', 'docs']
const MOST_LINES = 400

/** From where to where imports may go, by the longest prefix (docs/architecture.md). */
const FLOORS: readonly (readonly [from: string, to: readonly string[]])[] = [
  ['agent/math', []],
  ['agent/wire', ['agent/math', 'npm:zod', 'npm:cbor-x', 'npm:@noble']],
  ['agent/consensus', ['agent/math', 'agent/wire']],
  ['agent/fusion', ['agent/math', 'agent/wire', 'npm:@stdlib']],
  ['agent/sandbox', ['agent/wire']],
  ['agent/core', ['agent/math', 'agent/wire', 'agent/consensus', 'agent/fusion']],
  [
    'agent/io',
    ['agent/math', 'agent/wire', 'agent/sandbox', 'agent/io', 'type:agent/core', 'node', 'npm'],
  ],
  ['agent', ['agent', 'node', 'npm']],
  [
    'controller/core',
    ['agent/math', 'agent/wire', 'agent/consensus', 'agent/fusion', 'npm:mathjs', 'npm:zod'],
  ],
  [
    'controller/sim',
    [
      'agent/math',
      'agent/wire',
      'agent/consensus',
      'agent/fusion',
      'agent/sandbox',
      'agent/core',
      'controller/core',
    ],
  ],
  [
    'controller/io',
    [
      'agent/math',
      'agent/wire',
      'agent/sandbox',
      'agent/io',
      'controller/core',
      'controller/abi',
      'controller/config.ts',
      'node',
      'npm',
    ],
  ],
  ['controller/abi', []],
  ['controller', ['agent', 'controller', 'node', 'npm']],
  ['docs', ['agent', 'controller', 'test/vectors', 'node', 'npm']],
  // Example programs come in by the package's public door.
  ['devices', ['npm:hypernet/communicator', 'npm:hypernet/program', 'node']],
  ['test', ['agent', 'controller', 'devices', 'docs', 'test', 'node', 'npm']],
]

/** Folders that must give the same answer on every machine and in the simulator. */
const PURE = [
  'agent/math',
  'agent/wire',
  'agent/consensus',
  'agent/fusion',
  'agent/sandbox',
  'agent/core',
  'controller/core',
]
const BANNED: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['Date', /\bDate\b/],
  ['Math.random', /Math\.random/],
  ['timers', /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/],
  ['process', /\bprocess\./],
  ['async', /\basync\b|\bawait\b|\bPromise\b/],
  ['performance', /\bperformance\./],
]
/** Math functions that engines may round differently. */
const UNPORTABLE =
  /\bMath\.(exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt|hypot)\b/

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesUnder(path)
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : []
  })
}

const sources = TOP.flatMap(filesUnder)
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
/** Source without comments and without the text of strings. */
const codeOf = (path: string): string =>
  textOf(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/`(?:[^`\\]|\\.)*`/g, '``')

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

function importsOf(path: string): Import[] {
  const text = textOf(path).replace(/\/\*[\s\S]*?\*\//g, '')
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s+)?[^'"`;]*?from\s+'([^']+)'/gm)]
  const bare = [...text.matchAll(/^import\s+'([^']+)'/gm)].map((match) => [
    match[0],
    undefined,
    match[1],
  ])
  const later = [...text.matchAll(/\bimport\(\s*'([^']+)'/g)].map((match) => [
    match[0],
    undefined,
    match[1],
  ])
  return [...found, ...bare, ...later].map((match) => {
    const [, type, to = ''] = match
    const target = to.startsWith('.')
      ? relative(root, join(root, dirname(path), to))
      : to.startsWith('node:')
        ? 'node'
        : `npm:${to}`
    return { from: path, to: target, isType: type !== undefined }
  })
}

function isAllowed({ from, to, isType }: Import): boolean {
  const floor = FLOORS.filter(([prefix]) => from.startsWith(`${prefix}/`)).sort(
    ([a], [b]) => b.length - a.length,
  )[0]
  if (!floor) return true
  const [prefix, allowed] = floor
  const within = (target: string, folder: string): boolean =>
    target === folder || target.startsWith(`${folder}/`)
  if (within(to, prefix)) return true
  return allowed.some((each) => {
    if (each === 'npm') return to.startsWith('npm:')
    if (each.startsWith('type:')) return isType && within(to, each.slice(5))
    return within(to, each)
  })
}

t.test('imports go down the floors', async (t) => {
  const wrong = sources.flatMap(importsOf).filter((each) => !isAllowed(each))
  t.strictSame(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

t.test('no imports go round in a circle', async (t) => {
  const graph = new Map(
    sources.map((path) => [
      path,
      importsOf(path).flatMap(({ to, isType }) => (isType ? [] : [to])),
    ]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (done.has(path) || trail.includes(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of sources) visit(path, [])
  t.strictSame(circles, [])
})

t.test(
  'what must be deterministic uses no clock, timer, process or randomness of the machine',
  async (t) => {
    const wrong = sources
      .filter((path) => PURE.some((folder) => path.startsWith(`${folder}/`)))
      .flatMap((path) => {
        const code = codeOf(path)
        const names = BANNED.filter(([, pattern]) => pattern.test(code)).map(([what]) => what)
        const node = importsOf(path).some(({ to }) => to === 'node') ? ['node:'] : []
        return [...names, ...node].map((what) => `${path} uses ${what}`)
      })
    t.strictSame(wrong, [])
  },
)

t.test('a device evaluates functions that round alike on every engine', async (t) => {
  const wrong = sources
    .filter((path) => /^agent\/(math|fusion)\//.test(path))
    .filter((path) => UNPORTABLE.test(codeOf(path)))
  t.strictSame(wrong, [])
})

t.test(`no file is longer than ${MOST_LINES} lines`, async (t) => {
  const long = sources
    .map((path) => ({ path, lines: textOf(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
  t.strictSame(long, [])
})

t.test('the topic prefix is spelled in topics.ts alone', async (t) => {
  const spelled = sources.filter(
    (path) =>
      /^(agent|controller)\//.test(path) &&
      path !== 'agent/wire/topics.ts' &&
      /['"`]hn\/1/.test(textOf(path).replace(/\/\*[\s\S]*?\*\//g, '')),
  )
  t.strictSame(spelled, [])
})

t.test('nothing is left for later without an issue number', async (t) => {
  const words = new RegExp(['FIX', 'ME'].join(''))
  const later = new RegExp(`${['TO', 'DO'].join('')}(?! #\\d)`)
  const wrong = sources.filter((path) => words.test(textOf(path)) || later.test(textOf(path)))
  t.strictSame(wrong, [])
})

t.test('the top level holds what the house plan says', async (t) => {
  const known = [
    ...TOP,
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'README.md',
    'LICENSE',
    'node_modules',
    'state',
  ]
  const strange = readdirSync(root).filter((name) => !name.startsWith('.') && !known.includes(name))
  t.strictSame(strange, [])
})

t.test('every file that is derived from a source is fresh', async (t) => {
  for (const [path, content] of await derivedFiles()) {
    const full = join(root, path)
    t.ok(statSync(full, { throwIfNoEntry: false }), `${path} exists`)
    t.equal(readFileSync(full, 'utf8') === content, true, `${path} is fresh: run npm run generate`)
  }
})

t.test('the lock file holds every platform, so that npm ci takes it', async (t) => {
  const lock = JSON.parse(readFileSync(LOCK_FILE, 'utf8'))
  t.strictSame(missingFrom(lock), [], 'run npm run lock')
})

t.test('the version is the same in package.json and in the program', async (t) => {
  const { SOFTWARE } = await import('../agent/wire/version.ts')
  t.equal(JSON.parse(textOf('package.json')).version, SOFTWARE)
})

t.test('each source file of the pure floors has a test of the same name', async (t) => {
  const missing = sources
    .filter((path) => /^agent\/(math|wire|fusion|sandbox)\/[^/]+\.ts$/.test(path))
    .filter((path) => !/export type \{|^(?!.*export (?:const|function|class))/s.test(textOf(path)))
    .filter((path) => !sources.includes(`test/${path.replace(/\.ts$/, '.test.ts')}`))
  t.strictSame(missing, [])
})
