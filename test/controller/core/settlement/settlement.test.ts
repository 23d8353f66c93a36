import t from 'tap'
import { encodeFunctionData } from 'viem'
import { hexOf } from '../../../../agent/wire/hash.ts'
import type { NodeId } from '../../../../agent/wire/ids.ts'
import { amountBytes } from '../../../../agent/wire/market.ts'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { ordersText } from '../../../../controller/cli/market/ordersText.ts'
import { auditVault, isBalanced } from '../../../../controller/io/chain/audit.ts'
import { readOrders } from '../../../../controller/io/chain/orderBook.ts'
import { actor, fundAccounts } from '../../../chain/stage.ts'
import { openCast } from './cast.ts'
import { bidOf, dealOf, device, ETHER, findingBy, openScene } from './scene.ts'

t.setTimeout(120_000)

/** The settlement of a paid job, with its real contracts on a chain, and devices that lie or vanish. */
const { stage, buyer, fresh, freeOf, hire, checkpoint, honest } = await openCast(t)

t.test(
  'sellers that say the same are paid, their collateral returns, the rest is the buyer’s',
  async (t) => {
    const devices = fresh(3)
    const scene = await openScene(stage, buyer, { relayFee: 3n })
    await hire(scene, devices)
    t.strictSame(
      scene.hired(),
      devices.map(({ node }) => node).sort(),
      'in the order of the contract',
    )
    await checkpoint(
      scene,
      devices.map((who) => honest(scene, who)),
    )
    t.match(scene.ended(), {
      ending: 'completed',
      sellers: 3,
      paidInFull: 3,
      paid: '12.0',
      slashed: '0.0',
      fee: '0.06',
      relays: '0.000000000000000003',
      result: 'majority',
      work: 'not replicated',
    })
    for (const who of devices) t.equal(await freeOf(who), 14n * ETHER)
  },
)

t.test('a seller that vanishes is unpaid, and one that was cut off is not slashed', async (t) => {
  const devices = fresh(5)
  const scene = await openScene(stage, buyer, { sellers: 5n })
  await hire(scene, devices)
  const [gone, apart, ...others] = devices
  await checkpoint(scene, [
    { who: gone!, bound: findingBy(scene, gone!, 0).bound },
    { who: apart!, ...findingBy(scene, apart!, 0, { contributors: 2 }) },
    ...others.map((who) => honest(scene, who)),
  ])
  t.match(scene.ended(), {
    paid: '12.0',
    slashed: '0.0',
    paidInFull: 3,
    returned: '8.04',
    relays: '0.0',
  })
})

t.test('without a majority nobody is paid or slashed', async (t) => {
  const devices = fresh(3)
  const scene = await openScene(stage, buyer, {})
  await hire(scene, devices)
  await checkpoint(
    scene,
    devices.map((who, i) => ({ who, ...findingBy(scene, who, 0, { sum: i }) })),
  )
  t.match(scene.ended(), { paid: '0.0', slashed: '0.0', paidInFull: 0, result: 'unverified' })
})

t.test('another relay finishes a job from the chain and from what is retained', async (t) => {
  const devices = fresh(3)
  const first = await openScene(stage, buyer, { checkpoints: 2n, payEvery: 1n })
  await hire(first, devices)
  const commitBy = first.commitBy()
  await first.at(commitBy - 100)
  const findings = devices.map((who) => honest(first, who))
  for (const { who, bound } of findings) await first.hear(dealOf(who, { findings: [bound] }), who)
  // It is anchored, and the relay dies. The next one was never told anything.
  const second = await first.successor()
  await second.at(commitBy + 2)
  for (const { who, shown } of findings) await second.hear(dealOf(who, { findings: [shown] }), who)
  t.equal(second.settlement.chain.index, 1, 'the first checkpoint is closed')
  t.equal(
    await freeOf(devices[0]!),
    11n * ETHER,
    'paid for half of it, with half of its collateral',
  )
  await checkpoint(
    second,
    devices.map((who) => honest(second, who, 1)),
  )
  t.match(second.ended(), { paid: '12.0', paidInFull: 3, checkpoints: 2 })
})

