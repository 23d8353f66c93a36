import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { openStore } from '../../../../controller/io/store.ts'
import { hear, openBridgeStage, testJob } from '../../../chain/bridgeStage.ts'
import { type Fault, openFaultyRpc, type Request } from '../../../chain/faultyRpc.ts'

const stage = await openBridgeStage()
const proxy = await openFaultyRpc(stage.anvil.url)
t.teardown(async () => {
  await proxy.close()
  await stage.stop()
})
t.beforeEach(() => {
  proxy.fault = () => undefined
})
let serial = 0

const linksOf = (heard: ReturnType<typeof hear>) =>
  heard.events.flatMap((event) => (event.kind === 'link' ? [event.up] : []))

t.test(
  'a chain that is away is told once, and so is its return; what is wanted waits',
  async (t) => {
    const job = await testJob(stage, ++serial)
    const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
    t.teardown(() => heard.bridge.close())
    await heard.bridge.start()
    await heard.until(() => linksOf(heard).length === 1)
    proxy.fault = () => 'lost'
    await heard.until(() => linksOf(heard).length === 2)
    heard.bridge.want(job.create)
    const asked = proxy.requests.length
    await heard.until(() => proxy.requests.length > asked + 5)
    proxy.fault = () => undefined
    await heard.reaches(job.create, 'final')
    t.strictSame(linksOf(heard), [true, false, true])
  },
)

t.test('a chain that is away at the start is no error', async (t) => {
  const job = await testJob(stage, ++serial)
  proxy.fault = () => 'lost'
  const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  heard.bridge.want(job.create)
  proxy.fault = () => undefined
  await heard.reaches(job.create, 'final')
  t.strictSame(linksOf(heard), [false, true])
  t.strictSame(heard.standing(job.address), ['JobCreated', 'JobOpened'])
})

const GARBAGE: readonly (readonly [what: string, fault: Fault])[] = [
  ['a page', { body: '<html>502 Bad Gateway</html>', status: 502 }],
  ['no JSON', { body: '{"jsonrpc":' }],
  ['an empty answer', { body: '' }],
  ['another JSON', { body: '[1,2,3]' }],
  ['null', { result: null }],
  ['a number', { result: 7 }],
  ['a negative quantity', { result: '-0x1' }],
  ['a huge quantity', { result: `0x${'f'.repeat(64)}` }],
  ['a wrong hash', { result: `0x${'ab'.repeat(32)}` }],
  ['an empty list', { result: [] }],
  ['an object', { result: {} }],
  ['a refusal', { error: { code: -32005, message: 'limit exceeded' } }],
  ['a block of another number', { change: (found) => changed(found, { number: '0x1' }) }],
  ['a block with no number', { change: (found) => changed(found, { number: 'many' }) }],
  ['another hash', { change: (found) => changed(found, { hash: `0x${'cd'.repeat(32)}` }) }],
  ['a future block', { change: (found) => changed(found, { number: '0xfffffffffff' }) }],
  [
    'a receipt of another',
    { change: (found) => changed(found, { transactionHash: `0x${'ef'.repeat(32)}` }) },
  ],
  [
    'a receipt elsewhere',
    { change: (found) => changed(found, { blockHash: `0x${'1'.repeat(64)}` }) },
  ],
]

function changed(found: unknown, fields: object): unknown {
  if (Array.isArray(found)) return found.map((each) => changed(each, fields))
  return typeof found === 'object' && found !== null ? { ...found, ...fields } : found
}

/** Everything that a bridge asks for. */
const METHODS = [
  'eth_getBlockByNumber',
  'eth_getLogs',
  'eth_getCode',
  'eth_estimateGas',
  'eth_maxPriorityFeePerGas',
  'eth_getTransactionCount',
  'eth_sendRawTransaction',
  'eth_getTransactionReceipt',
]

t.test('answers that are none change nothing, whichever request they answer', async (t) => {
  for (const method of METHODS) {
    const wrong: string[] = []
    for (const [what, fault] of GARBAGE) {
      // A block without events is nothing strange; only a second node could tell.
      if (method === 'eth_getLogs' && what === 'an empty list') continue
      const job = await testJob(stage, ++serial)
      const before = await stage.sentBy(stage.relayer.address)
      proxy.fault = () => undefined
      const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
      await heard.bridge.start()
      await heard.until(() => linksOf(heard).length === 1)
      let count = 0
      proxy.fault = (request: Request) =>
        request.method === method && count++ < 3 ? fault : undefined
      heard.bridge.watch(job.address)
      heard.bridge.want(job.create)
      heard.bridge.want(job.cancel)
      await heard.reaches(job.cancel, 'final')
      await heard.bridge.close()
      const sent = (await stage.sentBy(stage.relayer.address)) - before
      const names = heard.standing(job.address).join(' ')
      if (count === 0 || sent !== 2 || names !== 'JobCreated JobOpened JobEnded') {
        const steps = heard.events.flatMap((each) => (each.kind === 'step' ? [each] : []))
        const told = steps.map(({ step, state, reason }) => `${step} ${state} ${reason ?? ''}`)
        wrong.push(
          `${what}: asked ${count} times, sent ${sent}, heard ${names}; ${told.join('; ')}`,
        )
      }
    }
    t.strictSame(wrong, [], method)
  }
})

