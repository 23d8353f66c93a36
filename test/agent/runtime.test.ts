import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { findNode, isWanted } from '../../agent/runtime.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** An old Node, if this machine has one: the one that is not ours. */
const OLD = ['/usr/bin/node', '/usr/local/bin/node']

t.test('the oldest Node that can run us is 22.18', async (t) => {
  const cases: [string, boolean][] = [
    ['20.20.2', false],
    ['22.17.1', false],
    ['22.18.0', true],
    ['23.0.0', true],
    ['24.21.0', true],
    ['100.0.0', true],
  ]
  for (const [version, wanted] of cases) t.equal(isWanted(version), wanted, version)
})

t.test('the Node of the package is found from below, an old or broken one is not', async (t) => {
  const folder = t.testdir({
    node_modules: { node: { 'package.json': '{"version":"24.1.0"}', bin: { node: '' } } },
    old: { node_modules: { node: { 'package.json': '{"version":"18.1.0"}', bin: { node: '' } } } },
    broken: { node_modules: { node: { 'package.json': '{', bin: { node: '' } } } },
    a: { b: {} },
  })
  const wanted = join(folder, 'node_modules/node/bin/node')
  for (const start of ['', 'a/b', 'old', 'broken'])
    t.equal(findNode(join(folder, start)), wanted, start)
  t.equal(findNode('/'), undefined)
})

/** A program in a folder of its own, with the launcher; prints its arguments and waits for a signal if told to. */
async function program(t: Test, withNode: boolean): Promise<string> {
  // Outside of the repository, whose node_modules would be found.
  const folder = await mkdtemp(join(tmpdir(), 'hypernet-runtime-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'agent'))
  await copyFile(join(root, 'agent/runtime.mjs'), join(folder, 'agent/runtime.mjs'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(
    join(folder, 'agent/main.ts'),
    `const words: string[] = process.argv.slice(2)
console.log(JSON.stringify({ words, main: import.meta.main, node: process.versions.node }))
if (words[0] === 'wait') {
  process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(7) })
  setInterval(() => {}, 1000)
} else if (words[0] === 'die') process.kill(process.pid, 'SIGKILL')
else process.exitCode = Number(words[0] ?? 0)
`,
  )
  const command = join(folder, 'agent/command.mjs')
  await writeFile(
    command,
    "import { launch } from './runtime.mjs'\nlaunch(new URL('./main.ts', import.meta.url))\n",
  )
  if (withNode) {
    await mkdir(join(folder, 'node_modules'))
    await symlink(join(root, 'node_modules/node'), join(folder, 'node_modules/node'))
  }
  return command
}

function run(node: string, command: string, words: string[]) {
  const child: ChildProcess = spawn(node, [command, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout?.on('data', (bytes) => {
    out += bytes
  })
  child.stderr?.on('data', (bytes) => {
    err += bytes
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, out, err }))
  return { child, ended }
}

async function oldNode(): Promise<string | undefined> {
  for (const path of OLD) {
    try {
      const child = spawn(path, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
      const [version] = await once(child.stdout, 'data')
      if (!isWanted(`${version}`.trim().slice(1))) return path
    } catch {
      // Not there.
    }
  }
  return undefined
}

const old = await oldNode()
const nodes: [name: string, path: string | undefined][] = [
  ['a new Node', process.execPath],
  ['an old Node', old],
]

for (const [name, path] of nodes) {
  const skip = path === undefined && 'there is no old Node on this machine'
  t.test(
    `started by ${name} the program gets its arguments and gives its exit code`,
    { skip },
    async (t) => {
      const command = await program(t, true)
      for (const code of [0, 3]) {
        const { ended } = run(path ?? '', command, [`${code}`, 'two words', '--flag'])
        const end = await ended
        t.equal(end.code, code, end.err)
        const said = JSON.parse(end.out)
        t.match(said, { words: [`${code}`, 'two words', '--flag'], main: true })
        t.ok(isWanted(said.node))
      }
    },
  )
  t.test(
    `started by ${name} the program hears signals and its death is passed on`,
    { skip },
    async (t) => {
      const command = await program(t, true)
      const waiting = run(path ?? '', command, ['wait'])
      if (waiting.child.stdout) await once(waiting.child.stdout, 'data')
      waiting.child.kill('SIGTERM')
      t.match(await waiting.ended, { code: 7, out: /asked to stop/ })
      t.match(await run(path ?? '', command, ['die']).ended, { signal: 'SIGKILL' })
    },
  )
}

t.test('an old Node without a new one says what to do', { skip: old === undefined }, async (t) => {
  const command = await program(t, false)
  const end = await run(old ?? '', command, []).ended
  t.equal(end.code, 126)
  t.equal(end.out, '')
  t.match(end.err, /needs Node 22\.18 or newer, found \d+.*npm install/)
})
