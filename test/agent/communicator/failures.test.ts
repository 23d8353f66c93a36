import t, { type Test } from 'tap'
import type { Communicator } from '../../../agent/communicator/communicator.ts'
import { type LocalOptions, localCluster } from '../../../agent/communicator/localCluster.ts'

const BAD = { loss: 0.1, jitter: 10, seed: 3 } as const

/** Makes one call on every rank. @returns what became of each: a value or an error */
async function outcomes(
  size: number,
  call: (comm: Communicator) => PromiseLike<unknown>,
  options: LocalOptions = BAD,
) {
  const { communicators } = localCluster(size, options)
  const all = await Promise.allSettled(communicators.map((comm) => call(comm)))
  await Promise.all(communicators.map((comm) => comm.close()))
  return all.map((each) => (each.status === 'fulfilled' ? each.value : each.reason))
}

/** Whether each rank's error has this code and tells what these patterns say. */
function allFail(t: Test, errors: unknown[], code: string, ...patterns: RegExp[]): void {
  for (const error of errors) for (const message of patterns) t.match(error, { code, message })
}

t.test('a rank that makes another call is found out by all', async (t) => {
  const odd = (comm: Communicator) =>
    comm.rank === 5 ? comm.allreduce(1, 'max') : comm.allreduce(1)
  const errors = await outcomes(12, odd)
  allFail(t, errors, 'MISMATCH', /rank 5 \(rank-5\) made max of 1 number/, /made sum of 1 number/)
})

t.test('a rank that gives another number of values is found out by all', async (t) => {
  const errors = await outcomes(12, (comm) =>
    comm.allreduce(new Float64Array(comm.rank === 5 ? 3 : 2)),
  )
  allFail(t, errors, 'MISMATCH', /sum of 3 numbers/, /sum of 2 numbers/)
})

t.test('two that broadcast from different ranks are told so', async (t) => {
  const errors = await outcomes(2, (comm) => comm.broadcast([1], comm.rank))
  allFail(t, errors, 'MISMATCH', /from rank 0/, /from rank 1/)
})

t.test('after a mismatch no call is accepted', async (t) => {
  const errors = await outcomes(2, async (comm) => {
    const first = await comm.broadcast([1], comm.rank).outcome.catch((error) => error)
    const second = await comm.barrier().outcome.catch((error) => error)
    return [first === second, second.code]
  })
  t.strictSame(errors, [
    [true, 'MISMATCH'],
    [true, 'MISMATCH'],
  ])
})

t.test('when a rank is gone all others fail in the same call, and go on without it', async (t) => {
  const cluster = localCluster(10, BAD)
  const survivors = cluster.communicators.filter(({ rank }) => rank !== 4)
  const results = await Promise.all(
    survivors
      .map(async (comm) => {
        const first = await comm.allreduce(comm.rank)
        if (comm.rank === 0) cluster.kill(4)
        const codes: string[] = []
        for (let k = 0; k < 3 && codes.length === 0; k++) {
          await comm
            .barrier()
            .outcome.catch((error) => codes.push(`${k} ${error.code} ${error.message}`))
        }
        const smaller = await comm.shrink()
        const { value, contributors } = await smaller.allreduce(comm.rank).outcome
        await smaller.close()
        return { first, codes, members: smaller.members, rank: smaller.rank, value, contributors }
      })
      .concat([cluster.communicators[4]?.allreduce(4) as never]),
  )
  const told = results.slice(0, -1)
  for (const each of told) {
    t.equal(each.first, 45)
    t.strictSame(each.codes, told[0]?.codes, 'the same call failed with the same words')
    t.match(each.codes, [/PEER_LOST rank 4 \(rank-4\) is not in the barrier/])
    t.equal(each.members.includes(cluster.communicators[4]?.members[4] as never), false)
    t.equal(each.value, 41)
    t.strictSame(each.contributors, [0, 1, 2, 3, 4, 5, 6, 7, 8])
  }
  t.strictSame(
    told.map(({ rank }) => rank),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  )
})

t.test('where not all are required a call ends with those who are there, by name', async (t) => {
  const cluster = localCluster(5, { ...BAD, required: 'some' })
  cluster.kill(2)
  const rest = cluster.communicators.filter(({ rank }) => rank !== 2)
  const all = await Promise.all(rest.map((comm) => comm.allreduce(comm.rank, 'mean').outcome))
  for (const outcome of all) {
    t.strictSame(outcome, { value: 2, contributors: [0, 1, 3, 4], missing: [2] })
  }
  t.strictSame(rest[0]?.lost, [2])
  await Promise.all(rest.map((comm) => comm.close()))
})

t.test(
  'a share that cannot be summed fails for its rank by name, and for the others as missing',
  async (t) => {
    const errors = await outcomes(4, (comm) =>
      comm.allreduce([1, comm.rank === 1 ? Number.NaN : 2]),
    )
    t.match(errors[1], { code: 'NONFINITE', message: /component 1/ })
    const others = errors.filter((_, rank) => rank !== 1)
    allFail(t, others, 'PEER_LOST', /rank 1 \(rank-1\) is not in the sum of 2 numbers/)
  },
)

