import t, { type Test } from 'tap'
import type { Hex } from 'viem'
import { keyOf } from '../../agent/io/keys.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { bytesOf, hexOf } from '../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId } from '../../agent/wire/ids.ts'
import {
  amountBytes,
  escrowAt,
  jobAddress,
  packTerms,
  type Terms,
} from '../../agent/wire/market.ts'
import { Deal } from '../../agent/wire/marketMessages.ts'
import type { Order } from '../../agent/wire/messages.ts'
import { hyperVault } from '../../controller/abi/hyperVault.ts'
import type { JobInput } from '../../controller/core/jobSeam.ts'
import { encodeCall } from '../../controller/io/chain/calls.ts'
import { readRecord } from '../../controller/io/chain/holdings.ts'
import { openStore } from '../../controller/io/store.ts'
import { MarketDesk } from '../../controller/marketDesk.ts'
import { orderHash } from '../../controller/orderHash.ts'
import { until } from '../agent/io/until.ts'
import { hear, openBridgeStage } from '../chain/bridgeStage.ts'
import { openFaultyRpc } from '../chain/faultyRpc.ts'
import { type Actor, actor, fundAccounts, signMarket } from '../chain/stage.ts'

t.setTimeout(120_000)
const ETHER = 10n ** 18n
const stage = await openBridgeStage()
const proxy = await openFaultyRpc(stage.anvil.url)
t.teardown(async () => {
  await proxy.close()
  await stage.stop()
})
const { at } = stage
const place = { vault: bytesOf(at.vault), factory: bytesOf(at.factory), escrow: bytesOf(at.escrow) }
const device = actor('device of the desk')

/** A desk on this chain. @param key its operator's; of a relay nobody's */
async function openDesk(t: Test, key: ReturnType<typeof keyOf>, store = openStore(':memory:')) {
  const heard = hear(stage, { urls: [proxy.url], confirmations: 0, store })
  await heard.bridge.start()
  await heard.until(() => heard.bridge.head.number > 0)
  const given: JobInput[] = []
  const logged: string[] = []
  const desk = new MarketDesk({
    fleet: fleetId('fleet'),
    key,
    store,
    deployment: at,
    bridge: heard.bridge,
    rules: async () => ({ feeBps: 50, leastWindow: 10, mostWindow: 604_800 }),
    recordOf: (key) => readRecord(stage.client, at, key),
    retain: () => {},
    keyOf: () => device.publicKey,
    nodesOf: () => new Map(),
    give: (_, input) => given.push(input),
    log: ({ message = '' }) => logged.push(message),
  })
  const holds = (what: () => boolean) => until(what, () => ({ given, logged }))
  const isGiven = (kind: JobInput['kind']) => holds(() => given.some((each) => each.kind === kind))
  const isLogged = (what: RegExp) => holds(() => logged.some((each) => what.test(each)))
  /** The chain grows by some blocks, and the desk hears of each. */
  async function grow(blocks: number) {
    for (let i = 0; i < blocks; i++) {
      await stage.mine()
      const height = await stage.height()
      await heard.until(() => heard.bridge.head.number >= height)
    }
  }
  t.teardown(() => heard.bridge.close())
  return { desk, given, isGiven, isLogged, grow, close: () => heard.bridge.close() }
}

/** An order of this buyer's. @param nonce tells orders of one name apart */
async function orderOf(buyer: Actor, nonce: bigint, change: Partial<Terms> = {}) {
  const terms: Terms = {
    buyer: bytesOf(buyer.address),
    price: 4n * ETHER,
    feeBps: 50n,
    relay: new Uint8Array(20),
    collateral: 4n * ETHER,
    replicas: 1n,
    spec: new Uint8Array(32),
    relayFee: 0n,
    period: 600n,
    window: 120n,
    joinBy: BigInt((await stage.now()) + 3600),
    sellers: 3n,
    checkpoints: 1n,
    payEvery: 1n,
    nonce,
    ...change,
  }
  const order: Order = {
    version: 1,
    job: jobId('job'),
    fleet: jobId('fleet'),
    generation: Number(nonce),
    model: { type: 'average', response: ['temp'] },
    sensors: [],
    window: { late: 0 },
    method: 'flood',
    period: 500,
    timeout: 60_000,
    offer: { chainId: at.chainId, ...place, terms: packTerms(terms) },
  }
  const job = jobAddress(terms, place.factory, place.escrow, '')
  const amount = escrowAt(terms, terms.price)
  const call = { step: 'create', to: 'factory', name: 'create', done: [] } as const
  const create = encodeCall({ ...call, args: [terms, amount, ''] }, job, {
    chainId: BigInt(at.chainId),
    vault: place.vault,
    privateKey: buyer.privateKey,
  })
  return { order, terms, job, address: hexOf(job), create, amount }
}

