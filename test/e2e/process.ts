import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const HYPERNET = fileURLToPath(new URL('../../controller/hypernet.mjs', import.meta.url))
/** The program of a device, for `start`. */
export const AGENT = fileURLToPath(new URL('../../agent/hypernet-agent.mjs', import.meta.url))

/** A running `hypernet` command and what it has printed so far. */
export interface Running {
  readonly child: ChildProcess
  readonly printed: { out: string; err: string }
  /** Resolves once a stream holds this text; rejects when the process ends first or after the time. */
  sees(stream: 'out' | 'err', text: string | RegExp, withinMillis: number): Promise<string>
  /** Resolves with the exit code; a process that outlives the time is killed, which fails the test. */
  ends(withinMillis: number): Promise<number | null>
}

export interface StartOptions {
  readonly cwd?: string
  /** Folder for temporary files. */
  readonly tmp?: string
  /** Default: `hypernet`. */
  readonly program?: string
}

/** Starts `hypernet` with these words as a process of its own. */
export function start(words: readonly string[], options: StartOptions = {}): Running {
  const { NO_COLOR: _, ...env } = process.env
  const child = spawn(process.execPath, [options.program ?? HYPERNET, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...env, ...(options.tmp !== undefined && { TMPDIR: options.tmp }) },
  })
  const printed = { out: '', err: '' }
  const heard = new EventTarget()
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ] as const) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      printed[name] += text
      heard.dispatchEvent(new Event('more'))
    })
  }
  const closed = once(child, 'close')
  return {
    child,
    printed,
    async sees(stream, text, withinMillis) {
      const deadline = AbortSignal.timeout(withinMillis)
      for (;;) {
        if (typeof text === 'string' ? printed[stream].includes(text) : text.test(printed[stream]))
          return printed[stream]
        const more = once(heard, 'more', { signal: deadline })
        const end = await Promise.race([
          more.then(() => 'more'),
          closed.then(() => 'closed'),
        ]).catch(() => 'late')
        if (end !== 'more')
          throw new Error(`${words.join(' ')}: ${end} before ${text}: ${JSON.stringify(printed)}`)
      }
    },
    async ends(withinMillis) {
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMillis)
      const [code] = (await closed) as [number | null]
      clearTimeout(timer)
      return code
    },
  }
}

/** Runs `hypernet` to its end. */
export async function run(words: readonly string[], cwd: string, withinMillis = 30_000) {
  const running = start(words, { cwd })
  const code = await running.ends(withinMillis)
  return { code, ...running.printed }
}

/** Ids of the processes whose parent is this one (Linux: proc(5)). */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid)
}

/** Resolves when none of these processes exists any more; rejects after the time. tail(1) waits for one. */
export async function allGone(pids: readonly number[], withinMillis: number): Promise<void> {
  const signal = AbortSignal.timeout(withinMillis)
  for (const pid of pids) {
    const tail = spawn('tail', ['-s', '0.1', '--pid', String(pid), '-f', '/dev/null'], { signal })
    await once(tail, 'close', { signal })
  }
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in brackets may hold anything; the parent is the second field behind it.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1])
  } catch {
    return undefined
  }
}