t.test('the lowest minimums win, and who is poor or busy is passed over', async (t) => {
  const devices = fresh(4)
  const poor = device('poor')
  const scene = await openScene(stage, buyer, {})
  const bids = [
    [poor, ETHER / 4n],
    [devices[0]!, 3n * ETHER],
    [devices[1]!, ETHER],
    [devices[2]!, 2n * ETHER],
    [devices[3]!, ETHER / 2n],
  ] as const
  for (const [who, price] of bids) await scene.hear(bidOf(scene, who, price), who)
  t.equal(scene.hired(), undefined, 'others may want less')
  await scene.at((await stage.now()) + 3)
  t.strictSame(
    [...(scene.hired() ?? [])].sort(),
    [devices[1]!, devices[2]!, devices[3]!].map(({ node }) => node).sort(),
  )
})

t.test('devices that are at work for another job are hired once that is over', async (t) => {
  const devices = fresh(3)
  const first = await openScene(stage, buyer, {})
  await hire(first, devices)
  const second = await openScene(stage, buyer, {})
  await hire(second, devices)
  t.equal(second.hired(), undefined)
  t.match(second.effects.filter(({ kind }) => kind === 'offered').at(-1), { busy: 3 })
  await checkpoint(
    first,
    devices.map((who) => honest(first, who)),
  )
  t.match(first.ended(), { paidInFull: 3 })
  await second.at((await stage.now()) + 20)
  t.equal(second.hired()?.length, 3)
})

t.test('an order that is not filled in time gives all money back', async (t) => {
  const [alone] = fresh(1)
  const scene = await openScene(stage, buyer, {})
  const before = await freeOf(buyer)
  await scene.hear(bidOf(scene, alone!), alone!)
  await scene.at(Number(scene.terms.joinBy) + 1)
  t.match(scene.ended(), { ending: 'expired', paid: '0.0', returned: '12.06' })
  t.equal(await freeOf(buyer), before + 12_060n * (ETHER / 1000n))
})

t.test('a job that nobody anchors is given up, and nobody loses collateral', async (t) => {
  const devices = fresh(3)
  const scene = await openScene(stage, buyer, { checkpoints: 4n, payEvery: 4n })
  await hire(scene, devices)
  await scene.at(scene.commitBy() + 121)
  await scene.at(scene.commitBy() + 121)
  t.match(scene.ended(), { ending: 'abandoned', paid: '0.0', checkpoints: 2 })
  for (const who of devices) t.equal(await freeOf(who), 10n * ETHER)
})

t.test(
  'among equals those with more behind them win, then those with the better score',
  async (t) => {
    const [plain, rich, backed, proven] = fresh(4)
    const devices = [plain!, rich!, backed!, proven!] // four were asked for
    await fundAccounts(stage, [rich!.address], ETHER)
    const stake = encodeFunctionData({
      abi: hyperVault.abi,
      functionName: 'stakeOn',
      args: [backed!.address, 2n * ETHER],
    })
    await fundAccounts(stage, [stage.relay.address], 2n * ETHER)
    await stage.send(stage.at.vault, stake)
    const before = await openScene(stage, buyer, { sellers: 1n, price: 2n, collateral: 2n })
    await before.hear(bidOf(before, proven!, 1n), proven!)
    await before.at((await stage.now()) + 3)
    await checkpoint(before, [honest(before, proven!)])
    t.equal(before.ended()?.paidInFull, 1)
    const scene = await openScene(stage, buyer, { sellers: 3n })
    // What it was paid the other has, too, so that its score alone is more.
    await fundAccounts(stage, [plain!.address], 2n)
    for (const who of devices) await scene.hear(bidOf(scene, who), who)
    const records = new Map(
      [...scene.settlement.bidders.values()].map((each) => [each.node, each.record]),
    )
    t.strictSame(
      devices.map(({ node }) => records.get(node as NodeId)),
      [
        { stake: 10n * ETHER + 2n, ok: 0, bad: 0 },
        { stake: 11n * ETHER, ok: 0, bad: 0 },
        { stake: 12n * ETHER, ok: 0, bad: 0 },
        { stake: 10n * ETHER + 2n, ok: 1, bad: 0 },
      ],
    )
    await scene.at((await stage.now()) + 3)
    t.strictSame(
      scene.hired(),
      [backed!, rich!, proven!].map(({ node }) => node),
    )
  },
)

