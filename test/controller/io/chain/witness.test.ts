import t from 'tap'
import { encodeAbiParameters, encodeEventTopics, type Hex, pad } from 'viem'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { type Heard, hear, openBridgeStage, testJob } from '../../../chain/bridgeStage.ts'
import { type FaultyRpc, openFaultyRpc, type Request } from '../../../chain/faultyRpc.ts'

const stage = await openBridgeStage()
const [liar, second, third] = [await proxy(), await proxy(), await proxy()]
t.teardown(() => stage.stop())
t.beforeEach(() => {
  for (const each of [liar, second, third]) {
    each.fault = () => undefined
    each.reset()
  }
})
let serial = 0

async function proxy() {
  const opened = await openFaultyRpc(stage.anvil.url)
  t.teardown(() => opened.close())
  return opened
}

interface Filter {
  readonly blockHash?: Hex
  readonly fromBlock?: Hex
  readonly toBlock?: Hex
  readonly topics: readonly unknown[]
}
type RawBlock = { readonly number: Hex; readonly hash: Hex } | null

/** A false word of the vault that a job has ended, in a true block. */
const ended = (job: Hex, number: number, blockHash: Hex) => ({
  address: stage.at.vault,
  topics: encodeEventTopics({ abi: hyperVault.abi, eventName: 'JobEnded', args: { job } }),
  data: encodeAbiParameters(
    ['uint8', 'uint256', 'uint256', 'uint256', 'uint256'].map((type) => ({ type })),
    [2, 0n, 0n, 0n, 0n],
  ),
  blockNumber: `0x${number.toString(16)}`,
  blockHash,
  logIndex: '0x0',
  transactionHash: pad('0x1'),
})

/**
 * Has a node tell true blocks and, of one of them, false events of the market's contracts.
 * @param lie what it makes of the true ones, so often as it lies
 */
function lieAbout(
  number: number,
  lie: (logs: readonly unknown[], hash: Hex) => unknown,
  times = Number.POSITIVE_INFINITY,
) {
  let hash: Hex | undefined
  let lied = 0
  const isAbout = ({ blockHash, fromBlock, toBlock, topics }: Filter) =>
    topics.length === 2 &&
    (blockHash ? blockHash === hash : Number(fromBlock) <= number && Number(toBlock) >= number)
  liar.fault = ({ method, params }: Request) => {
    if (method === 'eth_getBlockByNumber')
      return {
        change: (found) => {
          const block = found as RawBlock // what anvil answers
          if (block && Number(block.number) === number) hash = block.hash
          return found
        },
      }
    const known = hash
    if (method !== 'eth_getLogs' || !known || !isAbout(params[0] as Filter)) return undefined
    if (lied >= times) return undefined
    lied++
    return { change: (found) => lie(found as readonly unknown[], known) }
  }
}

/** An open job that is followed by the first of some nodes. */
async function follow(tap: Pick<typeof t, 'teardown'>, nodes: readonly FaultyRpc[]) {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: nodes.map(({ url }) => url), confirmations: 0 })
  tap.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  heard.bridge.want(job.create)
  await heard.until(() => heard.standing(job.address).length === 2)
  const height = await stage.height()
  await heard.until(() => heard.bridge.head.finalized === height)
  return { job, heard, next: height + 1 }
}
const linksOf = ({ events }: Heard) =>
  events.flatMap((event) => (event.kind === 'link' ? [event] : []))
const hosts = (nodes: readonly FaultyRpc[]) => nodes.map(({ url }) => new URL(url).host)
const OPEN = ['JobCreated', 'JobOpened']

t.test(
  'an event that one of two nodes made up once is taken back before it is final',
  async (t) => {
    const { job, heard, next } = await follow(t, [liar, second])
    lieAbout(next, (logs, hash) => [...logs, ended(job.address, next, hash)], 1)
    await stage.mineBlocks(1)
    await heard.until(() => heard.standing(job.address).length === 3)
    t.ok(heard.bridge.head.finalized < next, 'what was told is not final')
    await heard.until(() => heard.bridge.head.finalized === next)
    t.strictSame(heard.standing(job.address), OPEN)
    const removed = heard.events.flatMap((event) =>
      event.kind === 'removed' ? [event.log.name] : [],
    )
    t.ok(removed.includes('JobEnded'))
  },
)

