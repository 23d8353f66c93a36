import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { systemClock } from '../../../../agent/io/clock.ts'
import { chainFindings } from '../../../../controller/cli/doctor/chain.ts'
import { ControllerConfig } from '../../../../controller/config.ts'
import { Count } from '../../../../controller/io/chain/answers.ts'
import { checkDeployment, openClient, urlOf } from '../../../../controller/io/chain/client.ts'
import { openRpc } from '../../../../controller/io/chain/rpc.ts'
import { endpointOf, shownUrl, withoutSecrets } from '../../../../controller/io/chain/rpcUrl.ts'
import { onChain } from '../../../../controller/io/chain/trouble.ts'
import { hear, openBridgeStage } from '../../../chain/bridgeStage.ts'

const SECRETS = ['alice', 'pass%2Fword', 'pass/word', 'k3yInThePath', 'k3yInTheQuery']
const secretUrl = (host: string) =>
  `http://alice:pass%2Fword@${host}/v3/k3yInThePath?apikey=k3yInTheQuery`
const told = (error: unknown): string => {
  const own = error instanceof Error ? `${error.stack} ${error.message}` : String(error)
  return error instanceof Error && error.cause ? `${own} ${told(error.cause)}` : own
}
const leaks = (text: string) => SECRETS.filter((each) => text.includes(each))

/** A server that answers each request with this, and keeps what it was asked with. */
async function serve(tap: Pick<typeof t, 'teardown'>, status: number, body?: string) {
  const asked: { url?: string | undefined; authorization?: string | undefined }[] = []
  const server = createServer((incoming, outgoing) => {
    const { authorization } = incoming.headers
    asked.push({ url: incoming.url, authorization })
    outgoing.writeHead(status, { 'content-type': 'application/json' })
    outgoing.end(body ?? `no ${incoming.url} for ${SECRETS.join(' ')}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  tap.teardown(() => server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  return { host: `127.0.0.1:${port}`, asked }
}

t.test('of an address scheme, host and port are shown', (t) => {
  for (const [url, shown] of [
    [secretUrl('rpc.example:8545'), 'http://rpc.example:8545'],
    ['https://rpc.example/k3y', 'https://rpc.example'],
    ['rpc.example:1', 'rpc.example:1'],
    ['no address k3y', '?'],
  ] as const)
    t.equal(shownUrl(url), shown)
  t.equal(
    withoutSecrets(`a ${secretUrl('h')} b k3yInThePath pass/word`, secretUrl('h')),
    'a http://h b … …',
  )
  t.strictSame(endpointOf('http://h/a'), { href: 'http://h/a', headers: {} })
  t.end()
})

t.test('credentials in an address are hidden, however short they are', (t) => {
  const url = 'http://u:pw@h/v3'
  for (const [text, shown] of [
    [`cannot reach ${url} now`, 'cannot reach http://h now'],
    ['cannot reach http://u:pw@h:80/other', 'cannot reach http://…@h:80/other'],
    ['moved to https://u@other', 'moved to https://…@other'],
    ['a user must put it up', 'a user must put it up'],
    ['write to me@h', 'write to me@h'],
  ] as const)
    t.equal(withoutSecrets(text, url), shown)
  t.end()
})

t.test('a short name in an address spoils neither results nor refusals', async (t) => {
  const answer = (fields: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, ...fields })
  const asUser = (host: string) => `http://u:result@${host}`
  const good = await serve(t, 200, answer({ result: '0x7a69' }))
  t.equal(await openClient(1, [asUser(good.host)]).getChainId(), 31_337)
  const data = `0x08c379a0${'00'.repeat(32)}`
  const error = { code: 3, message: 'execution reverted, no result', data }
  const bad = await serve(t, 200, answer({ error }))
  const refused = await openClient(1, [asUser(bad.host)])
    .getChainId()
    .catch((error: unknown) => error)
  t.match(refused, { details: 'execution reverted, no …', data })
})

t.test('a password in an address is sent as HTTP wants it', async (t) => {
  const { host, asked } = await serve(t, 200, '{"jsonrpc":"2.0","id":1,"result":"0x7"}')
  const rpc = openRpc([secretUrl(host)], systemClock)
  t.equal(await rpc.ask('eth_blockNumber', [], Count), 7)
  const url = '/v3/k3yInThePath?apikey=k3yInTheQuery'
  const authorization = `Basic ${Buffer.from('alice:pass/word').toString('base64')}`
  t.strictSame(asked.splice(0), [{ url, authorization }])
  await openClient(1, [secretUrl(host)]).getChainId()
  t.strictSame(asked, [{ url, authorization }])
})

const deployment = {
  chainId: 31_337,
  block: 0,
  token: `0x${'00'.repeat(20)}`,
  timelock: `0x${'00'.repeat(20)}`,
  governor: `0x${'00'.repeat(20)}`,
  vault: `0x${'00'.repeat(20)}`,
  escrow: `0x${'00'.repeat(20)}`,
  factory: `0x${'00'.repeat(20)}`,
} as const

t.test('no failure shows what an address holds', async (t) => {
  const refusal = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    error: { code: -32000, message: `no project ${SECRETS.join(' ')}` },
  })
  const hosts = [
    '127.0.0.1:1',
    ...(
      await Promise.all([serve(t, 404), serve(t, 200), serve(t, 500, '{}'), serve(t, 200, refusal)])
    ).map(({ host }) => host),
  ]
  const dir = t.testdir({ 'market.json': JSON.stringify(deployment) })
  for (const host of hosts) {
    const url = secretUrl(host)
    const rpc = openRpc([url], systemClock)
    const client = openClient(deployment.chainId, [url])
    const acts: (() => Promise<unknown>)[] = [
      () => rpc.ask('eth_blockNumber', [], Count),
      () => client.getChainId(),
      () => onChain(client, () => client.getChainId()),
      () => checkDeployment(client, deployment),
    ]
    for (const act of acts) {
      const text = await act().then(() => 'nothing failed', told)
      t.match(text, /127\.0\.0\.1|no project/)
      t.strictSame(leaks(text), [], `${host}: ${text}`)
    }
    const answer = await rpc.tryAsk('eth_blockNumber', [], Count).catch(told)
    t.strictSame(leaks(JSON.stringify(answer)), [])
    t.equal(urlOf(client), `http://${host}`)
    const findings = await chainFindings({ urls: [url], deployment: `${dir}/market.json` })
    t.strictSame(leaks(JSON.stringify(findings)), [])
  }
})

t.test('an address that is none is not quoted', (t) => {
  const found = ControllerConfig.safeParse({
    fleet: 'site',
    chain: { rpc: ['wss://alice:pass@h'], deployment: 'm', relayKey: { file: 'k' } },
  })
  t.match(found.error?.issues, [{ message: 'wanted an address such as https://rpc.example.' }])
  t.end()
})

t.test('neither log, events nor store show what an address holds', async (t) => {
  const stage = await openBridgeStage()
  t.teardown(() => stage.stop())
  const { host } = new URL(stage.anvil.url)
  const logged: string[] = []
  const heard = hear(stage, {
    urls: [secretUrl('127.0.0.1:1'), secretUrl(host)],
    log: ({ message }) => logged.push(message),
    broke: (error) => logged.push(told(error)),
  })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await heard.until(() => logged.length > 0)
  t.strictSame(leaks([...logged, JSON.stringify(heard.events)].join(' ')), [])
  t.match(logged.join(' '), /127\.0\.0\.1:1/)
})