t.test('a node that lags behind is not believed', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: [proxy.url], confirmations: 1 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'mined')
  const old = await stage.client.request({
    method: 'eth_getBlockByNumber',
    params: [`0x${(heard.bridge.head.number - 3).toString(16)}`, false],
  })
  // All that an old node says of its newest block, and it lacks the receipt.
  let lagged = 0
  proxy.fault = ({ method, params }) => {
    if (method === 'eth_getBlockByNumber' && params[0] === 'latest') {
      lagged++
      return { result: old }
    }
    return method === 'eth_getTransactionReceipt' ? { result: null } : undefined
  }
  await heard.until(() => lagged > 10)
  proxy.fault = () => undefined
  await stage.mineBlocks(1)
  await heard.reaches(job.create, 'final')
  t.strictSame(heard.states(job.create), ['intent', 'signed', 'sent', 'mined', 'final'])
  t.notOk(heard.events.some(({ kind }) => kind === 'rewound' || kind === 'removed'))
  const heads = heard.events.flatMap((event) => (event.kind === 'head' ? [event.head.number] : []))
  t.strictSame(
    heads,
    [...heads].sort((a, b) => a - b),
    'heads never go back',
  )
})

t.test('another chain, and other code, are refused before anything is sent', async (t) => {
  proxy.reset()
  const wrongId = hear(stage, { urls: [proxy.url] })
  proxy.fault = ({ method }) => (method === 'eth_chainId' ? { result: '0x1' } : undefined)
  await t.rejects(wrongId.bridge.start(), { code: 'CHAIN_LOST', message: /has the id 1/ })
  await wrongId.bridge.close()
  proxy.fault = ({ method }) => (method === 'eth_getCode' ? { result: '0x6001' } : undefined)
  const wrongCode = hear(stage, { urls: [proxy.url] })
  await t.rejects(wrongCode.bridge.start(), { code: 'CHAIN_REFUSED', message: /another contract/ })
  await wrongCode.bridge.close()
  t.notOk(proxy.requests.some(({ method }) => method === 'eth_sendRawTransaction'))
})

t.test('a chain that turns into another one while it was away is sent nothing', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: [proxy.url] })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await heard.until(() => linksOf(heard).length === 1)
  proxy.fault = () => 'lost'
  await heard.until(() => linksOf(heard).length === 2)
  proxy.reset()
  proxy.fault = ({ method }) => (method === 'eth_chainId' ? { result: '0x1' } : undefined)
  heard.bridge.want(job.create)
  await heard.until(
    () => proxy.requests.filter(({ method }) => method === 'eth_chainId').length > 3,
  )
  t.ok(proxy.requests.every(({ method }) => method === 'eth_chainId'))
})

t.test('the next of several nodes is asked when one fails', async (t) => {
  const job = await testJob(stage, ++serial)
  proxy.fault = () => 'lost'
  const heard = hear(stage, { urls: [proxy.url, stage.anvil.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'mined')
  t.strictSame(heard.states(job.create), ['intent', 'signed', 'sent', 'mined'])
  t.not(linksOf(heard)[0], false, 'one of two that fails is no loss')
  proxy.fault = () => undefined
  await heard.reaches(job.create, 'final')
})

t.test('two nodes that do not agree on a block keep a step from being final', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: [stage.anvil.url, proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  proxy.fault = ({ method }) =>
    method === 'eth_getBlockByNumber'
      ? { change: (found) => changed(found, { hash: `0x${'cd'.repeat(32)}` }) }
      : undefined
  await heard.bridge.start()
  heard.bridge.want(job.create)
  await heard.until(() => /agree/.test(heard.bridge.steps(job.address)[0]?.reason ?? ''))
  t.equal(heard.bridge.steps(job.address)[0]?.state, 'mined')
  proxy.fault = () => undefined
  await heard.reaches(job.create, 'final')
})

t.test('two of three nodes that agree make blocks final, whichever is asked first', async (t) => {
  proxy.fault = ({ method }) =>
    method === 'eth_getBlockByNumber'
      ? { change: (found) => changed(found, { hash: `0x${'cd'.repeat(32)}` }) }
      : undefined
  const third = await openFaultyRpc(stage.anvil.url)
  t.teardown(() => third.close())
  const urls = [stage.anvil.url, proxy.url, third.url]
  const heard = hear(stage, { urls, confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await stage.mineBlocks(2)
  const height = await stage.height()
  await heard.until(() => heard.bridge.head.finalized === height)
  proxy.reset()
  await stage.mineBlocks(1)
  await heard.until(() => heard.bridge.head.finalized === height + 1)
  t.strictSame(proxy.requests, [], 'who agreed is asked first from then on')
})

t.test('what stays by the word of one of two nodes is told once the other says so', async (t) => {
  const heard = hear(stage, { urls: [stage.anvil.url, proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  const finals = () =>
    heard.events.flatMap((event) => (event.kind === 'head' ? [event.head.finalized] : []))
  await heard.bridge.start()
  const first = await stage.height()
  await heard.until(() => finals().at(-1) === first)
  proxy.fault = ({ method }) =>
    method === 'eth_getBlockByNumber'
      ? { change: (found) => changed(found, { hash: `0x${'cd'.repeat(32)}` }) }
      : undefined
  await stage.mineBlocks(3)
  await heard.until(() => heard.bridge.head.number === first + 3)
  t.equal(heard.bridge.head.finalized, first)
  proxy.fault = ({ method }) => (method === 'eth_getBlockByNumber' ? 'lost' : undefined)
  await stage.mineBlocks(3)
  await heard.until(() => heard.bridge.head.number === first + 6)
  t.equal(heard.bridge.head.finalized, first)
  proxy.fault = () => undefined
  await heard.until(() => finals().at(-1) === first + 6)
})

t.test('a node that never answers is given up, and close does not wait for it', async (t) => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const { port } = silent.address() as AddressInfo // it listens on a port
  const store = openStore(':memory:')
  const heard = hear(stage, { urls: [`http://127.0.0.1:${port}`], store })
  const started = heard.bridge.start()
  const begin = performance.now()
  await heard.bridge.close()
  await started
  t.ok(performance.now() - begin < 5000)
})
