import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What a program printed, and how it ended. */
export interface Ended {
  readonly code: number
  readonly output: string
}

/**
 * Runs forge on the contracts, without network, with this project's settings.
 * @param profile `release`: as deployed, by the slower compiler pipeline
 */
export function forge(
  args: readonly string[],
  { profile = 'default', env = {} }: { profile?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const [command = '', ...rest] = args
  const child = spawn(
    fileURLToPath(new URL('../../node_modules/.bin/forge', import.meta.url)),
    [command, '--root', '.', ...rest],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        FOUNDRY_CONFIG: 'contracts/foundry.toml',
        FOUNDRY_PROFILE: profile,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

if (import.meta.main) {
  const profile = process.env.FOUNDRY_PROFILE ?? 'default'
  const { code, output } = await forge(process.argv.slice(2), { profile })
  process.stdout.write(output)
  process.exitCode = code
}
