import { existsSync, unlinkSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import * as z from 'zod/mini'
import type { Log } from '../../agent/io/log.ts'
import { type Code, HypernetError } from '../../agent/wire/errors.ts'
import { type JobId, jobId, type NodeId, nodeId, quote } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { formatMistake, type Mistake } from '../../agent/wire/mistake.ts'
import { printable } from '../../agent/wire/printable.ts'
import type { DataFiles } from './jobFiles.ts'

/** What the API asks of the controller. What comes back is sent as JSON. */
export interface ApiHost {
  status(): unknown
  jobs(): readonly unknown[]
  /** @throws HypernetError `NOT_FOUND` */
  job(job: JobId): unknown
  /** What a device tells of a job. @throws HypernetError `NOT_FOUND` */
  progress(job: JobId, node: NodeId): unknown
  /** @throws HypernetError `NOT_FOUND` while there is no result */
  result(job: JobId, options: { certificate: boolean; history: number }): unknown
  submit(file: string, text: string, data?: DataFiles): Promise<Submission>
  /** @throws HypernetError `NOT_FOUND`, or `BAD_USAGE` when it has ended */
  cancel(job: JobId): unknown
  nodes(): readonly unknown[]
  /** Forgets a device and its pinned key. @throws HypernetError `NOT_FOUND` */
  forgetNode(node: NodeId): unknown
  /**
   * Streams events, of one job or all, beginning with what stands now. `ended` is called when there
   * will be no more, perhaps before this returns. @returns a function that stops it
   */
  follow(job: JobId | undefined, listener: (event: unknown) => void, ended: () => void): () => void
}
export type Submission<Job = unknown> =
  | { readonly ok: true; readonly jobs: readonly Job[] }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] }

/** JSON of a job file may be longer than the file: each character can become six. Beside it the rows that it names. */
const BODY_BYTES = 6 * LIMITS.jobFile + 4 * LIMITS.blob
/** An event reader that lags by more is cut off; it can ask again. */
const LAG_BYTES = 1024 * 1024
/** Sockets of one machine's user; a script that leaks them must not take all our files. */
const CONNECTIONS = 64

const Body = z.strictObject({
  file: z.string().check(z.minLength(1), z.maxLength(1024)),
  text: z.string(),
  /** Files that its jobs name under `data`, by these names. */
  data: z.optional(z.record(z.string(), z.string())),
})

export interface Api {
  close(): Promise<void>
}

/**
 * Serves the local API, HTTP and JSON over a UNIX socket of mode 600.
 * @throws HypernetError `STORE_FAILED` when it cannot, or another controller answers there
 */
export async function serveApi(socketPath: string, host: ApiHost, log: Log): Promise<Api> {
  await clearStaleSocket(socketPath)
  const server = createServer((request, response) => {
    respond(host, request, response).catch((error: unknown) => fail(response, error, log))
  })
  server.maxConnections = CONNECTIONS
  server.headersTimeout = 5_000
  server.requestTimeout = 30_000
  await listen(server, socketPath)
  await chmod(socketPath, 0o600)
  return {
    close: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      server.closeAllConnections()
      return promise
    },
  }
}

async function respond(host: ApiHost, request: IncomingMessage, response: ServerResponse) {
  const url = URL.parse(request.url ?? '/', 'http://controller')
  if (!url) throw unknownRoute(request.method ?? 'GET', request.url ?? '')
  const [version, collection, id, part, ...rest] = url.pathname.split('/').slice(1)
  const method = request.method ?? 'GET'
  const route = `${method} ${collection ?? ''}${id ? '/:id' : ''}${part ? `/${part}` : ''}`
  if (version !== 'v1' || rest.length > 0) throw unknownRoute(method, url.pathname)
  switch (route) {
    case 'GET status':
      return send(response, 200, host.status())
    case 'GET jobs':
      return send(response, 200, { jobs: host.jobs() })
    case 'POST jobs':
      return submit(host, request, response)
    case 'GET jobs/:id':
      return send(response, 200, host.job(jobId(id ?? '')))
    case 'DELETE jobs/:id':
      return send(response, 200, host.cancel(jobId(id ?? '')))
    case 'GET jobs/:id/progress':
      return send(
        response,
        200,
        host.progress(jobId(id ?? ''), nodeId(url.searchParams.get('device') ?? '')),
      )
    case 'GET jobs/:id/result':
      return send(
        response,
        200,
        host.result(jobId(id ?? ''), {
          certificate: url.searchParams.has('certificate'),
          history: historyOf(url.searchParams.get('history')),
        }),
      )
    case 'GET jobs/:id/events':
      host.job(jobId(id ?? ''))
      return stream(host, jobId(id ?? ''), response)
    case 'GET events':
      return stream(host, undefined, response)
    case 'GET nodes':
      return send(response, 200, { nodes: host.nodes() })
    case 'DELETE nodes/:id':
      return send(response, 200, host.forgetNode(nodeId(id ?? '')))
    default:
      throw unknownRoute(method, url.pathname)
  }
}

