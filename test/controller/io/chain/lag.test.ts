import t from 'tap'
import { systemClock } from '../../../../agent/io/clock.ts'
import { hear, openBridgeStage } from '../../../chain/bridgeStage.ts'
import { openFaultyRpc, type Request } from '../../../chain/faultyRpc.ts'

const stage = await openBridgeStage()
const [first, second, third] = [await proxy(), await proxy(), await proxy()]
t.teardown(() => stage.stop())
t.beforeEach(() => {
  for (const each of [first, second, third]) {
    each.fault = () => undefined
    each.reset()
  }
})

async function proxy() {
  const opened = await openFaultyRpc(stage.anvil.url)
  t.teardown(() => opened.close())
  return opened
}
const asksHead = ({ method, params }: Request) =>
  method === 'eth_getBlockByNumber' && params[0] === 'latest'

/** A node that tells the block of now as its newest from now on, as one that lost its peers. */
async function freeze(node: typeof first) {
  const newest = await stage.client.request({
    method: 'eth_getBlockByNumber',
    params: ['latest', false],
  })
  node.fault = (request) => (asksHead(request) ? { result: newest } : undefined)
}

/** A bridge by whose clock half a minute is 30 ms. */
async function follow(tap: Pick<typeof t, 'teardown'>, nodes: readonly { url: string }[]) {
  const clock = { ...systemClock, now: () => systemClock.now() * 1000 }
  const heard = hear(stage, { urls: nodes.map(({ url }) => url), confirmations: 0, clock })
  tap.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await heard.until(() => heard.bridge.head.number > 0)
  return heard
}
const headsAskedOf = (node: typeof first) => node.requests.filter(asksHead).length

t.test('a node that stands still is left for one that goes on', async (t) => {
  await freeze(first)
  const heard = await follow(t, [first, second])
  await stage.mineBlocks(2)
  const height = await stage.height()
  await heard.until(() => heard.bridge.head.finalized === height)
})

t.test('a node that goes on, but late, is left too', async (t) => {
  const newest = () =>
    stage.client.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
  let late = await newest()
  first.fault = (request) => (asksHead(request) ? { result: late } : undefined)
  const heard = await follow(t, [first, second])
  for (let block = 0; block < 5; block++) {
    late = await newest()
    await stage.mineBlocks(1)
    const asked = headsAskedOf(second)
    await heard.until(() => headsAskedOf(second) > asked)
  }
  const height = await stage.height()
  await heard.until(() => heard.bridge.head.finalized === height)
})

t.test('a chain on which nobody makes a block keeps its node', async (t) => {
  const heard = await follow(t, [first, second])
  await heard.until(() => headsAskedOf(second) > 5)
  t.ok(headsAskedOf(first) > headsAskedOf(second))
  const checks = second.requests.filter(({ method }) => method === 'eth_chainId').length
  t.equal(checks, 0, 'it was never turned to')
})

t.test('one of three nodes that makes blocks up lures nobody away', async (t) => {
  third.fault = (request) =>
    asksHead(request)
      ? { change: (found) => ({ ...(found as object), number: '0xffffff' }) }
      : undefined
  const heard = await follow(t, [first, second, third])
  await heard.until(() => headsAskedOf(third) > 5)
  t.equal(third.requests.filter(({ method }) => method === 'eth_chainId').length, 0)
})
