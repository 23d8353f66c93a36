import type { Clock } from './clock.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** One thing worth a line. `kind` is a short fixed name: the rate is bounded for each kind apart. */
export interface Entry {
  readonly level: Level
  readonly kind: string
  readonly message: string
  /** Device and job that it is about. */
  readonly node?: string | undefined
  readonly job?: string | undefined
}

export type Log = (entry: Entry) => void

export interface LogOptions {
  /** What is below this level is not written. */
  readonly level: Level
  readonly form: 'json' | 'text'
  readonly clock: Clock
  /** Takes one line without its end. Default: stderr. */
  readonly write?: (line: string) => void
}

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const
/** Lines of one kind in one spell; a stream of bad packets must not fill a device's disk. */
export const LINES_PER_SPELL = 20
export const SPELL_MILLIS = 10_000
/** Kinds are our own words times node ids; beyond this many the oldest count is forgotten. */
const KINDS = 1024

/** A log of lines with a bounded rate: what is over it is counted and told with the next line of its kind. */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((line) => process.stderr.write(`${line}\n`))
  const format = options.form === 'json' ? jsonLine : textLine
  const admit = rateOf(options.clock)
  return (entry) => {
    if (RANK[entry.level] < RANK[options.level]) return
    const left = admit(`${entry.node ?? ''}/${entry.kind}`)
    if (left === undefined) return
    const more = left > 0 ? ` (${left} like it were left out)` : ''
    write(format({ ...entry, message: entry.message + more }, options.clock.unix()))
  }
}

/** A log that writes nothing. */
export const silentLog: Log = () => {}

/**
 * Counts what passes of each kind.
 * @returns a function that gives how many were refused since the last one that passed, or
 *   `undefined` where this one is refused
 */
export function rateOf(
  clock: Clock,
  most: number = LINES_PER_SPELL,
  spell: number = SPELL_MILLIS,
): (kind: string) => number | undefined {
  const kinds = new Map<string, { since: number; passed: number; refused: number }>()
  return (kind) => {
    const now = clock.now()
    let count = kinds.get(kind)
    if (!count) {
      if (kinds.size >= KINDS) kinds.delete(kinds.keys().next().value ?? '')
      count = { since: now, passed: 0, refused: 0 }
      kinds.set(kind, count)
    }
    if (now - count.since >= spell) {
      count.since = now
      count.passed = 0
    }
    if (count.passed >= most) {
      count.refused++
      return undefined
    }
    count.passed++
    const refused = count.refused
    count.refused = 0
    return refused
  }
}

function jsonLine(entry: Entry, unix: number): string {
  const { level, node, job, kind, message } = entry
  return JSON.stringify({ ts: unix, level, node, job, kind, message })
}

function textLine(entry: Entry, unix: number): string {
  const about = [entry.node, entry.job && `job ${entry.job}`].filter(Boolean).join(' ')
  const time = new Date(unix).toISOString().slice(11, 23)
  const line = `${time} ${entry.level.padEnd(5)} ${about && `${about}: `}${entry.message}`
  // Text from the network may hold escape sequences that a terminal would obey.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�')
}

/** What is known of a failure: with the trace, or its sentence alone. */
export const traceOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