t.test('two nodes that contradict each other make nothing final, and are named', async (t) => {
  const { job, heard, next } = await follow(t, [liar, second])
  lieAbout(next, (logs, hash) => [...logs, ended(job.address, next, hash)])
  await stage.mineBlocks(2)
  await heard.until(() => linksOf(heard).length === 2)
  const [, link] = linksOf(heard)
  for (const host of hosts([liar, second])) t.match(link?.reason, host)
  t.match(link, { up: false, reason: new RegExp(`do not agree on the events of blocks ${next} `) })
  t.equal(heard.bridge.head.finalized, next - 1)
  liar.fault = () => undefined
  await heard.until(() => heard.bridge.head.finalized === next + 1)
  t.strictSame(heard.standing(job.address), OPEN)
  t.strictSame(
    linksOf(heard).map(({ up }) => up),
    [true, false, true],
  )
})

t.test('of three nodes the two that agree are believed', async (t) => {
  const { job, heard, next } = await follow(t, [liar, second, third])
  lieAbout(next, (logs, hash) => [...logs, ended(job.address, next, hash)])
  await stage.mineBlocks(2)
  await heard.until(() => heard.bridge.head.finalized === next + 1)
  t.strictSame(heard.standing(job.address), OPEN)
})

t.test('an event that one of two nodes keeps back is told in the end', async (t) => {
  const { job, heard, next } = await follow(t, [liar, second])
  lieAbout(next, () => [], 2)
  heard.bridge.want(job.cancel)
  await heard.reaches(job.cancel, 'mined')
  await heard.until(() => heard.bridge.head.finalized === next)
  t.strictSame(heard.standing(job.address), [...OPEN, 'JobEnded'])
})

t.test('of a job that is watched late nothing false is told beside final blocks', async (t) => {
  const { heard, next } = await follow(t, [liar, second])
  const late = await testJob(stage, ++serial)
  await stage.send(late.create.to, late.create.data as Hex)
  await stage.mineBlocks(5)
  await heard.until(() => heard.bridge.head.finalized === next + 5)
  lieAbout(next + 1, (logs, hash) => [...logs, ended(late.address, next + 1, hash)])
  // Its hash is known to the proxy once it was asked for.
  await fetch(liar.url, {
    method: 'POST',
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_getBlockByNumber',
      params: [`0x${(next + 1).toString(16)}`, false],
    }),
  })
  heard.bridge.watch(late.address, next)
  await heard.until(() => linksOf(heard).length === 2)
  t.match(linksOf(heard)[1], { up: false, reason: /do not agree on the events of blocks/ })
  t.strictSame(heard.standing(late.address), [])
  liar.fault = () => undefined
  await heard.until(() => heard.standing(late.address).length > 0)
  t.strictSame(heard.standing(late.address), OPEN)
  t.notOk(
    heard.events.some((event) => event.kind === 'log' && event.log.name === 'JobEnded'),
    'not even for a moment',
  )
})

t.test(
  'events are asked of a second node once a block, and only where jobs are watched',
  async (t) => {
    const { job, heard, next } = await follow(t, [liar, second])
    const asked = () => second.requests.filter(({ method }) => method === 'eth_getLogs').length
    const before = asked()
    await stage.mineBlocks(1)
    await heard.until(() => heard.bridge.head.finalized === next)
    t.equal(asked() - before, 2, 'the contracts of the market, and the job')
    heard.bridge.unwatch(job.address)
    await stage.mineBlocks(1)
    await heard.until(() => heard.bridge.head.finalized === next + 1)
    t.equal(asked() - before, 2)
  },
)
