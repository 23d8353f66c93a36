import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import t, { type Test } from 'tap'
import { mnemonicToAccount } from 'viem/accounts'
import type { VirtualDevice } from '../../agent/host.ts'
import { type Hosts, startHosts } from '../../agent/hosts.ts'
import { deriveKey } from '../../agent/io/keys.ts'
import { canonicalBytes, SUM_TOP } from '../../agent/math/exactVector.ts'
import { decodeVector } from '../../agent/math/wireForm.ts'
import { OBJECT } from '../../agent/wire/cborCheck.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { bytesToHex, digest, hexToBytes } from '../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId } from '../../agent/wire/ids.ts'
import {
  findingOf,
  jobAddress,
  marketDigest,
  NO_SHARE,
  unpackTerms,
} from '../../agent/wire/market.ts'
import { Deal, type Finding } from '../../agent/wire/marketMessages.ts'
import { Order, Seal, SealReport, Signed } from '../../agent/wire/messages.ts'
import { addressOf, payloadOf } from '../../agent/wire/signature.ts'
import { type Topic, topicName } from '../../agent/wire/topics.ts'
import { commitmentOf, signCompact } from '../../agent/wire/typedData.ts'
import { ControllerConfig } from '../../controller/config.ts'
import type { MarketPlace } from '../../controller/core/settlement/offer.ts'
import { type Controller, startController } from '../../controller/driver.ts'
import { DEV_MNEMONIC } from '../../controller/io/chain/anvil.ts'
import type { Deployment } from '../../controller/io/chain/deployment.ts'
import { startEmbedded } from '../../controller/io/chain/embedded.ts'
import { startRelay } from '../../controller/relay.ts'
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

type Place = Pick<MarketPlace, 'chainId' | 'vault' | 'factory' | 'escrow'>
const placeOf = ({ chainId, vault, factory, escrow }: Deployment): Place => ({
  chainId,
  vault: hexToBytes(vault.slice(2)),
  factory: hexToBytes(factory.slice(2)),
  escrow: hexToBytes(escrow.slice(2)),
})
const keyOf = (id: string) => deriveKey('site', id)
const accountsOf = (list: readonly VirtualDevice[]) =>
  list.map(({ id }) => addressOf(keyOf(id).publicKey))

async function hire(
  t: Test,
  at: { url: string; operator: string },
  { chainId, vault, factory, escrow }: Place,
  list: readonly VirtualDevice[],
): Promise<Hosts> {
  const terms = { minPrice: ETHER / 2n, maxCollateral: ETHER }
  const hosts = await startHosts({
    fleet: FLEET,
    broker: { url: at.url },
    operators: [hexToBytes(at.operator.slice(2))],
    market: { chainId: BigInt(chainId), vault, factory, escrow, ...terms },
    devices: list,
    processes: list.length,
    logLevel: 'error',
    readyWithin: MINUTE,
  })
  t.teardown(() => hosts.stop())
  return hosts
}

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
  const honest = await cheat.claimBy(nameOf(0))
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

t.test('a controller that vanishes harms nobody: another relay finishes its job', async (t) => {
  const dir = folder(t)
  const chain = await startEmbedded()
  t.teardown(() => chain.stop())
  const names = Array.from({ length: 4 }, (_, i) => nameOf(i))
  const file = join(dir, 'broker.json')
  const passwords = credentials(file, names)
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
  const accounts = accountsOf(list).map((account) => `0x${bytesToHex(account)}` as const)
  await chain.endow(accounts, ETHER)
  await chain.endow([operator.toLowerCase() as `0x${string}`], 10n * ETHER)
  await hire(t, { url, operator }, placeOf(chain.deployment), list)
  first.send({ wait: 4 })
  await once(first, 'message')
  first.send({ submit: paidJob(4), heard: 4 })
  await once(first, 'message')
  first.kill('SIGKILL')
  await once(first, 'exit')
  const relay = await startRelay(configBy(2), { log: () => {}, folder: dir })
  t.teardown(() => relay.close())
  const market = await relay.ended(jobId('paid'))
  t.match(market, { ending: 'completed', paid: '4.0', slashed: '0.0', paidInFull: 4 })
})

