import t from 'tap'
import { openStore } from '../../../../controller/io/store.ts'
import { hear, openBridgeStage, testJob } from '../../../chain/bridgeStage.ts'

const stage = await openBridgeStage()
t.teardown(() => stage.stop())

t.test('steps of a job go through, one after the other, and events are told', async (t) => {
  const job = await testJob(stage, 1)
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
