import t from 'tap'
import { systemClock } from '../../../../agent/io/clock.ts'
import type { Wanted } from '../../../../controller/io/chain/bridge.ts'
import { type Heard, hear, openBridgeStage, testJob } from '../../../chain/bridgeStage.ts'

/** Blocks that are final in these tests: above the deepest reorganisation of them. */
const CONFIRMATIONS = 13
const DEEPEST = 12

const stage = await openBridgeStage()
t.teardown(() => stage.stop())
let serial = 0

/** Names of events that were told and not taken back, by a handler that takes single events back. */
function leftOf({ events }: Heard): number {
  const names = new Map<string, number>()
  for (const event of events) {
    if (event.kind !== 'log' && event.kind !== 'removed') continue
    const name = `${event.log.blockHash}/${event.log.logIndex}`
    names.set(name, event.kind === 'log' ? 1 : 0)
  }
  return [...names.values()].reduce((sum, each) => sum + each, 0)
}

for (const which of ['create', 'cancel'] as const) {
  t.test(`a reorganisation of 1 to ${DEEPEST} blocks takes ${which} back`, async (t) => {
    for (let depth = 1; depth <= DEEPEST; depth++) {
      const job = await testJob(stage, ++serial)
      const heard = hear(stage, { confirmations: CONFIRMATIONS })
      const { bridge } = heard
      await bridge.start()
      bridge.watch(job.address)
      const before = await stage.sentBy(stage.relayer.address)
      const steps: Wanted[] = which === 'create' ? [job.create] : [job.create, job.cancel]
      for (const step of steps) bridge.want(step)
      await heard.reaches(job[which], 'mined')
      // The block of the last step is the lowest that goes.
      await stage.mineBlocks(depth - 1)
      await heard.until(() => bridge.head.number === bridge.head.finalized + CONFIRMATIONS)
      await stage.request('anvil_reorg', depth, [])
      await heard.until(() => heard.events.some(({ kind }) => kind === 'rewound'))
      await heard.reaches(job[which], 'mined')
      t.ok(heard.events.some(({ kind }) => kind === 'removed'))
      const again = heard.states(job[which])
      t.strictSame(again, ['intent', 'signed', 'sent', 'mined', 'sent', 'mined'], `${depth} deep`)
      await stage.mineBlocks(CONFIRMATIONS)
      for (const step of steps) await heard.reaches(step, 'final')
      const names = ['JobCreated', 'JobOpened', 'JobEnded'].slice(0, steps.length + 1)
      t.strictSame(heard.standing(job.address), names)
      t.equal(leftOf(heard), names.length, 'both ways to handle it have the same events')
      t.equal((await stage.sentBy(stage.relayer.address)) - before, steps.length)
      await bridge.close()
    }
  })
}

t.test('a step that somebody else did is done again when the chain takes that back', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { confirmations: CONFIRMATIONS })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  await stage.send(job.create.to, job.create.data as `0x${string}`)
  await heard.until(() => heard.standing(job.address).length === 2)
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'done')
  await stage.request('anvil_reorg', 1, [])
  await heard.reaches(job.create, 'mined')
  await stage.mineBlocks(CONFIRMATIONS)
  await heard.reaches(job.create, 'final')
  t.strictSame(heard.states(job.create), [
    'intent',
    'done',
    'intent',
    'signed',
    'sent',
    'mined',
    'final',
  ])
  t.strictSame(heard.standing(job.address), ['JobCreated', 'JobOpened'])
})

t.test(
  'even a final step is taken up again when the chain turns deeper than was thought',
  async (t) => {
    const job = await testJob(stage, ++serial)
    const heard = hear(stage, { confirmations: 1 })
    t.teardown(() => heard.bridge.close())
    await heard.bridge.start()
    heard.bridge.want(job.create)
    await heard.reaches(job.create, 'mined')
    await stage.mineBlocks(3)
    await heard.reaches(job.create, 'final')
    await stage.request('anvil_reorg', 4, [])
    await heard.until(() => heard.states(job.create).at(-2) === 'sent')
    await stage.mineBlocks(1)
    await heard.reaches(job.create, 'final')
    t.strictSame(heard.states(job.create).slice(-3), ['sent', 'mined', 'final'])
  },
)

t.test('a chain that is shorter than it was is believed after a minute', async (t) => {
  const job = await testJob(stage, ++serial)
  let shift = 0
  // The bridge asks for the time when it finds the chain shorter.
  let asked = 0
  const now = () => {
    asked++
    return systemClock.now() + shift
  }
  const clock = { ...systemClock, now }
  const heard = hear(stage, { confirmations: CONFIRMATIONS, clock })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  const snapshot = await stage.request('evm_snapshot')
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'mined')
  await stage.mineBlocks(3)
  await heard.until(() => heard.bridge.head.number === heard.bridge.head.finalized + CONFIRMATIONS)
  await stage.request('evm_revert', snapshot)
  await heard.until(() => asked > 2)
  shift = 50_000
  const before = asked
  await heard.until(() => asked > before + 2)
  t.notOk(heard.events.some(({ kind }) => kind === 'rewound'))
  shift = 120_000
  await heard.until(() => heard.events.some(({ kind }) => kind === 'rewound'))
  await heard.until(() => heard.states(job.create).filter((each) => each === 'mined').length === 2)
  await stage.mineBlocks(CONFIRMATIONS)
  await heard.reaches(job.create, 'final')
  t.strictSame(heard.standing(job.address), ['JobCreated', 'JobOpened'])
})

t.test('a chain that turns deeper than what is kept is read anew', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { confirmations: 200 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.watch(job.address)
  await heard.until(() => heard.bridge.head.number > 0)
  const snapshot = await stage.request('evm_snapshot')
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'mined')
  await stage.mineBlocks(150)
  await heard.until(() => heard.bridge.head.number === heard.bridge.head.finalized + 200)
  await stage.request('evm_revert', snapshot)
  await stage.mineBlocks(160)
  await heard.until(() => heard.events.some(({ kind }) => kind === 'rewound'))
  await heard.until(() => heard.states(job.create).filter((each) => each === 'mined').length === 2)
  await heard.until(() => heard.standing(job.address).length === 2)
  await stage.mineBlocks(200)
  await heard.reaches(job.create, 'final')
})
