import t from 'tap'
import { getAddress, type Hex } from 'viem'
import { bytesOf } from '../../../../agent/wire/hash.ts'
import type { Terms } from '../../../../agent/wire/market.ts'
import { longForm } from '../../../../controller/io/chain/calls.ts'
import {
  type Actor,
  callJob,
  createJob,
  fillJob,
  fundAccounts,
  signMarket,
} from '../../../chain/stage.ts'
import { openTypingStage } from '../../../chain/typing.ts'

const TOKEN = 10n ** 18n
const stage = await openTypingStage(t)
const { type, json } = stage
const buyer = await stage.person('buyer')
const seller = await stage.person('seller')
await fundAccounts(stage, [buyer.address, seller.address], 1000n * TOKEN)

async function open(nonce: number, more: Partial<Terms>): Promise<Hex> {
  const terms: Terms = {
    buyer: bytesOf(buyer.address),
    price: 4n * TOKEN,
    feeBps: 50n,
    relay: new Uint8Array(20),
    collateral: 2n * TOKEN,
    replicas: 1n,
    spec: new Uint8Array(32),
    relayFee: 0n,
    period: 600n,
    window: 120n,
    joinBy: BigInt((await stage.now()) + 3600),
    sellers: 1n,
    checkpoints: 2n,
    payEvery: 2n,
    nonce: BigInt(nonce),
    ...more,
  }
  return (await createJob(stage, buyer, terms)).job
}

const orders = async (words = '') =>
  (await json(`market orders${words}`)) as unknown as Record<string, unknown>[]

async function join(job: Hex, who: Actor): Promise<void> {
  const message = {
    job: bytesOf(job),
    minPrice: TOKEN,
    collateral: 2n * TOKEN,
    deadline: 2n ** 40n,
  }
  const signature = signMarket(stage, who, 'Join', message)
  await fillJob(stage, job, buyer, TOKEN, 2n ** 40n, [signature])
}

const empty = [await type('market orders'), await orders()]
const [cheap, dear, later, taken] = [
  await open(1, { price: 3n * TOKEN, sellers: 6n, replicas: 3n, relayFee: TOKEN / 4n }),
  await open(2, { price: 5n * TOKEN, joinBy: BigInt((await stage.now()) + 60) }),
  await open(3, { price: 3n * TOKEN }),
  await open(4, { price: 9n * TOKEN }),
]

t.test('an empty book says so', async (t) => {
  t.strictSame(empty, [{ code: 0, out: 'no orders\n', err: '' }, []])
})

t.test('best price first, then oldest; what is taken back is shown with --all', async (t) => {
  const cancel = longForm(signMarket(stage, buyer, 'Cancel', { job: bytesOf(taken) }))
  await callJob(stage, taken, 'cancel', [cancel])
  t.strictSame(
    (await orders()).map(({ job, price }) => [job, price]),
    [
      [getAddress(dear), '5.0'],
      [getAddress(cheap), '3.0'],
      [getAddress(later), '3.0'],
    ],
  )
  t.match((await orders())[1], {
    number: 1,
    buyer: getAddress(buyer.address),
    phase: 'open',
    collateral: '2.0',
    relayFee: '0.25',
    feeBps: 50,
    sellers: 6,
    joined: 0,
    placesLeft: 6,
    replicas: 3,
    work: 'replicated x3',
    checkpoints: 2,
    closed: 0,
    period: 600,
    window: 120,
    escrow: '18.34',
  })
  const all = await orders(' --all')
  t.match(all[0], { job: getAddress(taken), ending: 'expired', phase: 'closed', escrow: '0.0' })
  t.match((await type('market orders --all')).out, / +not filled +0 of /, 'it was cancelled')
  const { out } = await type('market orders')
  t.match(out, /^price +collateral +places left +phase +checkpoints +window +work\n/)
  t.match(out, /\n +3\.0 +2\.0 +6 of 6 +open +0 of 2 +2 min +replicated x3\n {2}job 0x/)
  t.match(out, /\n +5\.0 +2\.0 +1 of 1 +open +0 of 2 +2 min +not replicated\n/)
  t.match(out, /a checkpoint every 10 min, fee 0\.5 % on top, 0\.25 for relays\n/)
})

t.test('shows how far a job is, who works for it, and the scores that it leaves', async (t) => {
  await join(later, seller)
  const running = (await orders()).find(({ job }) => job === getAddress(later))
  t.match(running, { phase: 'running', joined: 1, placesLeft: 0, closed: 0 })
  t.match(await json(`market balance ${seller.address}`), {
    free: '998.0',
    locked: '2.0',
    active: { number: 3, job: getAddress(later) },
  })
  t.match((await type(`market balance ${seller.address}`)).out, /works for +job 3, 0x/)
  for (const index of [0, 1]) {
    const accept = signMarket(stage, buyer, 'Accept', { job: bytesOf(later), index: BigInt(index) })
    await callJob(stage, later, 'accept', [index, longForm(accept)])
    const [found] = (await orders()).filter(({ job }) => job === getAddress(later))
    t.match(found, { closed: index + 1, phase: index === 1 ? 'settling' : 'running' })
  }
  await callJob(stage, later, 'settle', [[seller.address], [1n, 0n, 1n, 0n]])
  const ended = (await orders(' --all')).find(({ job }) => job === getAddress(later))
  t.match(ended, { phase: 'closed', ending: 'completed', escrow: '0.0' })
  t.match(await json(`market balance ${seller.address}`), { free: '1003.0', active: null })
  t.match(await json(`market reputation ${seller.address}`), { seller: { ok: 2, bad: 0 } })
  t.match(await json(`market reputation ${buyer.address}`), {
    buyer: { completed: 1, stopped: 0, abandoned: 0 },
  })
  t.match(await json('chain status'), { treasury: { account: '0.015' }, faults: [] })
})

t.test('an order whose time is over says that it waits to be closed', async (t) => {
  await stage.moveTo((await stage.now()) + 120)
  const [found] = (await orders()).filter(({ job }) => job === getAddress(dear))
  t.match(found, { phase: 'expired' })
})
