import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { affectedBy, compile, DEPLOYED } from './mutation/compile.ts'
import { EQUIVALENT } from './mutation/equivalent.ts'
import { type Mutant, mutantsOf, mutated } from './mutation/operators.ts'

/**
 * `npm run mutate [-- --only FILE] [--from N] [--workers 2] [--list]`: makes the contracts wrong in one place at a
 * time and runs their unit tests, of which one must fail. Prints who survives, and ends with one JSON line; exit
 * code 0 only if all survivors are in the list of equivalent ones (mutation/equivalent.ts).
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    from: { type: 'string', default: '0' },
    workers: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
  },
})

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FORGE = join(ROOT, 'node_modules/.bin/forge')
/** A mutant that loops for so long is found out too. Tests take about two seconds. */
const MOST_MS = 120_000

/** A copy of the tree in which one lane breaks things. */
interface Lane {
  readonly tree: string
  /** Contracts whose code there is wrong. */
  broken: readonly string[]
}

type Verdict = 'killed' | 'survived' | 'invalid'

const all = sources().flatMap((file) => mutantsOf(file, sourceOf(file)))
const from = Number(values.from)
const chosen = all
  .map((mutant, number) => ({ mutant, number }))
  .filter(({ mutant, number }) => number >= from && (!values.only || mutant.file === values.only))
if (values.list) {
  for (const { mutant, number } of chosen) process.stdout.write(`${told(mutant, number)}\n`)
} else if (chosen.length === 0) {
  process.stderr.write('mutate: no mutants; --only takes a name such as Tally.sol\n')
  process.exitCode = 2
} else {
  process.exitCode = await run(Number(values.workers))
}

async function run(workers: number): Promise<number> {
  const began = performance.now()
  const home = mkdtempSync(join(tmpdir(), 'hypernet-mutate-'))
  // Else a run that is interrupted leaves some 100 MB behind.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  process.once('exit', () => rmSync(home, { recursive: true, force: true }))
  const original = await prepare(home, workers)
  const counts: Record<Verdict, number> = { killed: 0, survived: 0, invalid: 0 }
  const survivors: string[] = []
  let equivalent = 0
  const queue = [...chosen]
  const work = async (lane: Lane) => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { mutant, number } = next
      const verdict = await tryOut(lane, mutant, original)
      const isKnown = verdict === 'survived' && isEquivalent(mutant)
      if (isKnown) equivalent++
      else counts[verdict]++
      if (verdict === 'survived' && !isKnown) {
        survivors.push(told(mutant, number))
        process.stdout.write(`SURVIVED ${told(mutant, number)}\n`)
      }
      if (number % 25 === 0) process.stderr.write(`${number} of ${all.length}\n`)
    }
  }
  const lanes = Array.from({ length: workers }, (_, i) => ({ tree: tree(home, i), broken: [] }))
  await Promise.all(lanes.map(work))
  const seconds = Math.round((performance.now() - began) / 1000)
  process.stdout.write(
    `${JSON.stringify({ mutate: 'contracts', mutants: chosen.length, ...counts, equivalent, seconds })}\n`,
  )
  return survivors.length === 0 ? 0 : 1
}

/**
 * Copies the tree for each worker, its tests compiled so that they take the code of the contracts from forge's output.
 * @returns the right code of each contract
 */
async function prepare(home: string, workers: number): Promise<ReadonlyMap<string, string>> {
  const first = tree(home, 0)
  cpSync(join(ROOT, 'contracts/src'), join(first, 'contracts/src'), { recursive: true })
  cpSync(join(ROOT, 'contracts/solc.cjs'), join(first, 'contracts/solc.cjs'))
  cpSync(join(ROOT, 'package.json'), join(first, 'package.json'))
  const settings = readFileSync(join(ROOT, 'contracts/foundry.toml'), 'utf8')
  writeFileSync(
    join(first, 'contracts/foundry.toml'),
    settings.replace('[profile.default]', '[profile.default]\ndynamic_test_linking = true'),
  )
  const isTest = (name: string) => name.endsWith('.sol') && !/^(Handler|Invariants)\b/.test(name)
  for (const name of readdirSync(join(ROOT, 'test/contracts')).filter(isTest))
    cpSync(join(ROOT, 'test/contracts', name), join(first, 'test/contracts', name))
  symlinkSync(join(ROOT, 'node_modules'), join(first, 'node_modules'))
  process.stderr.write('compiling the tests\n')
  const built = await forge(first, ['build'])
  if (built.code !== 0) throw new Error(`the tests do not compile:\n${built.output}`)
  const original = compile(first, Object.keys(DEPLOYED), new Map())
  if (typeof original === 'string') throw new Error(`the contracts do not compile: ${original}`)
  place(first, original)
  const tested = await forge(first, ['test'])
  if (tested.code !== 0) throw new Error(`the tests fail as it is:\n${tested.output}`)
  for (let i = 1; i < workers; i++)
    cpSync(first, tree(home, i), { recursive: true, verbatimSymlinks: true })
  return original
}

async function tryOut(
  lane: Lane,
  mutant: Mutant,
  original: ReadonlyMap<string, string>,
): Promise<Verdict> {
  const path = `contracts/src/${mutant.file}`
  const names = affectedBy(lane.tree, path)
  const text = mutated(sourceOf(mutant.file), mutant)
  const code = compile(lane.tree, names, new Map([[path, text]]))
  if (typeof code === 'string') return 'invalid'
  const right = lane.broken.filter((name) => !names.includes(name))
  place(lane.tree, new Map(right.map((name) => [name, original.get(name) ?? ''])))
  place(lane.tree, code)
  lane.broken = names
  const { code: status, output } = await forge(lane.tree, ['test', '--fail-fast'])
  if (process.env.SHOW) process.stderr.write(output.slice(-1500) + names.join() + status)
  return status === 0 ? 'survived' : 'killed'
}

/** Writes contracts' code to where the tests take it from. */
function place(tree: string, code: ReadonlyMap<string, string>): void {
  for (const [name, object] of code) {
    const path = join(tree, `contracts/.build/out/${name}.sol/${name}.json`)
    const artifact = JSON.parse(readFileSync(path, 'utf8')) as {
      bytecode: { object: string; linkReferences: unknown }
    }
    artifact.bytecode.object = object
    writeFileSync(path, JSON.stringify(artifact))
  }
}

function forge(tree: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const [command = '', ...rest] = args
  const child = spawn(FORGE, [command, '--root', '.', ...rest], {
    cwd: tree,
    env: {
      ...process.env,
      PATH: `${join(ROOT, 'node_modules/node/bin')}:${process.env.PATH}`,
      FOUNDRY_CONFIG: 'contracts/foundry.toml',
      FOUNDRY_PROFILE: 'default',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), command === 'test' ? MOST_MS : 10 * MOST_MS)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 1, output })
    })
  })
}

function isEquivalent(mutant: Mutant): boolean {
  return EQUIVALENT.some(
    ({ file, before, after }) =>
      file === mutant.file && before === mutant.before && after === mutant.after,
  )
}

function sources(): readonly string[] {
  return readdirSync(join(ROOT, 'contracts/src')).filter((name) => name.endsWith('.sol'))
}

function sourceOf(file: string): string {
  return readFileSync(join(ROOT, 'contracts/src', file), 'utf8')
}

function tree(home: string, lane: number): string {
  return join(home, String(lane))
}

function told({ file, line, before, after }: Mutant, number: number): string {
  return `${number} ${file}:${line}\n  - ${before}\n  + ${after}`
}
