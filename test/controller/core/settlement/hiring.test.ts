import t from 'tap'
import { hexOf } from '../../../../agent/wire/hash.ts'
import { joinsHash } from '../../../../agent/wire/market.ts'
import { longForm } from '../../../../controller/io/chain/calls.ts'
import { refusalOf } from '../../../../controller/io/chain/refusal.ts'
import { callJob, pairOf, signMarket } from '../../../chain/stage.ts'
import { openCast } from './cast.ts'
import { bidOf, type Device, ETHER, openScene, type Scene } from './scene.ts'

t.setTimeout(60_000)

/** Whom a buyer hires, against people who would rather hire themselves. */
const { stage, buyer, fresh, hire } = await openCast(t)

t.test('strangers cannot take the places of an order', async (t) => {
  const scene = await openScene(stage, buyer, {})
  const strangers = fresh(3)
  const joins = strangers.map((who) => joinOf(scene, who))
  const deadline = scene.terms.joinBy
  const message = { job: scene.address, minPrice: ETHER, deadline, joins: joinsHash(joins) }
  for (const signer of [strangers[0]!, { ...buyer, privateKey: strangers[1]!.privateKey }]) {
    const word = longForm(signMarket(stage, signer, 'Hire', message))
    const args = [ETHER, scene.terms.joinBy, joins.map(pairOf), word]
    const error = await callJob(stage, hexOf(scene.address), 'fill', args).then(
      () => undefined,
      (error: unknown) => refusalOf(error),
    )
    t.equal(error?.name, 'HyperVaultBadSignature')
  }
  const devices = fresh(3)
  await hire(scene, devices)
  t.strictSame(scene.hired(), devices.map(({ node }) => node).sort(), 'whom the buyer chose')
})

t.test('a bid that ends before places close does not hold up the others', async (t) => {
  const scene = await openScene(stage, buyer, {})
  const [late, ...devices] = fresh(4)
  const { terms, address } = scene
  const deadline = terms.joinBy - 1n
  const message = { job: address, minPrice: 1n, collateral: terms.collateral, deadline }
  const said = bidOf(scene, late!, 1n)
  const signature = signMarket(stage, late!, 'Join', message)
  await scene.hear({ ...said, bid: { ...said.bid!, deadline: Number(deadline), signature } }, late!)
  await hire(scene, devices)
  t.strictSame(scene.hired(), devices.map(({ node }) => node).sort(), 'though it wants less')
})

t.test('a device may bid anew, for another price', async (t) => {
  const scene = await openScene(stage, buyer, {})
  const [dear, ...devices] = fresh(4)
  await scene.hear(bidOf(scene, dear!, 4n * ETHER), dear!)
  await scene.hear(bidOf(scene, dear!, ETHER / 2n), dear!)
  await hire(scene, devices)
  t.ok(scene.hired()?.includes(dear!.node), 'the cheapest by its last word')
})

function joinOf({ terms, address }: Scene, who: Device): Uint8Array {
  const { collateral, joinBy: deadline } = terms
  const message = { job: address, minPrice: ETHER, collateral, deadline }
  return signMarket(stage, who, 'Join', message)
}