t.test('a bid above the price waits, and is taken when the buyer raises it', async (t) => {
  const [cheap, dear, dearer] = fresh(3)
  const scene = await openScene(stage, buyer, { sellers: 2n })
  await scene.hear(bidOf(scene, cheap!, 4n * ETHER), cheap!)
  await scene.hear(bidOf(scene, dearer!, 6n * ETHER), dearer!)
  await scene.hear(bidOf(scene, dear!, 5n * ETHER), dear!)
  await scene.at((await stage.now()) + 3)
  const offered = () => scene.effects.filter(({ kind }) => kind === 'offered').at(-1)
  t.match(offered(), { devices: 1, dear: 2, from: 5n * ETHER })
  t.notOk(
    scene.effects.some((each) => each.kind === 'call' && each.call.name === 'fill'),
    'what the contract would refuse is not sent',
  )
  await scene.raise(5n * ETHER)
  t.match(offered(), { devices: 2, dear: 1, from: 6n * ETHER })
  await scene.at((await stage.now()) + 3)
  t.strictSame(
    scene.hired(),
    [cheap!, dear!].map(({ node }) => node),
  )
  await checkpoint(scene, [honest(scene, cheap!), honest(scene, dear!)])
  t.match(scene.ended(), { paid: '10.0', returned: '0.0' }, 'both get the raised price')
})

t.test(
  'whoever has less than the order asks of it is not hired, and the buyer is told',
  async (t) => {
    const [first, second, third] = fresh(3)
    await fundAccounts(stage, [first!.address], ETHER)
    const standing = { stake: amountBytes(11n * ETHER) }
    const scene = await openScene(stage, buyer, { sellers: 2n }, { standing })
    for (const who of [first!, second!, third!]) await scene.hear(bidOf(scene, who), who)
    await scene.at((await stage.now()) + 3)
    t.equal(scene.hired(), undefined)
    const offered = scene.effects.filter(({ kind }) => kind === 'offered')
    t.match(offered.at(-1), { devices: 1, below: 2, places: 2 })
  },
)

t.test('the order book tells what the order wants of a device', async (t) => {
  const wants = '{"cpus":0.5,"memory":"32MiB","runtime":"builtin","minScore":0.75}'
  const resources = { cpus: 500, memory: 33_554_432, runtime: 'builtin' }
  const scene = await openScene(stage, buyer, {}, { resources, standing: { score: 750 } })
  const orders = await readOrders(stage.client, stage.at, false)
  const job = hexOf(scene.address)
  const found = orders.find((order) => order.job.toLowerCase() === job)
  t.equal(found?.resources, wants)
  t.match(ordersText(orders), `resources ${wants}`)
})

t.test('a buyer without tokens gets no contract, and learns why', async (t) => {
  const scene = await openScene(stage, actor('beggar'), {})
  const failed = scene.effects.find(({ kind }) => kind === 'failed')
  t.match(failed, { reason: /has 0\.0 HYPER free, wanted 12\.06 HYPER; deposit more/ })
})

t.test('the vault owes exactly what it holds', async (t) => {
  const books = await auditVault(stage.client, stage.at)
  t.ok(
    isBalanced(books),
    JSON.stringify(books, (_, value) => String(value)),
  )
})