/** Who is in a sum, and the sum, as devices sign it. */
interface Claim {
  readonly roster: Uint8Array
  readonly result: Uint8Array
}

/** Speaks in place of devices whose processes are dead, with their keys. */
async function openCheat(site: Controller, passwords: ReadonlyMap<string, string>) {
  const fleet = fleetId(FLEET)
  const job = jobId('paid')
  const clients = new Map<string, MqttClient>()
  const connect = async (id: string, password: string) => {
    const known = clients.get(id)
    if (known) return known
    const at = { clientId: id, username: id, password, reconnectPeriod: 0 }
    const client = await mqtt.connectAsync(site.brokerUrl, at)
    clients.set(id, client)
    return client
  }
  const eye = await connect('eye', site.credentials?.issue('eye', 'controller') ?? '')
  const heard = new Map<string, Buffer>()
  const news = new EventTarget()
  eye.on('message', (topic, payload) => {
    heard.set(topic, payload)
    news.dispatchEvent(new Event('more'))
  })
  await eye.subscribeAsync(
    ['order', 'roster', 'deal/+', 'seal/+'].map((end) => `hn/1/${FLEET}/net/paid/${end}`),
  )
  const hear = async (topic: Topic): Promise<Buffer> => {
    const signal = AbortSignal.timeout(MINUTE)
    for (;;) {
      const payload = heard.get(topicName(topic))
      if (payload) return payload
      await once(news, 'more', { signal })
    }
  }
  const signedOf = async (kind: 'order' | 'roster') => {
    const { signed } = decodeRecord(Signed, await hear({ kind, fleet, job }))
    if (!signed) throw new Error(`the ${kind} travels as a blob`)
    return payloadOf(signed)
  }
  const { offer } = decodeRecord(Order, await signedOf('order'), OBJECT)
  if (!offer) throw new Error('the job is not paid')
  const terms = unpackTerms(offer.terms)
  const address = jobAddress(terms, offer.factory, offer.escrow)
  const market = { chainId: BigInt(offer.chainId), vault: offer.vault }
  const dealOf = async (id: string): Promise<Deal> =>
    decodeRecord(Deal, await hear({ kind: 'deal', fleet, job, node: nodeId(id) }))
  return {
    terms,
    dealOf,
    /** What an honest device will show, worked out from another's seal. */
    async claimBy(id: string): Promise<Claim> {
      const topic = { kind: 'seal', fleet, job, node: nodeId(id) } as const
      const { seal } = decodeRecord(SealReport, await hear(topic))
      if (!seal) throw new Error(`${id} sealed nothing`)
      const { contributors, ...wire } = decodeRecord(Seal, payloadOf(seal))
      const sum = decodeVector(wire, wire.exponents.length / 2, SUM_TOP)
      const roster = digest(await signedOf('roster'))
      return findingOf(roster, 0, contributors, canonicalBytes(sum))
    },
    sign(id: string, { roster, result }: Claim) {
      const found = { group: 0n, roster, share: NO_SHARE, result }
      const message = { job: address, index: 0n, ...found }
      const signature = signCompact(
        marketDigest(market, 'Checkpoint', message),
        keyOf(id).privateKey,
      )
      const bound: Finding = { index: 0, commitment: commitmentOf(signature) }
      return { bound, shown: { ...bound, group: 0, roster, share: NO_SHARE, result, signature } }
    },
    async say(id: string, finding: Finding): Promise<void> {
      const client = await connect(id, passwords.get(id) ?? '')
      const deal: Deal = { ...(await dealOf(id)), findings: [finding] }
      const topic = topicName({ kind: 'deal', fleet, job, node: nodeId(id) })
      await client.publishAsync(topic, Buffer.from(encodeRecord(Deal, deal)), {
        qos: 1,
        retain: true,
      })
    },
    close: () => Promise.all([...clients.values()].map((client) => client.endAsync(true))),
  }
}
