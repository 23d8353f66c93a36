import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/**
 * A server behind a UNIX socket that answers as the API of a controller does (docs/operating.md).
 * @param answers by path: a document, or a list of events, one a line; any other path is not found
 * @returns the socket's path
 */
export async function answering(t: Test, answers: Record<string, unknown>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hn-'))
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? '']
    const error = { code: 'NOT_FOUND', message: `no ${request.url}`, details: [] }
    response.writeHead(answer === undefined ? 404 : 200)
    response.end(
      Array.isArray(answer)
        ? answer.map((event) => `${JSON.stringify(event)}\n`).join('')
        : JSON.stringify(answer ?? { error }),
    )
  }).listen(join(folder, 'a.sock'))
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  return join(folder, 'a.sock')
}

/** A job as the API tells it. */
export const jobIn = (phase: string, message: string) => ({
  job: 'a',
  phase,
  message,
  model: 'average',
  method: 'flood',
  submittedAt: 0,
  devices: 3,
  results: 0,
})
