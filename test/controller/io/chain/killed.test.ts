import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore, type Store } from '../../../../controller/io/store.ts'
import {
  type BridgeStage,
  type Heard,
  hear,
  openBridgeStage,
  type TestJob,
  testJob,
} from '../../../chain/bridgeStage.ts'
import { type FaultyRpc, openFaultyRpc } from '../../../chain/faultyRpc.ts'

/**
 * A relay that dies at any request or write of a job's two steps, before it or after it; another takes up its store.
 * Exactly one transaction a step takes effect, and both end final.
 */
const stage = await openBridgeStage()
const proxy = await openFaultyRpc(stage.anvil.url)
t.teardown(async () => {
  await proxy.close()
  await stage.stop()
})
let serial = 0
const folder = t.testdir()

/** When to die: at the n-th request or write, which is done or not. */
interface Death {
  readonly at: 'request' | 'write'
  readonly serial: number
  readonly isDone: boolean
}

/** A store that dies with its process. `kill` is called at the write of that number. */
function mortal(store: Store, death: Death | undefined, kill: () => void) {
  const count = { writes: 0, isDead: false }
  const write = <T>(durable: boolean, action: () => T): T => {
    const serial = count.writes++
    if (count.isDead) throw new Error('the process is dead')
    if (death?.at !== 'write' || death.serial !== serial) return store.write(durable, action)
    if (death.isDone) store.write(durable, action)
    count.isDead = true
    kill()
    throw new Error('killed at a write')
  }
  return { count, store: { ...store, write } }
}

function want({ bridge }: Heard, job: TestJob): void {
  bridge.watch(job.address)
  bridge.want(job.create)
  bridge.want(job.cancel)
}

/** Lives until its death or until both steps are final. @returns what it asked and wrote */
async function live(
  { mineBlocks }: BridgeStage,
  rpc: FaultyRpc,
  path: string,
  job: TestJob,
  death?: Death,
): Promise<{ requests: number; writes: number; heard: Heard }> {
  rpc.reset()
  const died = Promise.withResolvers<'dead'>()
  const base = openStore(path)
  const { count, store } = mortal(base, death, () => died.resolve('dead'))
  const heard = hear(stage, { urls: [rpc.url], store, confirmations: 1, broke: () => {} })
  rpc.fault = ({ serial }) => {
    if (death?.at !== 'request' || serial !== death.serial) return undefined
    count.isDead = true
    died.resolve('dead')
    return death.isDone ? 'unheard' : 'lost'
  }
  heard.bridge.listen((event) => {
    if (event.kind === 'step' && event.state === 'mined') void mineBlocks(1)
  })
  try {
    await heard.bridge.start()
    want(heard, job)
    // What an earlier life saw mined needs a block above it.
    await mineBlocks(1)
  } catch (error) {
    if (!count.isDead) throw error
  }
  const end = async () => {
    for (const step of [job.create, job.cancel]) await heard.reaches(step, 'final')
    await heard.until(() => heard.standing(job.address).length === 3)
  }
  await Promise.race([died.promise, ...(count.isDead ? [] : [end()])])
  await heard.bridge.close()
  base.close()
  rpc.fault = () => undefined
  return { requests: rpc.requests.length, writes: count.writes, heard }
}

async function liveTwice(t: Test, death: Death): Promise<void> {
  const name = `dies at ${death.at} ${death.serial}, ${death.isDone ? 'done' : 'not done'}`
  const job = await testJob(stage, ++serial)
  const before = await stage.sentBy(stage.relayer.address)
  const path = join(folder, `${serial}.sqlite`)
  const first = live(stage, proxy, path, job, death)
  await first.catch(() => {})
  const { heard } = await live(stage, proxy, path, job)
  const sent = (await stage.sentBy(stage.relayer.address)) - before
  const found = { sent, standing: heard.standing(job.address) }
  const wanted = { sent: 2, standing: ['JobCreated', 'JobOpened', 'JobEnded'] }
  t.strictSame(found, wanted, name)
}

t.test('a relay that is killed anywhere', async (t) => {
  const job = await testJob(stage, ++serial)
  const plain = await live(stage, proxy, join(folder, '0.sqlite'), job)
  t.comment(`${plain.requests} requests, ${plain.writes} writes of an undisturbed life`)
  for (const at of ['request', 'write'] as const) {
    const points = at === 'request' ? plain.requests : plain.writes
    t.ok(points > 10)
    for (let serial = 0; serial < points; serial++)
      for (const isDone of [false, true]) await liveTwice(t, { at, serial, isDone })
  }
})
