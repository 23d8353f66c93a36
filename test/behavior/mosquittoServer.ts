import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type NodeId, nodeId } from '../../agent/wire/ids.ts'
import { passwordHash, writeMosquitto } from '../../controller/io/broker/mosquittoFiles.ts'
import { fleet } from './cases/scene.ts'

const PATHS = ['mosquitto', '/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto']

/** The Mosquitto of this machine: the program, or why tests with it are skipped. */
export function findMosquitto(): { program: string } | { skip: string } {
  for (const program of PATHS) {
    try {
      execFileSync(program, ['-h'], { stdio: 'ignore' })
      return { program }
    } catch (error) {
      // It answers -h with the exit status 3, and has one only when it could be started.
      if ((error as { status?: number | null }).status) return { program }
    }
  }
  if (process.env.CI) throw new Error('Mosquitto is missing, and in CI it must be there')
  return { skip: 'Mosquitto is not installed (Debian: apt-get install mosquitto)' }
}

export interface MosquittoServer {
  readonly url: string
  readonly port: number
  readonly dir: string
  password(id: string): Promise<string>
  /** Ends it with SIGKILL and starts it again. */
  restart(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a real Mosquitto from generated files, on a free port of 127.0.0.1.
 * @param log what it writes to stderr: everything, or little, where its speed is measured
 * @param spy adds a client `spy` that may read and write everything, to see what others cannot
 */
export async function startMosquitto(
  program: string,
  devices: readonly NodeId[],
  spy = false,
  log: 'all' | 'start' = 'all',
): Promise<MosquittoServer> {
  const dir = await mkdtemp(join(tmpdir(), 'hypernet-mosquitto-'))
  const port = await freePort()
  await writeMosquitto(dir, {
    fleet,
    devices,
    relays: [nodeId('relay')],
    listen: { host: '127.0.0.1', port },
  })
  if (spy) {
    await appendFile(join(dir, 'acl'), '\nuser spy\ntopic readwrite #\ntopic readwrite $SYS/#\n')
    await appendFile(join(dir, 'passwd'), `spy:${passwordHash('spy', randomBytes(12))}\n`)
    await writeFile(join(dir, 'passwords', 'spy'), 'spy')
  }
  // Its first words are of this kind; messages are not.
  if (log === 'start') await appendFile(join(dir, 'mosquitto.conf'), '\nlog_type information\n')
  let running = await launch(program, dir, log)
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    dir,
    password: async (id) => (await readFile(join(dir, 'passwords', id), 'utf8')).trim(),
    async restart() {
      await end(running)
      running = await launch(program, dir, log)
    },
    async close() {
      await end(running)
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const children = new Set<ChildProcess>()
// A run that is cut short must not leave brokers behind.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** @returns the process once it says that it listens */
async function launch(program: string, dir: string, log: 'all' | 'start'): Promise<ChildProcess> {
  const verbose = log === 'all' ? ['-v'] : []
  const child = spawn(program, [...verbose, '-c', join(dir, 'mosquitto.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  const lines: string[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string) => reject(new Error(`Mosquitto ${what}:\n${lines.join('\n')}`))
      setTimeout(() => fail('did not start in 10 s'), 10_000).unref()
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (lines.length < 100) lines.push(line)
        if (/mosquitto version \S+ running/.test(line)) resolve()
      })
      child.once('error', reject)
      child.once('exit', () => fail('ended'))
    })
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
