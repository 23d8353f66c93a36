import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { privateKeyToAddress } from 'viem/accounts'
import type { Entry } from '../../agent/io/log.ts'
import { bytesOf, hexOf } from '../../agent/wire/hash.ts'
import { ControllerConfig } from '../../controller/config.ts'
import { startController } from '../../controller/driver.ts'
import { devKey } from '../../controller/io/chain/devKeys.ts'
import { startEmbedded } from '../../controller/io/chain/embedded.ts'
import { openFaultyRpc } from '../chain/faultyRpc.ts'
import { folder } from '../e2e/site.ts'

t.setTimeout(60_000)

const PAID = `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: paid }
spec:
  selector: { matchLabels: { rig: a } }
  model: { type: sum, response: level }
  market: { price: "1.0", sellers: 3, period: 30s, window: 10s }
`
t.test(
  'a controller comes up while the chain is away, refuses paid jobs, and takes them later',
  async (t) => {
    const chain = await startEmbedded()
    t.teardown(() => chain.stop())
    const proxy = await openFaultyRpc(chain.anvil.url)
    t.teardown(() => proxy.close())
    proxy.fault = () => 'lost'
    const dir = folder(t)
    writeFileSync(join(dir, 'market.json'), JSON.stringify(chain.deployment))
    writeFileSync(join(dir, 'relay.key'), devKey(), { mode: 0o600 })
    const config = ControllerConfig.parse({
      fleet: 'site',
      broker: { embedded: { listen: '127.0.0.1:0' } },
      chain: {
        rpc: [proxy.url],
        deployment: 'market.json',
        relayKey: { file: 'relay.key' },
        confirmations: 0,
      },
    })
    const entries: Entry[] = []
    const heard = Promise.withResolvers<void>()
    const log = (entry: Entry) => {
      entries.push(entry)
      if (entry.kind === 'chain' && entry.level === 'info') heard.resolve()
    }
    const controller = await startController(config, { log, folder: dir })
    t.teardown(() => controller.close())
    t.match(
      entries.filter(({ kind, level }) => kind === 'chain' && level === 'warn'),
      [{ message: /127\.0\.0\.1.* Paid jobs wait/ }],
      'its log says so',
    )
    await t.rejects(controller.submit('paid.yaml', PAID), {
      code: 'CHAIN_LOST',
      message: /no chain answers at http:\/\/127\.0\.0\.1/,
    })
    t.strictSame(controller.jobs(), [], 'nothing of it was begun')
    await t.rejects(async () => controller.market?.coins(), { code: 'CHAIN_LOST' })
    proxy.fault = () => undefined
    await heard.promise
    const { relay = '', coins } = controller.market ?? {}
    t.equal(relay, privateKeyToAddress(devKey()))
    t.ok(((await coins?.()) ?? 0n) > 10n ** 21n, 'what anvil gives, less the gas of the contracts')
    const address = controller.operatorAddress
    await t.rejects(controller.submit('paid.yaml', PAID), {
      code: 'CHAIN_REFUSED',
      message: `the buyer ${address} has 0.0 HYPER free in the market, wanted 3.015 HYPER for the escrow of 1 job (pay, fee and relays); deposit what lacks: hypernet market deposit 3.015 --for ${address}. Nothing was sent`,
    })
    t.strictSame(controller.jobs(), [], 'a buyer without tokens has submitted nothing')
    await chain.endow([hexOf(bytesOf(address))], 10n ** 19n)
    t.match(await controller.submit('paid.yaml', PAID), { ok: true })
  },
)
