// Plain JavaScript without new syntax: any Node from 18 on can read this file, the others need one
// that runs TypeScript.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The first Node that runs TypeScript as it stands and knows import.meta.main. */
const WANTED = [22, 18]
/** Says to a process that was started by this file that there is no third one. */
const MARK = 'HYPERNET_RUNTIME'
const SIGNALS = /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])
/** What a shell gives a command that cannot be run. */
const CANNOT_RUN = 126

/**
 * Runs a TypeScript program as if Node had been started with it: in this process if its Node is new
 * enough, else in the one of the package `node`, with the same standard streams, signals and exit code.
 * @param {URL} main file of the program
 */
export function launch(main) {
  if (isWanted(process.versions.node)) {
    module.enableCompileCache?.()
    process.argv[1] = fileURLToPath(main)
    module.runMain()
    return
  }
  const node = process.env[MARK] ? undefined : findNode(dirname(fileURLToPath(import.meta.url)))
  if (node) restart(node)
  else {
    console.error(
      `this program needs Node ${WANTED.join('.')} or newer, found ${process.versions.node}: install one from https://nodejs.org, or run npm install in the folder of this program, which brings its own`,
    )
    process.exitCode = CANNOT_RUN
  }
}

/**
 * Whether a Node of this version can run the program.
 * @param {string} version such as `20.11.1`
 */
export function isWanted(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1])
}

/**
 * The Node of the npm package `node`, in this folder's node_modules or one above.
 * @param {string} folder
 * @returns {string | undefined}
 */
export function findNode(folder) {
  const found = join(folder, 'node_modules', 'node')
  const program = ['node', 'node.exe'].map((name) => join(found, 'bin', name)).find(existsSync)
  if (program) {
    try {
      const { version } = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8'))
      if (isWanted(version)) return program
    } catch {
      // Not a package that we know: look further up.
    }
  }
  const above = dirname(folder)
  return above === folder ? undefined : findNode(above)
}

/** @param {string} node */
function restart(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  })
  // A terminal sends its signals to both processes; a second one would look like impatience.
  const fromTerminal = Boolean(process.stdin.isTTY)
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (!(fromTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT'))) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`cannot start ${node}: ${error.message}`)
    process.exitCode = CANNOT_RUN
  })
  child.on('exit', (code, signal) => {
    if (!signal) {
      process.exit(code ?? 1)
    }
    for (const each of SIGNALS) process.removeAllListeners(each)
    process.kill(process.pid, signal)
  })
}
