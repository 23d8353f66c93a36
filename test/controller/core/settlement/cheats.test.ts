import t from 'tap'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { addressOf } from '../../../../agent/wire/signature.ts'
import { openCast } from './cast.ts'
import { type Device, dealOf, ETHER, findingBy, openScene } from './scene.ts'

t.setTimeout(120_000)

/** Sellers that cheat, each in its own way, against the real contracts: nobody else may lose by it. */
const { stage, buyer, fresh, freeOf, hire, checkpoint, honest } = await openCast(t)

t.test('a seller with another result is slashed, and the others are paid', async (t) => {
  const [liar, ...others] = fresh(3)
  const scene = await openScene(stage, buyer, {})
  await hire(scene, [liar!, ...others]) // three were asked for
  await checkpoint(scene, [
    { who: liar!, ...findingBy(scene, liar!, 0, { sum: 2 }) },
    ...others.map((who) => honest(scene, who)),
  ])
  t.match(scene.ended(), { paid: '8.0', slashed: '2.0', paidInFull: 2, ending: 'completed' })
  t.equal(await freeOf(liar!), 8n * ETHER, 'all of its collateral')
  for (const who of others) t.equal(await freeOf(who), 14n * ETHER)
})

t.test('whoever shows its lie to a stranger alone keeps nobody from being paid', async (t) => {
  const [liar, ...others] = fresh(3)
  const scene = await openScene(stage, buyer, {})
  await hire(scene, [liar!, ...others]) // three were asked for
  const said = [
    { who: liar!, ...findingBy(scene, liar!, 0, { sum: 2 }) },
    ...others.map((who) => honest(scene, who)),
  ]
  const commitBy = scene.commitBy()
  await scene.at(commitBy - 100)
  for (const { who, bound } of said) await scene.hear(dealOf(who, { findings: [bound] }), who)
  await scene.at(commitBy - 20)
  await scene.at(commitBy + 2)
  const stranger = await scene.successor()
  await stranger.hear(dealOf(liar!, { findings: [said[0]!.shown] }), liar!)
  await stranger.at(commitBy + 61)
  t.ok(stranger.settlement.chain.shown.sellers > 0n, 'the contract has the lie')
  for (const { who, shown } of said.slice(1))
    await scene.hear(dealOf(who, { findings: [shown] }), who)
  await scene.catchUp()
  await scene.at(commitBy + 62)
  t.match(scene.ended(), { paid: '8.0', slashed: '2.0', paidInFull: 2, ending: 'completed' })
  for (const who of others) t.equal(await freeOf(who), 14n * ETHER)
})

t.test(
  'a seller that signs for a group that it is not in keeps nobody else from being paid',
  async (t) => {
    const [odd, ...others] = fresh(3)
    const scene = await openScene(stage, buyer, {})
    await hire(scene, [odd!, ...others]) // three were asked for
    await checkpoint(scene, [
      { who: odd!, ...findingBy(scene, odd!, 0, { group: 5 }) },
      ...others.map((who) => honest(scene, who)),
    ])
    t.match(scene.ended(), { paid: '8.0', slashed: '0.0', paidInFull: 2, ending: 'completed' })
    for (const who of others) t.equal(await freeOf(who), 14n * ETHER)
  },
)

t.test('a seller that binds what it found by itself keeps nobody from being paid', async (t) => {
  for (const isAnchored of [true, false]) {
    const devices = fresh(3)
    const scene = await openScene(stage, buyer, {})
    await hire(scene, devices)
    const placeOf = (who: Device) =>
      scene.settlement.chain.sellers.indexOf(hexOf(addressOf(who.publicKey)))
    const commitBy = scene.commitBy()
    const [alone, ...others] = devices
    await scene.at(commitBy - 100)
    const own = findingBy(scene, alone!, 0)
    await scene.bind(alone!, placeOf(alone!), own.bound)
    // Without a list all have to bind themselves.
    for (const who of others) {
      const { bound } = findingBy(scene, who, 0)
      if (!isAnchored) await scene.bind(who, placeOf(who), bound)
      else await scene.hear(dealOf(who, { findings: [bound] }), who)
    }
    await scene.at(commitBy - 20)
    await scene.at(commitBy + 2)
    for (const who of devices)
      await scene.hear(dealOf(who, { findings: [findingBy(scene, who, 0).shown] }), who)
    await scene.at(commitBy + 61)
    t.match(scene.ended(), { paid: '12.0', paidInFull: 3, ending: 'completed' }, `${isAnchored}`)
  }
})

