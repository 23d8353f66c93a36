import t from 'tap'
import type { Communicator } from '../../../agent/communicator/communicator.ts'
import { type LocalOptions, localCluster } from '../../../agent/communicator/localCluster.ts'

const BAD = { loss: 0.1, jitter: 10, seed: 3 } as const

/** What each rank's program gives, or the code of its error. */
async function run(
  size: number,
  program: (comm: Communicator) => PromiseLike<unknown>,
  options: LocalOptions = BAD,
): Promise<unknown[]> {
  return localCluster(size, options).run(async (comm) => {
    try {
      return await program(comm)
    } catch (error) {
      return (error as { code?: unknown }).code
    }
  })
}

t.test('an exact vector is taken in any form, and its value counts', async (t) => {
  const sums = (mantissa: bigint, exponent: number) =>
    run(3, async (comm) => {
      const own = comm.rank === 0
      const [sum] = await comm.exactSum({
        mantissas: [own ? mantissa : 1n],
        exponents: [own ? exponent : 0],
      })
      return sum
    })
  t.strictSame(await sums(2n, 0), [4, 4, 4], 'an even mantissa')
  t.strictSame(await sums(0n, 5), [2, 2, 2], 'zero with an exponent')
  t.strictSame(await sums(3n, -1), [3.5, 3.5, 3.5])
  t.strictSame(await sums(1n, 65_536), ['EXPONENT', 'PEER_LOST', 'PEER_LOST'])
  t.strictSame(await sums(1n, -3_000), ['EXPONENT', 'PEER_LOST', 'PEER_LOST'])
})

t.test('what is no exact vector is refused at once', async (t) => {
  const [comm] = localCluster(1).communicators as [Communicator]
  for (const vector of [
    { mantissas: [1n], exponents: [0.5] },
    { mantissas: [1n, 2n], exponents: [0] },
    { mantissas: [1 as never], exponents: [0] },
  ])
    t.throws(() => comm.exactSum(vector), { code: 'BAD_USAGE', message: /equally many/ })
  await comm.close()
})

t.test('scalar product, norm and sum are different calls', async (t) => {
  const found = await run(2, (comm) => (comm.rank === 0 ? comm.dot([3], [3]) : comm.norm2([3])))
  t.strictSame(found, ['MISMATCH', 'MISMATCH'])
})

t.test('a rank that comes late to another call does not leave the others waiting', async (t) => {
  const found = await run(3, async (comm) => {
    if (comm.rank !== 1) return comm.barrier()
    await comm.allreduce(1, 'sum', { timeout: 1 }).outcome.catch(() => {})
    return comm.allreduce(2)
  })
  t.strictSame(found, ['MISMATCH', 'MISMATCH', 'MISMATCH'])
  const late = await run(3, async (comm) => {
    const other = await comm.allgather([comm.rank])
    if (comm.rank === 1) {
      for (let k = 0; k < 20_000; k++) await new Promise(setImmediate)
      return comm.allreduce(other.length)
    }
    return comm.barrier()
  })
  t.strictSame(late, ['PEER_LOST', 'MISMATCH', 'PEER_LOST'])
})

t.test('what is not finite is told also where the other factor is zero', async (t) => {
  for (const [x, y] of [
    [Number.NaN, 0],
    [0, Number.POSITIVE_INFINITY],
  ] as const)
    t.strictSame(await run(1, (comm) => comm.dot([x], [y])), ['NONFINITE'])
})

t.test('a rank that had no share is not in what the others shrink to', async (t) => {
  const sizes = await run(3, async (comm) => {
    await comm.allreduce(comm.rank === 1 ? Number.NaN : 1).outcome.catch(() => {})
    return (await comm.shrink()).size
  })
  t.strictSame(sizes, [2, 'PEER_LOST', 2])
})

t.test('shrinking ends with its signal or its time', async (t) => {
  const [one, two] = localCluster(2, BAD).communicators as [Communicator, Communicator]
  const call = one.allreduce(1, 'sum', { timeout: 500 })
  await t.rejects(call.outcome, { code: 'TIMEOUT' })
  await t.rejects(one.shrink({ timeout: 1_000 }), { code: 'TIMEOUT', message: /^shrink: / })
  await t.rejects(one.shrink({ signal: AbortSignal.abort(new Error('enough')) }), /enough/)
  await Promise.all([one.close(), two.close()])
})
