import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LIMITS } from '../../wire/limits.ts'
import type { Parsed } from './tree.ts'

/** Time for one text, once the process is up: 100 times what the largest good file takes. */
const PARSE_MILLISECONDS = 2000
/** Time for the process to start, generous for a board with a slow card. */
const START_MILLISECONDS = 30_000
const HEAP_MEGABYTES = 128
const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url))

/** Parses texts in a process of their own. A text that kills it or outlasts its time is a problem, not an exception. */
export async function parseApart(texts: readonly string[]): Promise<Parsed[]> {
  const results: Parsed[] = []
  while (results.length < texts.length) {
    const rest = texts.slice(results.length)
    const { parsed, started, reason } = await parseInOneChild(rest)
    results.push(...parsed)
    // The text that it was at is the one to blame; those behind it get another process.
    if (parsed.length < rest.length)
      results.push({
        documents: [],
        problems: [
          { code: started ? 'CRASHED' : 'NOT_STARTED', at: [1, 1], detail: reason, path: [] },
        ],
      })
  }
  return results
}

interface Outcome {
  readonly parsed: Parsed[]
  readonly started: boolean
  /** Why fewer texts were parsed than there are. */
  readonly reason: string
}

function parseInOneChild(texts: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const parsed: Parsed[] = []
    let started = false
    let reason = ''
    const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MEGABYTES}`, CHILD], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {},
    })
    const kill = (why: string) => {
      reason = why
      child.kill('SIGKILL')
    }
    let timer = setTimeout(kill, START_MILLISECONDS, 'it took longer than 30 s')
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      clearTimeout(timer)
      timer = setTimeout(kill, PARSE_MILLISECONDS, 'it took longer than 2 s')
      started = true
      // Written by child.mjs, which is ours; a line that was cut off by a crash is not JSON.
      const result = line === 'ready' ? undefined : parsedOf(line)
      if (result) parsed.push(result)
    })
    child.on('error', (error) => {
      reason = error.message
    })
    child.on('close', (code, signal) => {
      reason ||= `it ended with ${signal ?? code}`
      clearTimeout(timer)
      lines.close()
      resolve({ parsed, started, reason })
    })
    // A child that dies early closes the pipe; `close` says all there is to say.
    child.stdin.on('error', () => undefined)
    child.stdin.end(JSON.stringify({ texts, maxNodes: LIMITS.yamlNodes }))
  })
}

function parsedOf(line: string): Parsed | undefined {
  try {
    return JSON.parse(line) as Parsed
  } catch {
    return undefined
  }
}
