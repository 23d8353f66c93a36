import t from 'tap'
import { MOST_OPEN, Outbox } from '../../../../controller/io/chain/outbox.ts'
import { openStore } from '../../../../controller/io/store.ts'
import { hear, openBridgeStage, testJob } from '../../../chain/bridgeStage.ts'

t.setTimeout(120_000)
const wish = (step: string) =>
  ({ job: '0xfull', step, to: `0x${'1'.repeat(40)}`, data: '0x', done: [] }) as const

t.test('steps that are mined and not final yet take no place of others', async (t) => {
  const outbox = new Outbox(openStore(':memory:'), () => {})
  for (let i = 0; i < MOST_OPEN; i++) outbox.want(wish(`commit/0/${i}`))
  t.notOk(outbox.hasRoom)
  for (const step of outbox.all().slice(0, 2)) outbox.change(step, { state: 'mined' })
  t.ok(outbox.hasRoom)
  outbox.want(wish('anchor/0'))
  t.ok(outbox.hasRoom)
  outbox.want(wish('anchor/1'))
  t.notOk(outbox.hasRoom)
})

const stage = await openBridgeStage()
t.teardown(() => stage.stop())

t.test(
  'what listeners do, and more wishes than there is room for, keep nothing back',
  async (t) => {
    const logged: string[] = []
    const log = ({ message }: { message: string }) => logged.push(message)
    const heard = hear(stage, { confirmations: 0, log })
    t.teardown(() => heard.bridge.close())
    const { bridge } = heard
    let thrown = 0
    bridge.listen(({ kind }) => {
      if (kind !== 'head') return
      thrown++
      throw new Error('a listener is wrong')
    })
    const job = await testJob(stage, 1)
    const last = await testJob(stage, 2)
    const tried: boolean[] = []
    bridge.listen(({ kind }) => {
      if (kind === 'head') tried.push(bridge.want(last.create))
    })
    // No contract stands there, so each is refused when its turn comes.
    for (let i = 1; i < MOST_OPEN; i++)
      bridge.want({ ...wish(`anchor/${i}`), job: `0x${i}`, to: `0x${'2'.repeat(40)}` })
    t.ok(bridge.want(job.create), 'the last place')
    t.notOk(bridge.want(last.create))
    t.notOk(bridge.want(last.create))
    t.equal(logged.filter((each) => /all others wait for a place/.test(each)).length, 1)
    await bridge.start()
    await heard.reaches(job.create, 'final')
    await heard.reaches(last.create, 'final')
    t.ok(thrown > 0)
    t.ok(logged.some((each) => /a listener is wrong/.test(each)))
    t.strictSame([tried[0], tried.at(-1)], [false, true])
  },
)
