import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import * as z from 'zod/mini'
import { systemClock } from '../../../../agent/io/clock.ts'
import { openRpc } from '../../../../controller/io/chain/rpc.ts'

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
