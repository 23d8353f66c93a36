import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { forge } from '../forge.ts'
import { affectedBy, compile, DEPLOYED } from './compile.ts'
import { type Mutant, mutated } from './operators.ts'

/** A copy of the tree in which one contract after the other is made wrong. */
export interface Lane {
  readonly tree: string
  /** The right code of each contract. */
  readonly original: ReadonlyMap<string, string>
  /** Contracts whose code there is wrong. */
  broken: readonly string[]
}

/** `invalid`: the compiler refuses it, so that it is no mutant. */
export type Verdict = 'killed' | 'survived' | 'invalid'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Whoever loops for so long is found out too. Tests take about two seconds. */
const MOST_MS = 60_000

/**
 * Copies the tree for each worker, its tests compiled so that they take the code of the contracts from forge's
 * output: so one forge build, of half a minute, serves all mutants.
 * @throws Error where the tests fail already, or would not notice
 */
export async function prepare(home: string, workers: number): Promise<readonly Lane[]> {
  const tree = join(home, '0')
  mkdirSync(join(tree, 'contracts'), { recursive: true })
  for (const path of ['contracts/src', 'contracts/solc.cjs', 'package.json'])
    cpSync(join(ROOT, path), join(tree, path), { recursive: true })
  const settings = readFileSync(join(ROOT, 'contracts/foundry.toml'), 'utf8')
  writeFileSync(
    join(tree, 'contracts/foundry.toml'),
    settings.replace('[profile.default]', '[profile.default]\ndynamic_test_linking = true'),
  )
  // The random walk is left out: it takes long, and what it finds a unit test should find.
  const isTest = (name: string) => name.endsWith('.sol') && !/^(Handler|Invariants)\b/.test(name)
  for (const name of readdirSync(join(ROOT, 'test/contracts')).filter(isTest))
    cpSync(join(ROOT, 'test/contracts', name), join(tree, 'test/contracts', name))
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  const built = await forge(['build'], { root: tree })
  if (built.code !== 0) throw new Error(`the tests do not compile:\n${built.output}`)
  nameCompiler(tree)
  const original = compile(tree, Object.keys(DEPLOYED), new Map())
  if (typeof original === 'string') throw new Error(`the contracts do not compile: ${original}`)
  place(tree, original)
  const tested = await forge(['test'], { root: tree })
  if (tested.code !== 0) throw new Error(`the tests fail as it is:\n${tested.output}`)
  return Array.from({ length: workers }, (_, i) => {
    const copy = join(home, String(i))
    if (i > 0) cpSync(tree, copy, { recursive: true, verbatimSymlinks: true })
    return { tree: copy, original, broken: [] }
  })
}

/** Makes one contract wrong in one place, and asks the tests. */
export async function tryOut(lane: Lane, mutant: Mutant): Promise<Verdict> {
  const path = `contracts/src/${mutant.file}`
  const names = affectedBy(lane.tree, path)
  const text = mutated(readFileSync(join(lane.tree, path), 'utf8'), mutant)
  const code = compile(lane.tree, names, new Map([[path, text]]))
  if (typeof code === 'string') return 'invalid'
  const right = lane.broken.filter((name) => !names.includes(name))
  place(lane.tree, new Map(right.map((name) => [name, lane.original.get(name) ?? ''])))
  place(lane.tree, code)
  lane.broken = names
  // Only the pure parts are tried on random inputs. (A filter of tests would make forge compile anew.)
  const isPure = names.includes('Libraries')
  const { code: status, output } = await forge(['test', '--fail-fast'], {
    root: lane.tree,
    env: isPure ? {} : { FOUNDRY_FUZZ_RUNS: '1' },
    mostMs: MOST_MS,
  })
  if (status === 0) return 'survived'
  // Else any breakdown of forge itself would count as a test that noticed.
  if (status > 0 && !/\d+ failing test/.test(output)) throw new Error(`forge failed:\n${output}`)
  return 'killed'
}

/** Forge asks for the compiler's version each time; from here on something answers that need not load it. */
function nameCompiler(tree: string): void {
  const path = join(tree, 'contracts/solc.cjs')
  const version = execFileSync(process.execPath, [path, '--version'], { encoding: 'utf8' })
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${version}END\n`)
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
