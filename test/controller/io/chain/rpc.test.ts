import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import * as z from 'zod/mini'
import { systemClock } from '../../../../agent/io/clock.ts'
import { isTooLong, openRpc } from '../../../../controller/io/chain/rpc.ts'

const KEY = '0123456789abcdef0123456789abcdef'

t.test('a quote that ends within a key shows no part of it', async (t) => {
  let before = 0
  const server = createServer((request, response) => {
    response.end(`${'x'.repeat(before)}${request.url}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  const rpc = openRpc([`http://127.0.0.1:${port}/v3/${KEY}`], systemClock)
  t.teardown(() => rpc.close())
  for (before of [0, 60, 70, 80, 90, 100, 200]) {
    const error = await rpc.ask('eth_chainId', [], z.unknown()).catch((error: unknown) => error)
    t.match(error, { code: 'CHAIN_LOST', message: /no JSON/ })
    t.notMatch(String(error), KEY.slice(0, 6))
  }
})

t.test('what nodes say of answers that are too long is told from other refusals', async (t) => {
  let message = ''
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32005, message } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  const rpc = openRpc([`http://127.0.0.1:${port}`], systemClock)
  t.teardown(() => rpc.close())
  for (const [text, isLong] of [
    // As Infura and geth, Alchemy, Erigon, jsonrpsee, Bor and Reth say it.
    ['query returned more than 10000 results', true],
    ['Log response size exceeded. You can make requests with up to a 2K block range', true],
    ['response size exceeded limit', true],
    ['Response is too large', true],
    ['logs matched by query exceeds limit of 10000', true],
    ['query exceeds max results 20000, retry with the range 1-5', true],
    ['You have exceeded the requests of your plan, please login to upgrade it', false],
    ['too many catalogs', false],
    ['rate limit exceeded: too many eth_getLogs results', false],
    ['header not found', false],
  ] as const) {
    message = text
    const error = await rpc.ask('eth_getLogs', [], z.unknown()).catch((error: unknown) => error)
    t.equal(isTooLong(error), isLong, text)
  }
})