t.test('a signal ends the wait of one rank; its share counts for the others', async (t) => {
  const aborting = new AbortController()
  const results = await outcomes(3, (comm) => {
    if (comm.rank !== 2) return comm.allreduce(1)
    const call = comm.allreduce(1, 'sum', { signal: aborting.signal })
    aborting.abort(new Error('enough'))
    return call
  })
  t.strictSame(results.slice(0, 2), [3, 3])
  t.match(results[2], { message: 'enough' })
  const already = await outcomes(1, (comm) => comm.barrier({ signal: AbortSignal.abort('before') }))
  t.strictSame(already, ['before'])
})

t.test('a call that takes too long fails and says whom it waits for', async (t) => {
  const { communicators } = localCluster(3, { ...BAD, timeout: 2000 })
  const [one, two, absent] = communicators as [Communicator, Communicator, Communicator]
  const errors = await Promise.all(
    [one, two].map((comm) => comm.allreduce(1).outcome.catch((e) => e)),
  )
  allFail(t, errors, 'TIMEOUT', /still waiting for rank 2 \(rank-2\) after 2000 ms/)
  await Promise.all([one, two, absent].map((comm) => comm.close()))
})

t.test('a closed communicator takes no calls, and what was under way fails', async (t) => {
  const [one, two] = localCluster(2, BAD).communicators as [Communicator, Communicator]
  const open = one.barrier()
  const failed = open.outcome.catch((error) => error)
  await one.close()
  t.match(await failed, { code: 'CLOSED' })
  t.match(await one.barrier().outcome.catch((error) => error), { code: 'CLOSED' })
  await two.close()
})

t.test('a call of more numbers than can be counted, or from no rank, is refused', async (t) => {
  const [comm] = localCluster(1).communicators as [Communicator]
  t.throws(() => comm.broadcast([1], 1), {
    code: 'BAD_USAGE',
    message: 'a broadcast with root 1, wanted a rank from 0 to 0',
  })
  t.throws(() => comm.broadcast([1], 0.5), { code: 'BAD_USAGE' })
  t.throws(() => comm.allreduce(undefined as never), { code: 'BAD_USAGE' })
  t.throws(() => comm.allreduce(1, 'prod' as never), {
    code: 'BAD_USAGE',
    message: 'the reduction "prod", wanted sum, mean, min, max',
  })
  t.throws(() => comm.barrier({ requires: 'some' } as never), {
    code: 'BAD_USAGE',
    message: /^options of call: requires: .*Did you mean "required"/,
  })
  t.match(await comm.dot([1, 2], [1]).outcome.catch((error) => error), { code: 'BAD_USAGE' })
  await comm.close()
})

t.test('wrong options of a local cluster are refused', async (t) => {
  const refused = (options: object, message: RegExp) =>
    t.throws(() => localCluster(2, options), { code: 'BAD_USAGE', message })
  refused({ lossy: 0.1 }, /^options of localCluster: lossy: .*Did you mean "loss"/)
  refused({ loss: 2 }, /loss: found 2, wanted less than 1/)
  refused({ timeout: -1 }, /timeout: found -1/)
  t.throws(() => localCluster(0), { code: 'BAD_USAGE' })
  t.throws(() => localCluster(2.5), { code: 'BAD_USAGE' })
})

t.test('a program that returns leaves what the others still call, and they end', async (t) => {
  const cluster = localCluster(4, BAD)
  const results = await cluster.run(async (comm) => {
    const first = await comm.allreduce(1)
    // What is not awaited is still made.
    const second = comm.allreduce(2)
    if (comm.rank === 1) return first
    await second
    return comm.allreduce(3).outcome.catch(({ code }) => code)
  })
  t.strictSame(results, ['PEER_LOST', 4, 'PEER_LOST', 'PEER_LOST'])
  await t.rejects(
    cluster.run(async () => {}),
    { code: 'CLOSED', message: /make another one/ },
  )
})

t.test('who leaves is not waited for by those who take what is there', async (t) => {
  const cluster = localCluster(9, { ...BAD, required: 'some' })
  const results = await cluster.run(async (comm) => {
    if (comm.rank > 5) return undefined
    return (await comm.allreduce(1).outcome).contributors
  })
  for (const contributors of results.slice(0, 6)) t.strictSame(contributors, [0, 1, 2, 3, 4, 5])
})

t.test('a program that throws takes its rank from the others', async (t) => {
  const cluster = localCluster(3, BAD)
  const codes: unknown[] = []
  const run = cluster.run(async (comm) => {
    if (comm.rank === 1) throw new Error('a mistake in the program')
    await comm.barrier().outcome.catch(({ code }) => codes.push(code))
  })
  await t.rejects(run, { message: 'a mistake in the program' })
  t.strictSame(codes, ['PEER_LOST', 'PEER_LOST'])
})
