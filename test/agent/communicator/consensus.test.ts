import t from 'tap'
import { Consensus, type Progress } from '../../../agent/communicator/consensus.ts'
import { localCluster } from '../../../agent/communicator/localCluster.ts'

t.test('a call tells of its life in order, at once', async (t) => {
  const logs = await localCluster(5, { loss: 0.2, seed: 1 }).run(async (comm) => {
    const log: Progress[] = []
    const call = comm.allreduce(new Float64Array(2000))
    t.strictSame(call.progress, { phase: 'waiting', contributions: 0, expected: 10 })
    const finals: unknown[] = []
    call.watch({ progress: (each) => log.push(each), final: ({ missing }) => finals.push(missing) })
    await call
    t.strictSame(finals, [[]])
    t.equal(call.progress.phase, 'final')
    return log
  })
  for (const log of logs) {
    const phases = log.map(({ phase }) => phase).filter((each, k, all) => each !== all[k - 1])
    t.ok(['exchanging,voting,final', 'exchanging,final'].includes(`${phases}`), `${phases}`)
    const counts = log.map(({ contributions }) => contributions)
    t.strictSame(
      counts,
      counts.toSorted((a, b) => a - b),
      'contributions only grow',
    )
    t.strictSame(log.at(-1), { phase: 'final', contributions: 10, expected: 10 })
  }
})

t.test('a call that is watched for failure need not be awaited', async (t) => {
  const { communicators } = localCluster(2)
  const [comm] = communicators
  const reasons: unknown[] = []
  const call = comm?.barrier({ signal: AbortSignal.timeout(1) })
  const stop = call?.watch({ failed: () => reasons.push('never told') })
  stop?.()
  await new Promise<void>((resolve) => {
    call?.watch({
      failed: (reason) => {
        reasons.push(reason)
        resolve()
      },
    })
  })
  t.match(reasons, [{ name: 'TimeoutError' }])
  t.equal(call?.progress.phase, 'failed')
  await Promise.all(communicators.map((each) => each.close()))
})

t.test('calls are awaited together like promises', async (t) => {
  const [first] = await localCluster(2).run((comm) =>
    Promise.all([comm.allreduce(1), comm.allreduce(2, 'max'), comm.barrier()]),
  )
  t.strictSame(first, [2, 2, undefined])
})

t.test('a call that failed before anybody awaited it is told of then', async (t) => {
  const reason = new Error('rank 3 is gone')
  const call = new Consensus<number>(1, ({ fail }) => fail(reason))
  // An unhandled rejection would end the program here.
  await new Promise(setImmediate)
  await t.rejects(Promise.resolve(call), reason)
  t.equal(await call.catch(() => 7), 7)
  let isOver = false
  const ended = call.finally(() => {
    isOver = true
  })
  await t.rejects(ended, reason)
  t.ok(isOver)
})
