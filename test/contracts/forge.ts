import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What a program printed, and how it ended. */
export interface Ended {
  /** -1: it was stopped, for instance because its time was over. */
  readonly code: number
  readonly output: string
}

/** How forge runs, where not as usual. */
interface Settings {
  readonly env?: NodeJS.ProcessEnv
  /** A tree that looks like this one. */
  readonly root?: string
  /** After so long it is stopped; 0: never. */
  readonly mostMs?: number
}

/** Runs forge on the contracts, without network, with this project's settings. */
export function forge(
  args: readonly string[],
  { env = {}, root = ROOT, mostMs = 0 }: Settings = {},
): Promise<Ended> {
  const [command = '', ...rest] = args
  const child = spawn(binary(), [command, '--root', '.', ...rest], {
    cwd: root,
    env: {
      ...process.env,
      // The compiler's first line asks for `node`.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      FOUNDRY_CONFIG: 'contracts/foundry.toml',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: mostMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, output }))
  })
}

/** The program itself: the script that its package puts before it ends with 0 even where a test fails. */
function binary(): string {
  const processor = process.arch === 'x64' ? 'amd64' : process.arch
  const end = process.platform === 'win32' ? '.exe' : ''
  return createRequire(import.meta.url).resolve(
    `@foundry-rs/forge-${process.platform}-${processor}/bin/forge${end}`,
  )
}

if (import.meta.main) {
  const { code, output } = await forge(process.argv.slice(2))
  process.stdout.write(output)
  process.exitCode = code
}
