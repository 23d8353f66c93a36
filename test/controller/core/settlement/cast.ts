import type { Test } from 'tap'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { actor, fundAccounts, openStage } from '../../../chain/stage.ts'
import { bidOf, type Device, dealOf, device, ETHER, findingBy, type Scene } from './scene.ts'

/** A chain with the market on it, a rich buyer, and devices that put up collateral. Ends with the tests. */
export async function openCast(t: Pick<Test, 'teardown'>) {
  const stage = await openStage()
  t.teardown(() => stage.stop())
  const buyer = actor('buyer')
  const names = Array.from({ length: 60 }, (_, i) => `seller-${i}`)
  await fundAccounts(stage, [buyer.address], 10_000n * ETHER)
  await fundAccounts(
    stage,
    names.map((name) => device(name).address),
    10n * ETHER,
  )
  let used = 0
  /** Devices that no other job has. */
  const fresh = (count: number) => {
    const taken = names.slice(used, used + count)
    used += count
    return taken.map(device)
  }
  const freeOf = async (who: { address: `0x${string}` }) => {
    const { free } = await stage.client.readContract({
      address: stage.at.vault,
      abi: hyperVault.abi,
      functionName: 'accountOf',
      args: [who.address],
    })
    return free
  }
  async function hire(scene: Scene, devices: readonly Device[]): Promise<void> {
    for (const who of devices) await scene.hear(bidOf(scene, who), who)
    await scene.at((await stage.now()) + 3)
  }
  /** A checkpoint at which each device says what `findings` has for it: what it binds, what it shows. */
  async function checkpoint(
    scene: Scene,
    findings: readonly { who: Device; bound?: object; shown?: object }[],
  ): Promise<void> {
    const commitBy = scene.commitBy()
    await scene.at(commitBy - 100)
    const say = (who: Device, finding: object) =>
      scene.hear(dealOf(who, { findings: [finding as never] }), who) // a finding of the scene
    for (const { who, bound } of findings) if (bound) await say(who, bound)
    await scene.at(commitBy - 20)
    await scene.at(commitBy + 2)
    for (const { who, shown } of findings) if (shown) await say(who, shown)
    await scene.at(commitBy + 61)
    if (!scene.ended() && scene.commitBy() === commitBy) await scene.at(commitBy + 121)
  }
  const honest = (scene: Scene, who: Device, index = 0) => ({
    who,
    ...findingBy(scene, who, index),
  })
  return { stage, buyer, fresh, freeOf, hire, checkpoint, honest }
}
