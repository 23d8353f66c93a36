import { type IncomingMessage, request } from 'node:http'
import { createInterface } from 'node:readline'
import * as z from 'zod/mini'
import { CODES, type Code, HypernetError } from '../../../agent/wire/errors.ts'

/** Talks to a controller through its UNIX socket, as the `job` and `fleet` commands do. */
export interface Client {
  get(path: string): Promise<unknown>
  post(path: string, body: unknown): Promise<unknown>
  remove(path: string): Promise<unknown>
  /** Calls `listener` with each event of a stream until it returns `true`, the stream ends or `until` aborts. */
  follow(
    path: string,
    listener: (event: unknown) => boolean | undefined,
    until: AbortSignal,
  ): Promise<'told' | 'ended' | 'aborted'>
}

/** Time that a controller on the same machine has for an answer. */
const ANSWER_MS = 30_000

/** Longest path of a UNIX socket on Linux: 108 bytes with the zero at its end (unix(7)). */
const PATH_BYTES = 107

/** The door of a controller. */
interface Door {
  readonly socketPath: string
  /** The folder in which nobody found a controller.yaml that names another door. */
  readonly without: string | undefined
}

/**
 * A client of the controller that listens at this socket. Nothing is sent before the first call.
 * @param without the folder that has no controller.yaml, where that is why this socket was taken
 * @throws HypernetError `CONTROLLER_LOST` for a path that no socket can have
 */
export function clientOf(socketPath: string, without?: string): Client {
  const length = Buffer.byteLength(socketPath)
  if (length > PATH_BYTES)
    throw new HypernetError(
      'CONTROLLER_LOST',
      `the path of the controller's socket has ${length} bytes, wanted at most ${PATH_BYTES}: ${socketPath}. Use a state folder with a shorter path`,
    )
  const door: Door = { socketPath, without }
  return {
    get: (path) => answer(door, 'GET', path),
    post: (path, body) => answer(door, 'POST', path, body),
    remove: (path) => answer(door, 'DELETE', path),
    follow: (path, listener, until) => follow(door, path, listener, until),
  }
}

async function answer(door: Door, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await send(door, method, path, body, AbortSignal.timeout(ANSWER_MS))
  return read(response, door)
}

async function follow(
  door: Door,
  path: string,
  listener: (event: unknown) => boolean | undefined,
  until: AbortSignal,
): Promise<'told' | 'ended' | 'aborted'> {
  if (until.aborted) return 'aborted'
  try {
    const response = await send(door, 'GET', path, undefined, until)
    if (response.statusCode !== 200) await read(response, door)
    const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      if (line !== '' && listener(parsed(line, door)) === true) {
        response.destroy()
        return 'told'
      }
    }
  } catch (error) {
    if (until.aborted) return 'aborted'
    throw lost(door, error)
  }
  return until.aborted ? 'aborted' : 'ended'
}

function send(
  door: Door,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers =
    text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  const call = request({ socketPath: door.socketPath, method, path, headers, signal }, resolve)
  call.on('error', (error) => reject(lost(door, error)))
  call.end(text)
  return promise
}

async function read(response: IncomingMessage, door: Door): Promise<unknown> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer) // no encoding is set: a Buffer
  } catch (error) {
    throw lost(door, error)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const value = text === '' ? undefined : parsed(text, door)
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return value
  throw refusal(value, status)
}

function parsed(text: string, door: Door): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw lost(door, error)
  }
}

const Refusal = z.object({
  error: z.object({
    code: z.enum(Object.keys(CODES) as Code[]), // CODES has no keys but codes
    message: z.string(),
    details: z.optional(z.array(z.string())),
    mistakes: z.optional(z.array(z.unknown())),
  }),
})

/** The controller's own error, with its code; where it found mistakes in a file, a line each, and they as its cause. */
function refusal(value: unknown, status: number): HypernetError {
  const parsed = Refusal.safeParse(value)
  if (!parsed.success)
    return new HypernetError(
      'CONTROLLER_LOST',
      `found HTTP ${status} without a reason; is this a controller? Try: hypernet doctor`,
    )
  const { code, message, details = [], mistakes } = parsed.data.error
  return new HypernetError(code, details.length > 0 ? details.join('\n') : message, mistakes)
}

function lost(door: Door, error: unknown): HypernetError {
  if (error instanceof HypernetError) return error
  const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
  const isAbsent = reason === 'ENOENT' || reason === 'ECONNREFUSED'
  const noFile = isAbsent && door.without !== undefined
  const hint = noFile
    ? 'Go to the folder of one, name it with -c FILE, or write one with: hypernet init'
    : isAbsent
      ? 'Start it with: hypernet up'
      : 'Look at the terminal of hypernet up'
  const first = noFile ? `no controller.yaml in ${door.without}, and ` : ''
  return new HypernetError(
    'CONTROLLER_LOST',
    `${first}no controller answers at ${door.socketPath} (${reason}). ${hint}`,
    error,
  )
}
