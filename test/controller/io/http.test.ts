import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { type Entry, silentLog } from '../../../agent/io/log.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { type ApiHost, serveApi } from '../../../controller/io/http.ts'

/** A socket's path must be short, so it does not stand in tap's own folders. */
const folder = mkdtempSync(join(tmpdir(), 'hn-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
let sockets = 0
const freshSocket = () => join(folder, `${sockets++}.sock`)

const mistake = { file: 'job.yaml', line: 6, column: 3, path: 'spec.modle', text: 'unknown key.' }
/** An API host that answers what the test can foresee; a real one stands in test/controller/driver.test.ts. */
const host = (more: Partial<ApiHost> = {}): ApiHost => ({
  status: () => ({ fleet: 'lab' }),
  jobs: () => [{ job: 'soil' }],
  job: (job) => {
    if (job === 'soil') return { job }
    throw new HypernetError('NOT_FOUND', `no job ${job}`)
  },
  progress: (job, device) => ({ job, device }),
  result: (_job, options) => options,
  submit: async (file, text) =>
    text === 'good'
      ? { ok: true, jobs: [{ job: file }] }
      : { ok: false, mistakes: [{ ...mistake, source: '  modle: x' }, mistake] },
  cancel: () => {
    throw new HypernetError('BAD_USAGE', 'job soil has ended already')
  },
  nodes: () => [{ node: 'a' }],
  forgetNode: (node) => ({ node }),
  follow: () => () => {},
  ...more,
})

interface Answer {
  status: number
  body: unknown
}
const send = async (socketPath: string, method: string, path: string, body?: string) => {
  const call = request({ socketPath, method, path, agent: false })
  call.end(body)
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  return response
}
const ask = async (
  socketPath: string,
  method: string,
  path: string,
  body?: string,
): Promise<Answer> => {
  const response = await send(socketPath, method, path, body)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return {
    status: response.statusCode ?? 0,
    body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
  }
}

t.test('answers what a controller knows, as JSON', async (t) => {
  const socket = freshSocket()
  const api = await serveApi(socket, host(), silentLog)
  const table: [string, string, string | undefined, number, unknown][] = [
    ['GET', '/v1/status', undefined, 200, { fleet: 'lab' }],
    ['GET', '/v1/jobs', undefined, 200, { jobs: [{ job: 'soil' }] }],
    ['GET', '/v1/jobs/soil', undefined, 200, { job: 'soil' }],
    ['GET', '/v1/jobs/soil/progress?device=a', undefined, 200, { job: 'soil', device: 'a' }],
    ['GET', '/v1/jobs/soil/result', undefined, 200, { certificate: false, history: 0 }],
    [
      'GET',
      '/v1/jobs/soil/result?certificate&history=9',
      undefined,
      200,
      { certificate: true, history: 9 },
    ],
    ['GET', '/v1/nodes', undefined, 200, { nodes: [{ node: 'a' }] }],
    ['DELETE', '/v1/nodes/a', undefined, 200, { node: 'a' }],
    [
      'POST',
      '/v1/jobs',
      '{"file":"soil.yaml","text":"good"}',
      201,
      { jobs: [{ job: 'soil.yaml' }] },
    ],
    [
      'POST',
      '/v1/jobs',
      JSON.stringify({ file: 'a\n\u001b[2J\u202e', text: 'good' }),
      201,
      { jobs: [{ job: 'a\\n\\u001b[2J\\u202e' }] },
    ],
  ]
  for (const [method, path, body, status, expected] of table)
    t.same(await ask(socket, method, path, body), { status, body: expected }, `${method} ${path}`)
  await api.close()
})

t.test('refuses with code, message and a line a mistake', async (t) => {
  const socket = freshSocket()
  const api = await serveApi(socket, host(), silentLog)
  const long = JSON.stringify({ file: 'f', text: 'x'.repeat(6 * LIMITS.jobFile + 4 * LIMITS.blob) })
  const table: [string, string, string | undefined, number, object][] = [
    ['GET', '/v1/jobs/none', undefined, 404, { code: 'NOT_FOUND', message: 'no job none' }],
    ['GET', '/v1/jobs/none/events', undefined, 404, { code: 'NOT_FOUND' }],
    ['GET', '/v1/jobs/soil/progress', undefined, 400, { code: 'BAD_ID' }],
    ['GET', '/v1/jobs/NO', undefined, 400, { code: 'BAD_ID' }],
    ['GET', '/v2/jobs', undefined, 404, { message: 'no such address: GET "/v2/jobs"' }],
    ...['1.5', 'abc', '-1', '1001', '1e2', ''].map(
      (text): [string, string, undefined, 400, object] => [
        'GET',
        `/v1/jobs/soil/result?history=${text}`,
        undefined,
        400,
        {
          code: 'BAD_USAGE',
          message: `history: found "${text}", wanted a whole number from 0 to 1000`,
        },
      ],
    ),
    ['GET', '/v1/jobs/soil/result/x', undefined, 404, { code: 'NOT_FOUND' }],
    ['PUT', '/v1/jobs/soil', undefined, 404, { code: 'NOT_FOUND' }],
    ['DELETE', '/v1/jobs/soil', undefined, 400, { code: 'BAD_USAGE' }],
    ['POST', '/v1/jobs', 'not json', 400, { code: 'BAD_USAGE', message: 'the body is not JSON' }],
    ['POST', '/v1/jobs', '{"file":"a"}', 400, { message: /wanted \{"file"/ }],
    ['POST', '/v1/jobs', '{"file":"a","text":"good","more":1}', 400, { code: 'BAD_USAGE' }],
    ['POST', '/v1/jobs', long, 413, { code: 'TOO_LARGE' }],
    [
      'POST',
      '/v1/jobs',
      '{"file":"job.yaml","text":"bad"}',
      422,
      {
        code: 'BAD_JOB',
        message: 'job.yaml has 2 mistakes',
        details: ['job.yaml:6:3 spec.modle: unknown key.', 'job.yaml:6:3 spec.modle: unknown key.'],
        mistakes: [mistake, mistake],
      },
    ],
  ]
  for (const [method, path, body, status, error] of table)
    t.match(await ask(socket, method, path, body), { status, body: { error } }, `${method} ${path}`)
  t.equal((await ask(socket, 'GET', '/v1/status')).status, 200, 'it is still up')
  await api.close()
})

t.test('a mistake of our own is logged, not told', async (t) => {
  const socket = freshSocket()
  const log: Entry[] = []
  const broken = host({
    status: () => {
      throw new TypeError('x is not a function of /home/somebody')
    },
  })
  const api = await serveApi(socket, broken, (entry) => log.push(entry))
  t.match(await ask(socket, 'GET', '/v1/status'), {
    status: 500,
    body: { error: { code: 'INVARIANT', message: /the log of the controller has it/ } },
  })
  t.match(log, [{ level: 'error', message: /x is not a function/ }])
  await api.close()
})

t.test('a client that hangs up in mid-body is no mistake of ours', async (t) => {
  const socket = freshSocket()
  const log: Entry[] = []
  const api = await serveApi(socket, host(), (entry) => log.push(entry))
  const raw = connect(socket)
  raw.write('POST /v1/jobs HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"file":')
  // The answer to a second client says that the server has read what the first one sent.
  t.equal((await ask(socket, 'GET', '/v1/status')).status, 200)
  raw.destroy()
  await once(raw, 'close')
  t.equal((await ask(socket, 'GET', '/v1/status')).status, 200)
  await api.close()
  t.strictSame(log, [])
})

t.test('streams events a line each until there are no more', async (t) => {
  const socket = freshSocket()
  let tell: (event: unknown) => void = () => {}
  let end = () => {}
  let stopped = 0
  const api = await serveApi(
    socket,
    host({
      follow: (job, listener, ended) => {
        listener({ event: 'job', job })
        tell = listener
        end = ended
        return () => stopped++
      },
    }),
    silentLog,
  )
  const response = await send(socket, 'GET', '/v1/jobs/soil/events')
  t.equal(response.headers['content-type'], 'application/x-ndjson')
  const lines = createInterface({ input: response })[Symbol.asyncIterator]()
  t.same((await lines.next()).value, '{"event":"job","job":"soil"}')
  tell({ event: 'progress', heard: 3 })
  t.same((await lines.next()).value, '{"event":"progress","heard":3}')
  end()
  t.equal((await lines.next()).done, true)
  t.equal(stopped, 1)
  await api.close()
})

t.test('a stream of a job that has ended ends after what stands', async (t) => {
  const socket = freshSocket()
  let stopped = 0
  const api = await serveApi(
    socket,
    host({
      follow: (_job, listener, ended) => {
        listener({ event: 'job' })
        ended()
        return () => stopped++
      },
    }),
    silentLog,
  )
  const response = await send(socket, 'GET', '/v1/jobs/soil/events')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  t.same(Buffer.concat(chunks).toString(), '{"event":"job"}\n')
  t.ok(stopped > 0)
  await api.close()
})

t.test('a reader that goes away is no longer told', async (t) => {
  const socket = freshSocket()
  const { promise, resolve } = Promise.withResolvers<void>()
  const api = await serveApi(socket, host({ follow: () => () => resolve() }), silentLog)
  const response = await send(socket, 'GET', '/v1/events')
  response.destroy()
  await promise
  t.pass('it was stopped')
  await api.close()
})

t.test('only its owner may use the socket, and a second controller is told so', async (t) => {
  const socket = freshSocket()
  const api = await serveApi(socket, host(), silentLog)
  t.equal(statSync(socket).mode & 0o777, 0o600)
  await t.rejects(serveApi(socket, host(), silentLog), {
    code: 'STORE_FAILED',
    message: /another controller answers at/,
  })
  t.equal((await ask(socket, 'GET', '/v1/status')).status, 200, 'the first one goes on')
  await api.close()
})

t.test('a socket that a killed controller left is taken over', async (t) => {
  const socket = freshSocket()
  const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal(existsSync(socket), true)
  const api = await serveApi(socket, host(), silentLog)
  t.equal((await ask(socket, 'GET', '/v1/status')).status, 200)
  await api.close()
})

t.test('a path that is too long for a socket is told as such', async (t) => {
  await t.rejects(serveApi(join(folder, 'x'.repeat(120)), host(), silentLog), {
    code: 'STORE_FAILED',
    message: /at most 107 bytes/,
  })
})
