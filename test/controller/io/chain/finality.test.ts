import t from 'tap'
import { hear, openBridgeStage } from '../../../chain/bridgeStage.ts'
import { openFaultyRpc, type Request } from '../../../chain/faultyRpc.ts'

const stage = await openBridgeStage()
const [first, second, third] = [await proxy(), await proxy(), await proxy()]
t.teardown(() => stage.stop())
t.beforeEach(() => {
  for (const each of [first, second, third]) each.fault = () => undefined
})

async function proxy() {
  const opened = await openFaultyRpc(stage.anvil.url)
  t.teardown(() => opened.close())
  return opened
}

const blockAt = (tag: string) =>
  stage.client.request({ method: 'eth_getBlockByNumber', params: [tag as 'latest', false] })
const asksTag = ({ method, params }: Request) =>
  method === 'eth_getBlockByNumber' && params[0] === 'finalized'

/** A bridge that has seen the newest block a few times. */
async function look(tap: Pick<typeof t, 'teardown'>, urls: readonly string[]) {
  const heard = hear(stage, { urls, confirmations: 'finalized' })
  tap.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await heard.until(() => heard.bridge.head.number > 0)
  const before = first.requests.filter(asksTag).length
  await heard.until(() => first.requests.filter(asksTag).length > before + 3)
  return heard
}

t.test('one of two nodes cannot make its newest block final', async (t) => {
  await stage.mineBlocks(200)
  const newest = await blockAt('latest')
  const final = await blockAt('finalized')
  first.fault = (request) => (asksTag(request) ? { result: newest } : undefined)
  const { bridge } = await look(t, [first.url, second.url])
  t.equal(bridge.head.finalized, Number(final?.number))
  t.equal(bridge.head.finalizedAt, Number(final?.timestamp), 'and its time is told')
})

t.test('one of three nodes that calls no block final holds nobody up', async (t) => {
  await stage.mineBlocks(10)
  const final = Number((await blockAt('finalized'))?.number)
  const genesis = await blockAt('0x0')
  second.fault = (request) => (asksTag(request) ? { result: genesis } : undefined)
  const { bridge } = await look(t, [first.url, second.url, third.url])
  t.equal(bridge.head.finalized, final)
})

t.test('no more becomes final while no other node answers', async (t) => {
  second.fault = (request) => (asksTag(request) ? 'lost' : undefined)
  const heard = await look(t, [first.url, second.url])
  t.equal(heard.bridge.head.finalized, -1)
  second.fault = () => undefined
  const final = Number((await blockAt('finalized'))?.number)
  await heard.until(() => heard.bridge.head.finalized === final)
})

t.test('it is told once where no second node answers for long', async (t) => {
  for (const confirmations of [0, 'finalized'] as const) {
    const warned: string[] = []
    const heard = hear(stage, {
      urls: [first.url, second.url],
      confirmations,
      log: ({ level, message }) => level === 'warn' && warned.push(message),
    })
    t.teardown(() => heard.bridge.close())
    second.fault = () => undefined
    await heard.bridge.start()
    await heard.until(() => heard.bridge.head.finalized > 0)
    second.fault = () => 'lost'
    await stage.mineBlocks(1)
    await heard.until(() => warned.length > 0)
    const asked = second.requests.length
    await heard.until(() => second.requests.length > asked + 20)
    t.match(warned, [/^no second node in chain\.rpc confirms what is final \(.*127\.0\.0\.1:\d+/])
    t.equal(warned.length, 1)
  }
})

t.test('a chain without the tag has blocks final that lie deep', async (t) => {
  const error = { code: -32602, message: 'unknown block tag' }
  for (const each of [first, second])
    each.fault = (request) => (asksTag(request) ? { error } : undefined)
  const { bridge } = await look(t, [first.url, second.url])
  t.equal(bridge.head.finalized, (await stage.height()) - 128)
  t.equal(bridge.head.finalizedAt, undefined)
})