/** How many earlier results are wanted. @throws HypernetError `BAD_USAGE` */
function historyOf(text: string | null): number {
  if (text === null) return 0
  if (/^\d{1,9}$/.test(text) && Number(text) <= LIMITS.results) return Number(text)
  throw new HypernetError(
    'BAD_USAGE',
    `history: found ${quote(text)}, wanted a whole number from 0 to ${LIMITS.results}`,
  )
}

async function submit(host: ApiHost, request: IncomingMessage, response: ServerResponse) {
  const parsed = Body.safeParse(await readJson(request))
  if (!parsed.success)
    throw new HypernetError(
      'BAD_USAGE',
      'body: wanted {"file": "name for messages", "text": "the job file"}',
    )
  const { text, data = {} } = parsed.data
  // It goes into messages, and so onto terminals and into the log.
  const file = printable(parsed.data.file)
  const submission = await host.submit(file, text, new Map(Object.entries(data)))
  if (submission.ok) return send(response, 201, { jobs: submission.jobs })
  const details = submission.mistakes.map(formatMistake)
  const message = details.length === 1 ? `${details[0]}` : `${file} has ${details.length} mistakes`
  const mistakes = submission.mistakes.map(({ source: _line, ...mistake }) => mistake)
  send(response, 422, { error: { code: 'BAD_JOB' satisfies Code, message, details, mistakes } })
}

function stream(host: ApiHost, job: JobId | undefined, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  response.flushHeaders()
  let over = false
  let stop: (() => void) | undefined
  const finish = () => {
    if (!over && !response.writableEnded) response.end()
    over = true
    stop?.()
    stop = undefined
  }
  response.on('close', finish)
  response.on('error', finish)
  stop = host.follow(
    job,
    (event) => {
      if (over) return
      if (response.writableLength > LAG_BYTES) response.destroy()
      else response.write(`${JSON.stringify(event)}\n`)
    },
    finish,
  )
  // `finish` may have been called before `follow` returned what stops it.
  if (over) finish()
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request) {
      const bytes = chunk as Buffer // no encoding is set on the request
      size += bytes.length
      // Read to its end all the same: a client that is cut off in mid-sentence gets no answer.
      if (size <= BODY_BYTES) chunks.push(bytes)
    }
  } catch (error) {
    // A client may go away at any time: no mistake of ours, and nobody is left to be told.
    throw new HypernetError('BAD_USAGE', 'the connection ended before the body', error)
  }
  if (size > BODY_BYTES)
    throw new HypernetError('TOO_LARGE', `body of ${size} bytes, wanted at most ${BODY_BYTES}`)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new HypernetError('BAD_USAGE', 'the body is not JSON', error)
  }
}

const STATUS: Partial<Record<Code, number>> = {
  NOT_FOUND: 404,
  BAD_ID: 400,
  BAD_USAGE: 400,
  BAD_JOB: 422,
  BAD_EXPRESSION: 422,
  TOO_LARGE: 413,
  BROKER_LOST: 503,
}

function fail(response: ServerResponse, error: unknown, log: Log): void {
  const known = error instanceof HypernetError
  if (!known)
    log({ level: 'error', kind: 'api', message: `API: ${(error as Error)?.stack ?? error}` })
  if (response.headersSent) return void response.destroy()
  const code: Code = known ? error.code : 'INVARIANT'
  const message = known ? error.message : 'a mistake of our own; the log of the controller has it'
  send(response, STATUS[code] ?? 500, { error: { code, message, details: [] } })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

const unknownRoute = (method: string, path: string): HypernetError =>
  new HypernetError('NOT_FOUND', `no such address: ${method} ${quote(path)}`)

/**
 * Removes a socket that a killed controller left.
 * @throws HypernetError `STORE_FAILED` when it answers: it belongs to a living one
 */
export async function clearStaleSocket(socketPath: string): Promise<void> {
  if (!existsSync(socketPath)) return
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const probe = connect(socketPath, () => resolve(true)).on('error', () => resolve(false))
  const alive = await promise
  probe.destroy()
  if (alive)
    throw new HypernetError(
      'STORE_FAILED',
      `another controller answers at ${socketPath}; stop it first, or use another state folder`,
    )
  unlinkSync(socketPath)
}

function listen(server: Server, socketPath: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error) =>
    reject(
      new HypernetError(
        'STORE_FAILED',
        `cannot listen at ${socketPath}: ${error.message}; a socket's path has at most 107 bytes`,
        error,
      ),
    ),
  )
  server.listen(socketPath, resolve)
  return promise
}
