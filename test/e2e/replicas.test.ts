import t from 'tap'
import { jobId } from '../../agent/wire/ids.ts'
import { ControllerConfig } from '../../controller/config.ts'
import { startController } from '../../controller/driver.ts'
import { accountsOf, hire, openCheat } from './cheat.ts'
import { devices, ended, FLEET, folder, MINUTE, nameOf, until } from './site.ts'

/** Work that several devices do, on real processes: rows that travel with the job, dealt by the contract's lot. */
t.setTimeout(4 * MINUTE)

const ETHER = 10n ** 18n
const ROWS = Array.from({ length: 30 }, (_, i) => 2 ** i)
const rows = new Map([['rows.csv', `power,note\n${ROWS.map((row) => `${row},x`).join('\n')}\n`]])
const job = (market = '') => `apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: paid }
spec:
  selector: { matchLabels: { rig: a } }
  model: { type: sum, response: power }
  data: { file: rows.csv, shards: 3, replicas: 3 }
${market}`
const paid = '  market: { price: "1.0", collateral: "1.0", sellers: 9, period: 25s, window: 10s }\n'

async function open(t: Parameters<typeof folder>[0], isPaid: boolean) {
  const config = ControllerConfig.parse({
    fleet: FLEET,
    broker: { embedded: { listen: '127.0.0.1:0' } },
    ...(isPaid ? { chain: { embedded: true } } : {}),
  })
  const site = await startController(config, { log: () => {}, folder: folder(t) })
  t.teardown(() => site.close())
  const names = Array.from({ length: 10 }, (_, i) => nameOf(i))
  const passwords = site.credentials?.issueAll(names, 'device') ?? new Map<string, string>()
  return { site, passwords, at: { url: site.brokerUrl, operator: site.operatorAddress } }
}

t.test(
  'a shard counts once, whoever of its devices is gone, and no more devices take part',
  async (t) => {
    const { site, passwords, at } = await open(t, false)
    const list = devices(0, 10, passwords)
    await hire(t, at, undefined, list)
    await until(site, () => site.nodes().filter(({ online }) => online).length === 10, '10 devices')
    await site.submit('job.yaml', job(), rows)
    const done = await ended(site, 'paid', MINUTE)
    t.equal(done.status, 'succeeded')
    t.match(done, {
      result: { sum: 2 ** 30 - 1 },
      contributors: { count: 9, roster: 9 },
      data: { rows: 30, counted: 30, shards: 3, replicas: 3 },
      consensus: { method: 'commit' },
      agreement: { exact: true, identical: true },
    })
  },
)

t.test('a replica with another share is slashed, and the others are paid', async (t) => {
  const { site, passwords, at } = await open(t, true)
  const list = devices(0, 9, passwords)
  await site.market?.endow?.(accountsOf(list), ETHER)
  const hosts = await hire(t, at, site.market?.place, list)
  await until(site, () => site.nodes().filter(({ online }) => online).length === 9, '9 devices')
  await site.submit('paid.yaml', job(paid), rows)
  const sealed = () => site.job(jobId('paid')).result?.agreement?.sealed === 9
  await until(site, sealed, 'answer of all')
  t.match(site.job(jobId('paid')).result, { result: { sum: 2 ** 30 - 1 }, data: { counted: 30 } })

  const liar = nameOf(4)
  for (const { pid, devices: held } of hosts.processes)
    if (held.includes(liar)) process.kill(pid, 'SIGKILL')
  const cheat = await openCheat(site, passwords)
  t.teardown(() => cheat.close())
  const claim = await cheat.claimOf(liar, nameOf(0))
  const lie = cheat.sign(liar, { ...claim, share: new Uint8Array(32).fill(6) })
  await cheat.say(liar, lie.bound)
  await cheat.say(liar, lie.shown)
  const { market, status } = await ended(site, 'paid', 2 * MINUTE)
  t.equal(status, 'succeeded')
  t.match(market, {
    ending: 'completed',
    sellers: 9,
    paidInFull: 8,
    paid: '8.0',
    slashed: '1.0',
    result: 'majority',
    work: 'replicated x3',
  })
  const books = await site.market?.audit()
  t.equal(books && books.inAccounts + books.inStakes + books.inEscrows, books?.inVault)
})
