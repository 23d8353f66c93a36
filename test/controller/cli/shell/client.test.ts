import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { clientOf } from '../../../../controller/cli/shell/client.ts'

const never = new AbortController().signal

/** A client of a server that answers like this, behind a socket of its own. */
async function clientFor(t: Test, answer: RequestListener) {
  const folder = mkdtempSync(join(tmpdir(), 'hn-'))
  const path = join(folder, 'a.sock')
  const server = createServer(answer).listen(path)
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  return { client: clientOf(path), path }
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

t.test('sends what is posted as JSON and gives back the answer', async (t) => {
  const { client } = await clientFor(t, async (request, response) => {
    const chunks = await request.toArray()
    const text = Buffer.concat(chunks).toString()
    json(201, { method: request.method, url: request.url, text })(request, response)
  })
  t.strictSame(await client.post('/v1/jobs', { file: 'ä' }), {
    method: 'POST',
    url: '/v1/jobs',
    text: '{"file":"ä"}',
  })
  t.match(await client.remove('/v1/jobs/a'), { method: 'DELETE', text: '' })
})

t.test('an error keeps its code; several mistakes are a line each', async (t) => {
  const details = ['job.yaml:1:1 a', 'job.yaml:2:1 b']
  const error = { code: 'BAD_JOB', message: 'job.yaml has 2 mistakes', details }
  const { client } = await clientFor(t, json(422, { error }))
  await t.rejects(client.get('/'), { code: 'BAD_JOB', message: details.join('\n') })
  const missing = { code: 'NOT_FOUND', message: 'no job a', details: [] }
  const other = await clientFor(t, json(404, { error: missing }))
  await t.rejects(other.client.get('/'), { code: 'NOT_FOUND', message: 'no job a' })
})

t.test('an answer that is none of a controller is a controller that is not there', async (t) => {
  const answers: RequestListener[] = [
    (_, response) => response.end('<html>'),
    json(500, { error: 'other' }),
    json(500, { error: { code: 'NO_SUCH_CODE', message: 'a' } }),
    (request) => request.socket.destroy(),
    (_, response) => {
      response.writeHead(200, { 'content-length': 10 })
      response.write('{', () => response.destroy())
    },
  ]
  for (const answer of answers) {
    const { client } = await clientFor(t, answer)
    await t.rejects(client.get('/v1/status'), { code: 'CONTROLLER_LOST' })
  }
})

t.test('nobody at the socket: says how to start a controller', async (t) => {
  await t.rejects(clientOf('/nowhere/a.sock').get('/'), {
    code: 'CONTROLLER_LOST',
    message: 'no controller answers at /nowhere/a.sock (ENOENT). Start it with: hypernet up',
  })
})

t.test('follows events line by line until it is told enough', async (t) => {
  const { client } = await clientFor(t, (_, response) => {
    response.write('{"n":1}\n{"n"')
    response.write(':2}\n{"n":3}\n')
  })
  const heard: unknown[] = []
  const end = await client.follow('/', (event) => heard.push(event) === 2, never)
  t.equal(end, 'told')
  t.strictSame(heard, [{ n: 1 }, { n: 2 }])
})

t.test('says whether events ended or were given up', async (t) => {
  const ending = await clientFor(t, (_, response) => response.end('{"n":1}\n'))
  t.equal(await ending.client.follow('/', () => undefined, never), 'ended')
  const endless = await clientFor(t, (_, response) => response.write('{"n":1}\n'))
  const stop = new AbortController()
  const followed = endless.client.follow(
    '/',
    () => {
      stop.abort()
      return undefined
    },
    stop.signal,
  )
  t.equal(await followed, 'aborted')
  t.equal(await endless.client.follow('/', () => true, AbortSignal.abort()), 'aborted')
})

t.test('events that break off are a controller that is lost', async (t) => {
  const { client } = await clientFor(t, (_, response) => {
    response.write('{"n":1}\n{"n":', () => response.destroy())
  })
  await t.rejects(
    client.follow('/', () => undefined, never),
    { code: 'CONTROLLER_LOST' },
  )
})

t.test('an error instead of events keeps its code', async (t) => {
  const error = { code: 'NOT_FOUND', message: 'no job a', details: [] }
  const { client } = await clientFor(t, json(404, { error }))
  await t.rejects(
    client.follow('/', () => true, never),
    { code: 'NOT_FOUND' },
  )
})