const ofVault = { address: at.vault, abi: hyperVault.abi } as const
const jobOf = (job: Hex) =>
  stage.client.readContract({ ...ofVault, functionName: 'jobOf', args: [job] })
const freeOf = async ({ address }: Actor) =>
  (await stage.client.readContract({ ...ofVault, functionName: 'accountOf', args: [address] })).free

t.test('an order that was given up does not keep the money of the next one', async (t) => {
  const buyer = actor('poor buyer')
  const { desk, isGiven, isLogged } = await openDesk(t, buyer)
  const first = await orderOf(buyer, 1n)
  // The buyer has nothing yet. The node that was asked has the call with its signature.
  desk.begin(first.order)
  await isGiven('unhired')
  const tried = proxy.requests.filter(({ method }) => method === 'eth_estimateGas')
  const [data] = tried.map(({ params }) => (params as [{ data: Hex }])[0].data)
  t.equal(data, first.create)
  await fundAccounts(stage, [buyer.address], first.amount)
  await stage.send(at.factory, first.create)
  await isLogged(/somebody has opened the order 0x\w+, which was given up, with 12\.06 HYPER/)
  await isLogged(/which was given up, has ended: 12\.06 HYPER are back/)
  t.match(await jobOf(first.address), { escrow: 0n, ended: true })
  t.equal(await freeOf(buyer), first.amount)
})

t.test('one that was taken back is watched by later lives, until its places close', async (t) => {
  const buyer = actor('hasty buyer')
  const store = openStore(':memory:')
  const life = await openDesk(t, buyer, store)
  const { order, create, amount, address } = await orderOf(buyer, 1n)
  life.desk.begin(order)
  life.desk.cancel(order.job)
  await life.isGiven('unhired')
  await life.close()
  await fundAccounts(stage, [buyer.address], amount)
  await stage.send(at.factory, create)
  const next = await openDesk(t, buyer, store)
  await next.isLogged(/has ended: 12\.06 HYPER are back/)
  t.match(await jobOf(address), { escrow: 0n, ended: true })
  t.strictSame(store.givenUp(), [], 'nothing is left to watch')
  const other = await orderOf(buyer, 2n, { joinBy: BigInt((await stage.now()) + 60) })
  next.desk.begin(other.order)
  next.desk.cancel(order.job)
  await next.isGiven('unhired')
  t.equal(store.givenUp().length, 1)
  next.desk.begin(other.order)
  t.equal(next.given.filter(({ kind }) => kind === 'unhired').length, 2, 'a job that missed it')
  await stage.warp((await stage.now()) + 120)
  await next.grow(4)
  t.strictSame(store.givenUp(), [], 'nobody can open it any more')
})

t.test('a relay serves the order of a name that was opened, not only the first', async (t) => {
  const buyer = actor('buyer with a decoy')
  const { desk, given, isGiven, grow } = await openDesk(t, keyOf(new Uint8Array(32).fill(1)))
  const [decoy, real] = [await orderOf(buyer, 1n), await orderOf(buyer, 2n)]
  desk.begin(decoy.order, 0)
  desk.begin(real.order, 0)
  await fundAccounts(stage, [buyer.address], real.amount)
  await stage.send(at.factory, real.create)
  // Nobody joins, and the buyer is gone: the relay has its money sent back.
  await stage.warp(Number(real.terms.joinBy) + 1)
  await stage.mine()
  await isGiven('settled')
  t.match(await jobOf(real.address), { escrow: 0n, ended: true })
  await grow(4)
  t.notOk(desk.has(decoy.order.job), 'the decoy is forgotten once its places are closed')
  t.match(given.at(-1), { kind: 'unhired', reason: 'nobody opened the order' })
})

t.test(
  'what devices say of an older order of the name is not taken for the newer one',
  async (t) => {
    const { desk, given, isGiven, grow } = await openDesk(t, keyOf(new Uint8Array(32).fill(1)))
    const buyer = actor('buyer of two')
    const [older, newer] = [await orderOf(buyer, 1n), await orderOf(buyer, 2n)]
    desk.begin(newer.order, 0)
    const { collateral, joinBy: deadline } = newer.terms
    const join = { job: newer.job, minPrice: 1n, collateral, deadline }
    const signature = signMarket(stage, device, 'Join', join)
    const bid = { minPrice: amountBytes(1n), deadline: Number(deadline), signature }
    const node = nodeId('device')
    const say = (order: Order) => {
      const label = { version: 1, job: order.job, from: node } as const
      const deal: Deal = { ...label, order: orderHash(order), bid, findings: [] }
      desk.hearDeal(order.job, node, encodeRecord(Deal, deal))
    }
    say(older.order)
    await grow(2)
    t.strictSame(given, [])
    say(newer.order)
    await isGiven('offered')
    const ended = {
      ...newer.order,
      generation: newer.order.generation + 1,
      cancelled: true as const,
    }
    t.strictSame(orderHash(ended), orderHash(newer.order), 'one that ended is the same order')
  },
)
