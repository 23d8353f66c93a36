import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mnemonicToAccount } from 'viem/accounts'
import { hexOf } from '../../agent/wire/hash.ts'
import { jobId } from '../../agent/wire/ids.ts'
import { ControllerConfig } from '../../controller/config.ts'
import { startController } from '../../controller/driver.ts'
import { openCredentials } from '../../controller/io/broker/credentials.ts'
import { DEV_MNEMONIC } from '../../controller/io/chain/anvil.ts'
import { startEmbedded } from '../../controller/io/chain/embedded.ts'
import { startRelay } from '../../controller/relay.ts'
import { accountsOf, hire, openCheat, placeOf } from './cheat.ts'
import {
  broker,
  credentials,
  devices,
  ended,
  externalConfig,
  FLEET,
  folder,
  MINUTE,
  nameOf,
  until,
} from './site.ts'

/** Paid jobs on real processes: broker, chain, controller and devices, with sellers that cheat or vanish. */
t.setTimeout(4 * MINUTE)

const ETHER = 10n ** 18n
const paidJob = (sellers: number, period = '25s') => `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: paid }
spec:
  selector: { matchLabels: { rig: a } }
  model: { type: sum, response: level }
  market: { price: "1.0", collateral: "1.0", sellers: ${sellers}, period: ${period}, window: 10s }
`

t.test('cheats lose, who vanishes is unpaid, and the honest are paid', async (t) => {
  const config = ControllerConfig.parse({
    fleet: FLEET,
    broker: { embedded: { listen: '127.0.0.1:0' } },
    chain: { embedded: true },
  })
  const site = await startController(config, { log: () => {}, folder: folder(t) })
  t.teardown(() => site.close())
  const names = Array.from({ length: 7 }, (_, i) => nameOf(i))
  const passwords = site.credentials?.issueAll(names, 'device') ?? new Map<string, string>()
  const list = devices(0, 7, passwords)
  await site.market?.endow?.(accountsOf(list), ETHER)
  const place = site.market?.place
  if (!place) throw new Error('the controller has no chain')
  const at = { url: site.brokerUrl, operator: site.operatorAddress }
  const hosts = await hire(t, at, place, list)
  await until(site, () => site.nodes().filter(({ online }) => online).length === 7, '7 devices')
  await site.submit('paid.yaml', paidJob(7))
  const sealed = () => site.job(jobId('paid')).result?.agreement?.sealed === 7
  await until(site, sealed, 'answer of all')
  const answer = site.job(jobId('paid')).result
  t.equal((answer?.result as { sum?: number })?.sum, 2 ** 7 - 1)

  const [gone = '', liar = '', thief = ''] = [nameOf(4), nameOf(5), nameOf(6)]
  for (const { pid, devices: held } of hosts.processes)
    if ([gone, liar, thief].some((id) => held.includes(id))) process.kill(pid, 'SIGKILL')
  const cheat = await openCheat(site, passwords)
  t.teardown(() => cheat.close())
  // One says another result of the same devices; it had bound and may show it like anybody.
  const honest = await cheat.claimOf(nameOf(0), nameOf(0))
  const lie = cheat.sign(liar, { ...honest, result: new Uint8Array(32).fill(6) })
  await cheat.say(liar, lie.bound)
  // One binds what another bound, and shows its own signature for it.
  const commitment = (await cheat.dealOf(nameOf(0))).findings[0]?.commitment
  t.ok(commitment, 'an honest device has bound its own')
  const stolen = { index: 0, commitment: commitment ?? new Uint8Array(32) }
  await cheat.say(thief, stolen)
  // Shown before its time it only helps others to copy; the contract takes it all the same.
  await cheat.say(liar, lie.shown)
  await cheat.say(thief, { ...cheat.sign(thief, honest).shown, ...stolen })

  const { market, status } = await ended(site, 'paid', 2 * MINUTE)
  t.equal(status, 'succeeded')
  t.match(market, {
    ending: 'completed',
    sellers: 7,
    paidInFull: 4,
    paid: '4.0',
    slashed: '1.0',
    result: 'majority',
  })
  const books = await site.market?.audit()
  t.equal(books && books.inAccounts + books.inStakes + books.inEscrows, books?.inVault)
})

t.test('a buyer without the money is told so, and nothing is spent', async (t) => {
  const config = ControllerConfig.parse({
    fleet: FLEET,
    broker: { embedded: { listen: '127.0.0.1:0' } },
    chain: { embedded: true },
  })
  const site = await startController(config, { log: () => {}, folder: folder(t) })
  t.teardown(() => site.close())
  const before = await site.market?.audit()
  const dear = paidJob(7).replace('price: "1.0"', 'price: "9000.0"')
  await t.rejects(site.submit('paid.yaml', dear), { code: 'CHAIN_REFUSED', message: /10000\.0/ })
  t.strictSame(await site.market?.audit(), before)
})

t.test('a controller that vanishes harms nobody: another relay finishes its job', async (t) => {
  const dir = folder(t)
  const chain = await startEmbedded()
  t.teardown(() => chain.stop())
  const names = Array.from({ length: 4 }, (_, i) => nameOf(i))
  const file = join(dir, 'broker.json')
  const passwords = credentials(file, names)
  // Of a relay's rights only: what it has to hear and to tell must be among them.
  writeFileSync(join(dir, 'relay.password'), openCredentials(file).issue('relay', 'relay'), {
    mode: 0o600,
  })
  const wanted = { fleet: FLEET, port: 0, credentials: file, devices: [], controllers: [] }
  const { url } = await broker(t, wanted)
  writeFileSync(join(dir, 'market.json'), JSON.stringify(chain.deployment))
  /** A controller's configuration with an account of its own for gas. */
  const configBy = (addressIndex: number) => {
    const key = mnemonicToAccount(DEV_MNEMONIC, { addressIndex }).getHdKey().privateKey
    const relayKey = `relay-${addressIndex}.key`
    writeFileSync(join(dir, relayKey), Buffer.from(key ?? []).toString('hex'), { mode: 0o600 })
    const rpc = [chain.anvil.url]
    return ControllerConfig.parse({
      ...externalConfig(dir, url, passwords.get('controller') ?? ''),
      store: `state-${addressIndex}`,
      chain: { rpc, deployment: 'market.json', relayKey: { file: relayKey }, confirmations: 0 },
    })
  }
  const first = fork(new URL('./controllerProcess.ts', import.meta.url))
  t.teardown(() => first.kill('SIGKILL'))
  first.send({ config: configBy(1), folder: dir })
  const [{ operator }] = (await once(first, 'message')) as [{ operator: string }]
  const list = devices(0, 4, passwords)
  const accounts = accountsOf(list).map(hexOf)
  await chain.endow(accounts, ETHER)
  await chain.endow([operator.toLowerCase() as `0x${string}`], 10n * ETHER)
  await hire(t, { url, operator }, placeOf(chain.deployment), list)
  first.send({ wait: 4 })
  await once(first, 'message')
  first.send({ submit: paidJob(4), heard: 4 })
  await once(first, 'message')
  first.kill('SIGKILL')
  await once(first, 'exit')
  const external = { url, username: 'relay', password: { file: 'relay.password' } }
  const relay = await startRelay(ControllerConfig.parse({ ...configBy(2), broker: { external } }), {
    log: () => {},
    folder: dir,
  })
  t.teardown(() => relay.close())
  const market = await relay.ended(jobId('paid'))
  t.match(market, { ending: 'completed', paid: '4.0', slashed: '0.0', paidInFull: 4 })
})