t.test('a relay that binds junk does not get the work for nothing', async (t) => {
  for (const isTold of [true, false]) {
    const devices = fresh(3)
    const scene = await openScene(stage, buyer, {})
    await hire(scene, devices)
    const commitBy = scene.commitBy()
    await scene.at(commitBy - 100)
    await scene.anchor(
      [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill)),
      isTold,
    )
    const findings = devices.map((who) => honest(scene, who))
    for (const { who, bound } of findings) await scene.hear(dealOf(who, { findings: [bound] }), who)
    await scene.at(commitBy - 60)
    await scene.at(commitBy - 20)
    t.equal(scene.settlement.chain.own.size, 3, 'all are bound by what they signed')
    await scene.at(commitBy + 2)
    for (const { who, shown } of findings) await scene.hear(dealOf(who, { findings: [shown] }), who)
    await scene.at(commitBy + 61)
    t.match(scene.ended(), { paid: '12.0', paidInFull: 3, ending: 'completed' }, `${isTold}`)
  }
})

t.test('a seller that copies another’s commitment cannot show it, and is unpaid', async (t) => {
  const [thief, victim, third] = fresh(3)
  const scene = await openScene(stage, buyer, {})
  await hire(scene, [thief!, victim!, third!])
  const copied = findingBy(scene, victim!, 0).bound
  const own = findingBy(scene, thief!, 0).shown
  await checkpoint(scene, [
    // It shows its own signature under the copied commitment, then the victim's as its own.
    { who: thief!, bound: copied, shown: { ...own, commitment: copied.commitment } },
    honest(scene, victim!),
    honest(scene, third!),
  ])
  t.match(scene.ended(), { paid: '8.0', slashed: '0.0', paidInFull: 2 })
  t.equal(await freeOf(thief!), 10n * ETHER, 'unpaid, not slashed')
})

t.test(
  'replica groups are those that the contract deals, and a share of one’s own is slashed',
  async (t) => {
    const devices = fresh(9)
    const scene = await openScene(stage, buyer, { sellers: 9n, replicas: 3n })
    await hire(scene, devices)
    t.equal(scene.hired(), undefined, 'the lot is not known yet')
    await scene.at((await stage.now()) + 1)
    await scene.at((await stage.now()) + 1)
    await scene.at((await stage.now()) + 1)
    const { sellers, groups } = scene.settlement.chain
    const dealt = await stage.read(hexOf(scene.address), 'groups')
    t.strictSame(groups, dealt.map(Number))
    t.equal(scene.hired()?.length, 9)
    const placeOf = (who: Device) => sellers.indexOf(hexOf(addressOf(who.publicKey)))
    const [liar] = devices
    await checkpoint(
      scene,
      devices.map((who) => {
        const group = groups[placeOf(who)] ?? 0
        const share = new Uint8Array(32).fill(who === liar ? 99 : group + 1)
        return { who, ...findingBy(scene, who, 0, { contributors: 255, group, share }) }
      }),
    )
    t.match(scene.ended(), {
      ending: 'completed',
      paidInFull: 8,
      paid: '32.0',
      slashed: '2.0',
      work: 'replicated x3',
    })
    t.equal(await freeOf(liar!), 8n * ETHER, 'all of its collateral')
  },
)

t.test('an order whose lot nobody draws gives all money back', async (t) => {
  const devices = fresh(3)
  const scene = await openScene(stage, buyer, { sellers: 3n, replicas: 3n })
  await hire(scene, devices)
  scene.settlement.refused.set('start', { tries: 99, block: -1, time: Number.MAX_SAFE_INTEGER })
  await scene.at((await stage.now()) + Number(scene.terms.window) + 3)
  t.match(scene.ended(), { ending: 'expired', paid: '0.0', slashed: '0.0' })
  for (const who of devices) t.equal(await freeOf(who), 10n * ETHER)
})
