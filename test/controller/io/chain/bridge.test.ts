import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../../../controller/io/store.ts'
import { hear, openBridgeStage, testJob } from '../../../chain/bridgeStage.ts'

const stage = await openBridgeStage()
t.teardown(() => stage.stop())
let serial = 0

t.test('steps of a job go through, one after the other, and events are told', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage)
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  const before = await stage.sentBy(stage.relayer.address)
  heard.bridge.want(job.create)
  heard.bridge.want(job.create)
  heard.bridge.want(job.cancel)
  await heard.reaches(job.cancel, 'mined')
  await stage.mineBlocks(2)
  await heard.reaches(job.cancel, 'final')
  t.strictSame(heard.states(job.create), ['intent', 'signed', 'sent', 'mined', 'final'])
  t.strictSame(heard.states(job.cancel), ['intent', 'signed', 'sent', 'mined', 'final'])
  t.equal(await stage.sentBy(stage.relayer.address), before + 2, 'one transaction a step')
  t.strictSame(heard.standing(job.address), ['JobCreated', 'JobOpened', 'JobEnded'])
  t.strictSame(heard.events.filter(({ kind }) => kind === 'link').length, 1)
})

t.test('the tag of the chain makes steps final', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { confirmations: 'finalized' })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'mined')
  // Anvil tells the block 64 below the newest as finalized.
  await stage.mineBlocks(60)
  await heard.until(() => heard.bridge.head.finalized > 0)
  t.equal(heard.bridge.steps(job.address)[0]?.state, 'mined')
  await stage.mineBlocks(10)
  await heard.reaches(job.create, 'final')
})

t.test('after a restart all events of a job are told again, and new ones follow', async (t) => {
  const path = join(t.testdir(), 'store.sqlite')
  const job = await testJob(stage, ++serial)
  const first = openStore(path)
  const before = hear(stage, { store: first, confirmations: 0 })
  await before.bridge.start()
  before.bridge.watch(job.address)
  before.bridge.want(job.create)
  await before.reaches(job.create, 'final')
  await before.bridge.close()
  first.close()
  // More blocks than one request covers, and a change of the chain, while nobody looks.
  await stage.request('anvil_reorg', 1, [])
  await stage.mineBlocks(1200)
  const store = openStore(path)
  const after = hear(stage, { store, confirmations: 0 })
  await after.bridge.start()
  after.bridge.watch(job.address)
  after.bridge.want(job.create)
  after.bridge.want(job.cancel)
  await after.reaches(job.cancel, 'final')
  await after.until(() => after.standing(job.address).length === 3)
  t.strictSame(after.standing(job.address), ['JobCreated', 'JobOpened', 'JobEnded'])
  t.equal(store.blocks().length, 128, 'of so many blocks hashes are kept')
  await after.bridge.close()
  store.close()
})

t.test('a job is watched from the block that is given', async (t) => {
  const job = await testJob(stage, ++serial)
  const { blockNumber } = await stage.send(job.create.to, job.create.data as `0x${string}`)
  await stage.mineBlocks(3)
  const late = hear(stage)
  t.teardown(() => late.bridge.close())
  await late.bridge.start()
  await late.until(() => late.bridge.head.number > 0)
  late.bridge.watch(job.address, Number(blockNumber))
  await late.until(() => late.standing(job.address).length > 0)
  t.strictSame(late.standing(job.address), ['JobCreated', 'JobOpened'])
  const [log] = late.events.flatMap((event) => (event.kind === 'log' ? [event.log] : []))
  t.match(log, { blockNumber: Number(blockNumber), blockHash: /^0x/, logIndex: 0 })
})

t.test(
  'a store of another market is refused; of a development chain it is forgotten',
  async (t) => {
    const store = openStore(':memory:')
    store.write(true, () => store.saveMarket('31337 0xother 0xfirst'))
    const heard = hear(stage, { store })
    t.teardown(() => heard.bridge.close())
    await heard.bridge.start()
    t.match(store.market(), /^31337 0x[0-9a-f]{40} 0x[0-9a-f]{64}$/)
  },
)

t.test('a store that fails stops the bridge, and is told', async (t) => {
  const job = await testJob(stage, ++serial)
  const store = openStore(':memory:')
  let isBroken = false
  const write = <T>(durable: boolean, action: () => T): T => {
    if (isBroken) throw new Error('disk full')
    return store.write(durable, action)
  }
  const told = Promise.withResolvers<unknown>()
  const heard = hear(stage, { store: { ...store, write }, broke: told.resolve, confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.want(job.create)
  await heard.until(() => heard.states(job.create).length > 0)
  isBroken = true
  await stage.mineBlocks(1)
  t.match(await told.promise, /disk full/)
})
