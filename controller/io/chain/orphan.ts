import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { HypernetError } from '../../../agent/wire/errors.ts'

/** Time that a chain which nobody owns has to write its state and end; then it is killed. */
const END_MS = 20_000
const LOOK_MS = 50

/**
 * Ends the chain that a killed process left running on a state file: two that write one file roll each other back.
 * Only a process that is a chain on this very file is ended, whoever has that number now.
 * @param state absolute path of the file
 * @throws HypernetError `CHAIN_LOST` where it does not end
 */
export async function endOrphan(state: string): Promise<void> {
  const text = await readFile(pidFile(state), 'utf8').catch(() => '')
  const pid = /^\d{1,10}\n$/.test(text) ? Number(text) : undefined
  if (pid === undefined) return
  // SIGTERM lets it write what happened since it last did.
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isChainOn(pid, state))) return forgetChild(state, pid)
    tell(pid, signal)
    for (let waited = 0; waited < END_MS && (await isChainOn(pid, state)); waited += LOOK_MS)
      await wait(LOOK_MS)
  }
  if (!(await isChainOn(pid, state))) return forgetChild(state, pid)
  throw new HypernetError(
    'CHAIN_LOST',
    `process ${pid}, an older development chain, still writes ${state} and does not end; end it: kill -9 ${pid}`,
  )
}

/** Notes which process writes a state file; at once, so that no kill comes in between. */
export function noteChild(state: string, pid: number): void {
  writeFileSync(pidFile(state), `${pid}\n`, { mode: 0o600 })
}

/** Takes the note away, if it is still of this process. */
export function forgetChild(state: string, pid: number): void {
  try {
    if (readFileSync(pidFile(state), 'utf8') === `${pid}\n`) rmSync(pidFile(state), { force: true })
  } catch {
    // The folder is gone, and the note with it.
  }
}

const pidFile = (state: string): string => `${state}.pid`

/** Whether a process lives and is a chain on this file; one that has ended and was not reaped has no command. */
async function isChainOn(pid: number, state: string): Promise<boolean> {
  const command = await commandOf(pid)
  // The path of the program may hold spaces; another option stands behind that of the file.
  return /(^|[\\/])anvil(\.exe)? -/.test(command) && command.includes(` --state ${state} --`)
}

/** Command line of a process, its words with spaces between them; empty where there is none. */
async function commandOf(pid: number): Promise<string> {
  try {
    // proc_pid_cmdline(5); other systems have ps alone.
    if (process.platform === 'linux')
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    return (await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)])).stdout
  } catch {
    return ''
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It ended meanwhile, or is somebody else's: the next look says which.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
