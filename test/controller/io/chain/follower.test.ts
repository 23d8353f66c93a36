import t from 'tap'
import type { Hex } from 'viem'
import type { BridgeOptions } from '../../../../controller/io/chain/bridge.ts'
import { openStore } from '../../../../controller/io/store.ts'
import { hear, openBridgeStage, type TestJob, testJob } from '../../../chain/bridgeStage.ts'
import { type Fault, openFaultyRpc, type Request } from '../../../chain/faultyRpc.ts'
import { fundAccounts } from '../../../chain/stage.ts'

t.setTimeout(120_000)

const stage = await openBridgeStage()
const proxy = await openFaultyRpc(stage.anvil.url)
t.teardown(async () => {
  await proxy.close()
  await stage.stop()
})
t.beforeEach(() => {
  proxy.fault = () => undefined
  proxy.reset()
})
let serial = 0

/** What a bridge takes of an answer, and one byte. */
const FLOOD: Fault = { body: `[${' '.repeat(16 * 1024 * 1024)}` }
/** A node's own word for the same, in fewer bytes. */
const TOO_LARGE: Fault = { error: { code: -32008, message: 'Response is too large' } }

interface Filter {
  readonly address: Hex[]
  readonly topics?: (Hex | Hex[] | null)[]
  readonly fromBlock?: Hex
  readonly toBlock?: Hex
}
const filterOf = ({ method, params }: Request): Filter | undefined =>
  method === 'eth_getLogs' ? (params[0] as Filter) : undefined
const blocksOf = ({ fromBlock = '0x1', toBlock = fromBlock }: Filter) =>
  Number(toBlock) - Number(fromBlock) + 1
/** Whether a request asks about a job, beside others or alone. */
const asksAbout = ({ address, topics }: Filter, { address: job }: TestJob) =>
  JSON.stringify([address, topics]).includes(job.slice(2))

/** Opens a job and takes it back, among many blocks that nobody looks at; then begins to follow. */
async function comeLate(t: Tap, fault: (request: Request) => Fault) {
  const store = openStore(':memory:')
  const job = await testJob(stage, ++serial)
  const options: Partial<BridgeOptions> = { urls: [proxy.url], store, confirmations: 0 }
  const early = hear(stage, options)
  await early.bridge.start()
  early.bridge.watch(job.address)
  await early.until(() => early.bridge.head.number > 0)
  await early.bridge.close()
  await stage.send(job.create.to, job.create.data as Hex)
  await stage.mineBlocks(300)
  await stage.send(job.cancel.to, job.cancel.data as Hex)
  await stage.mineBlocks(20)
  proxy.reset()
  proxy.fault = fault
  const late = hear(stage, options)
  t.teardown(() => late.bridge.close())
  await late.bridge.start()
  late.bridge.watch(job.address)
  await late.until(() => late.standing(job.address).length === 3)
  t.strictSame(late.standing(job.address), ['JobCreated', 'JobOpened', 'JobEnded'])
}
type Tap = Pick<typeof t, 'teardown' | 'strictSame'>

t.test('fewer blocks are asked for where the answer is too long', async (t) => {
  await comeLate(t, (request) => {
    const filter = filterOf(request)
    return filter && blocksOf(filter) > 100 ? FLOOD : undefined
  })
  t.ok(proxy.requests.length < 4000)
})

t.test('fewer blocks are asked for where the node refuses so many', async (t) => {
  const error = { code: -32005, message: 'query returned more than 10000 results' }
  await comeLate(t, (request) => {
    const filter = filterOf(request)
    return filter && blocksOf(filter) > 20 ? { error } : undefined
  })
})

t.test('what strangers do with the vault is not even sent', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  const got: unknown[] = []
  proxy.fault = ({ method }) =>
    method === 'eth_getLogs'
      ? {
          change: (found) => {
            got.push(...(found as unknown[]))
            return found
          },
        }
      : undefined
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  heard.bridge.want(job.create)
  await heard.until(() => heard.standing(job.address).length === 2)
  // Even one that names the job, as an account.
  await fundAccounts(stage, [stage.buyer.address, job.address], 1n)
  await stage.send(...(await strangersOrder()))
  heard.bridge.want(job.cancel)
  await heard.until(() => heard.standing(job.address).length === 3)
  t.equal(got.length, 3, 'the events of the job alone')
})

