import t from 'tap'
import { getAddress, type Hex } from 'viem'
import { bytesOf } from '../../../../agent/wire/hash.ts'
import type { Terms } from '../../../../agent/wire/market.ts'
import { createJob, fillJob, fundAccounts, signMarket } from '../../../chain/stage.ts'
import { openTypingStage } from '../../../chain/typing.ts'

const TOKEN = 10n ** 18n
const stage = await openTypingStage(t)
const { type, json } = stage
const [buyer, poor, stranger] = [
  await stage.person('buyer'),
  await stage.person('poor'),
  await stage.person('stranger'),
]
const seller = await stage.person('seller')
await fundAccounts(stage, [buyer.address, seller.address], 100n * TOKEN)
// Enough for one seller at the price, with its fee.
await fundAccounts(stage, [poor.address], 2n * TOKEN + TOKEN / 100n)

async function open(nonce: number, more: Partial<Terms> = {}, by = buyer): Promise<Hex> {
  const terms: Terms = {
    buyer: bytesOf(by.address),
    price: 2n * TOKEN,
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
  return getAddress((await createJob(stage, by, terms)).job)
}
const found = async (job: Hex) => {
  const orders = (await json('market orders --all')) as unknown as Record<string, unknown>[]
  return orders.find((order) => order.job === job)
}

t.test('a buyer raises the price, and the escrow is full again', async (t) => {
  const job = await open(1, { sellers: 3n, relayFee: TOKEN })
  t.match(await found(job), { price: '2.0', escrow: '7.03' })
  const { out, code, err } = await type(`market raise ${job} --price 2.5`, buyer)
  t.equal(code, 0, err)
  t.equal(
    out,
    `each seller of ${job} gets 2.5 HYPER, before 2.0 HYPER; 1.5075 HYPER more are in its escrow\n`,
  )
  t.match(await found(job), { price: '2.5', escrow: '8.5375' })
  t.match(await json(`market raise ${job.toLowerCase()} --price 3`, buyer), {
    job,
    price: '3.0',
    before: '2.5',
    added: '1.5075',
    transaction: /^0x[0-9a-f]{64}$/,
  })
  t.match(await found(job), { price: '3.0', escrow: '10.045' })
  t.match(await json(`market balance ${buyer.address}`), { free: '89.955' })
})

t.test('what the contracts would refuse is told before anything is sent', async (t) => {
  const [mine, scarce, late, taken] = [
    await open(2),
    await open(3, {}, poor),
    await open(4, { joinBy: BigInt((await stage.now()) + 60) }),
    await open(5),
  ]
  const message = {
    job: bytesOf(taken),
    minPrice: TOKEN,
    collateral: 2n * TOKEN,
    deadline: 2n ** 40n,
  }
  const signature = signMarket(stage, seller, 'Join', message)
  await fillJob(stage, taken, buyer, TOKEN, 2n ** 40n, [signature])
  const raise = async (job: Hex, price: string, who = buyer) => {
    const { code, err, out } = await type(`market raise ${job} --price ${price}`, who)
    t.equal(out, '')
    t.not(code, 0)
    return err
  }
  const block = await stage.height()
  t.match(
    await raise(mine, '3', stranger),
    `only its buyer ${getAddress(buyer.address)} raises the price`,
  )
  t.match(await raise(mine, '2'), /the price is 2\.0 HYPER, found 2\.0; it can only be raised/)
  t.match(await raise(mine, '1.5'), /found 1\.5; it can only be raised/)
  t.match(
    await raise(scarce, '3', poor),
    /has 0\.0 HYPER free, wanted 1\.005 HYPER for the escrow at that price; deposit more/,
  )
  t.match(await raise(taken, '3'), /the order is running; a price is raised only while places are/)
  t.match(
    await raise(getAddress(stranger.address), '3'),
    /is no job of this market; hypernet market orders shows them/,
  )
  const cases: [string, RegExp][] = [
    [`raise ${mine}`, /--price is missing: say what each seller is to get/],
    [`raise ${mine} --price 0`, /--price: found "0", wanted more than 0/],
    ['raise 0x12 --price 1', /JOB: found "0x12", wanted an address/],
    ['raise', /JOB is missing/],
  ]
  for (const [words, wanted] of cases) {
    const { code, err } = await type(`market ${words}`, buyer)
    t.equal(code, 2, words)
    t.match(err, wanted, words)
  }
  t.equal(await stage.height(), block, 'nothing was sent')
  await stage.moveTo((await stage.now()) + 120)
  t.match(
    await raise(late, '3'),
    /the order is expired; a price is raised only while places are open/,
  )
})
