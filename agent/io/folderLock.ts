import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HypernetError } from '../wire/errors.ts'

/** Who holds a folder: a process and, where the system tells, when it was started (clock ticks since boot). */
interface Holder {
  readonly pid: number
  readonly started: string
}

/**
 * Takes a state folder for this process: two that write one state under one id throw each other out.
 * The file `lock` in it names the holder; what a dead process left is taken over. Processes that do
 * not see each other (other machines, containers with process ids of their own) are not noticed.
 * @returns gives the folder back
 * @throws HypernetError `STORE_FAILED` when a living process holds it, or the file cannot be written
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock')
  const mine = textOf({ pid: process.pid, started: (await startOf(process.pid)) ?? '' })
  const fresh = `${path}.${randomUUID()}`
  try {
    // The name appears with its content: nobody finds an empty lock and takes it for a stale one.
    await writeFile(fresh, mine, { mode: 0o600 })
    for (let tries = 0; tries < 3; tries++) {
      if (await isLinked(fresh, path)) return () => giveBack(path, mine)
      const found = await readFile(path, 'utf8').catch(() => '')
      const holder = holderIn(found)
      if (holder && (await isAlive(holder))) throw held(folder, holder)
      await clear(path, found)
    }
  } catch (error) {
    if (error instanceof HypernetError) throw error
    throw new HypernetError('STORE_FAILED', `cannot write the lock ${path}`, error)
  } finally {
    await rm(fresh, { force: true })
  }
  throw new HypernetError('STORE_FAILED', `others take ${path} at the same time; start one only`)
}

const held = (folder: string, { pid }: Holder) =>
  new HypernetError(
    'STORE_FAILED',
    `the state folder ${folder} is in use by process ${pid}: this device runs already. Stop that one first, or give this one an agent.yaml with another node and state.`,
  )

async function isLinked(fresh: string, path: string): Promise<boolean> {
  try {
    await link(fresh, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes a stale lock away; a lock that somebody set meanwhile is put back. */
async function clear(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== stale) await isLinked(aside, path)
  await rm(aside, { force: true })
}

async function giveBack(path: string, mine: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => '')
  if (found === mine) await rm(path, { force: true })
}

const textOf = ({ pid, started }: Holder): string => `${pid} ${started}\n`

function holderIn(text: string): Holder | undefined {
  const [, pid, started = ''] = /^(\d{1,10}) (\d*)\n$/.exec(text) ?? []
  return pid === undefined ? undefined : { pid: Number(pid), started }
}

/** Whether the holder lives: not merely a process that got its number after it had ended. */
async function isAlive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  return now === undefined || started === '' || now === started
}

/** Start time of a process, field 22 of proc_pid_stat(5); nothing where the system has no such file. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field, the program's name, may hold spaces and parentheses itself.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}