async function strangersOrder(): Promise<[Hex, Hex]> {
  const { create } = await testJob(stage, ++serial)
  return [create.to, create.data as Hex]
}

t.test('a block that is too long for one answer is read in pieces', async (t) => {
  const jobs = [await testJob(stage, ++serial), await testJob(stage, ++serial)]
  const kinds = (filter: Filter) => [filter.topics?.[0]].flat().length
  const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  proxy.fault = (request) => {
    const filter = filterOf(request)
    if (!filter) return undefined
    const isBoth = jobs.every((job) => asksAbout(filter, job))
    return isBoth || kinds(filter) > 1 ? TOO_LARGE : undefined
  }
  await heard.bridge.start()
  for (const { address } of jobs) heard.bridge.watch(address)
  for (const { create } of jobs) heard.bridge.want(create)
  for (const { address } of jobs) await heard.until(() => heard.standing(address).length === 2)
})

t.test('a job that is too long for any answer is given up, the others are not', async (t) => {
  const [bad, good] = [await testJob(stage, ++serial), await testJob(stage, ++serial)]
  const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  for (const { address } of [bad, good]) heard.bridge.watch(address)
  await heard.until(() => heard.bridge.head.number > 0)
  proxy.fault = (request) => {
    const filter = filterOf(request)
    return filter && asksAbout(filter, bad) ? TOO_LARGE : undefined
  }
  for (const { create } of [bad, good]) heard.bridge.want(create)
  await heard.until(() => heard.standing(good.address).length === 2)
  await heard.reaches(bad.create, 'final')
  const unread = heard.events.filter(({ kind }) => kind === 'unread')
  t.match(unread, [{ job: bad.address, reason: /more events in one block than/ }])
  t.strictSame(heard.standing(bad.address), [])
})

t.test('a job is given up only where every node refuses it', async (t) => {
  const second = await openFaultyRpc(stage.anvil.url)
  t.teardown(() => second.close())
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: [proxy.url, second.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  await heard.until(() => heard.bridge.head.number > 0)
  const refuse = ({ method }: Request) => (method === 'eth_getLogs' ? TOO_LARGE : undefined)
  proxy.fault = refuse
  heard.bridge.want(job.create)
  await heard.until(() => heard.standing(job.address).length === 2)
  t.ok(heard.bridge.head.finalized < (await stage.height()), 'but not final by one word')
  const isUnread = () => heard.events.some(({ kind }) => kind === 'unread')
  t.notOk(isUnread())
  second.fault = refuse
  await stage.mineBlocks(1)
  await heard.until(isUnread)
  t.strictSame(heard.standing(job.address), ['JobCreated', 'JobOpened'])
})

t.test('a refusal that speaks of no events is no reason to give a job up', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  let refused = 0
  const message = 'You have exceeded the requests of your plan, please login to upgrade it'
  proxy.fault = ({ method }) =>
    method === 'eth_getLogs' && refused++ < 6 ? { error: { code: -32005, message } } : undefined
  heard.bridge.want(job.create)
  await heard.until(() => heard.standing(job.address).length === 2)
  t.notOk(heard.events.some(({ kind }) => kind === 'unread'))
})

t.test('a node that is asked too often is waited for, and nothing is given up', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: [proxy.url], confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  let refused = 0
  const message = 'rate limit exceeded: too many eth_getLogs results'
  proxy.fault = ({ method }) =>
    method === 'eth_getLogs' && refused++ < 4 ? { error: { code: -32005, message } } : undefined
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  heard.bridge.want(job.create)
  await heard.until(() => heard.standing(job.address).length === 2)
  t.notOk(heard.events.some(({ kind }) => kind === 'unread'))
})
