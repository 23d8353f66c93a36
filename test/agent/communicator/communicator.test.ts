import t from 'tap'
import type { Communicator } from '../../../agent/communicator/communicator.ts'
import { localCluster } from '../../../agent/communicator/localCluster.ts'

const BAD = { loss: 0.3, duplicate: 0.1, jitter: 20, seed: 7 } as const
/** The value on rank 0, once it is known to be the same bits on all. */
async function same<T>(size: number, program: (comm: Communicator) => PromiseLike<T>): Promise<T> {
  const all = await localCluster(size, BAD).run(program)
  t.strictSame(
    all.map((value) => bitsOf(value)),
    all.map(() => bitsOf(all[0])),
    'the same bits on every rank',
  )
  return all[0] as T // a cluster has a first rank
}
const bitsOf = (value: unknown): string =>
  value instanceof Float64Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
    : typeof value === 'number'
      ? bitsOf(Float64Array.of(value))
      : JSON.stringify(value)

t.test('a sum is exact and rounded once, on any network', async (t) => {
  // 1e16 + 1 is no double: adding in doubles loses the ones whatever the order.
  const values = [1e16, 1, -1e16, 1, 1]
  t.equal(await same(5, (comm) => comm.allreduce(values[comm.rank] ?? 0)), 3)
  const sums = await same(12, (comm) => comm.allreduce([comm.rank, 0.1, -comm.rank * 2 ** -1074]))
  // The double 0.1 is 3602879701896397 / 2^55; twelve of them lie between two doubles, and the even one counts.
  t.strictSame([...sums], [66, 5404319552844596 / 2 ** 52, -66 * 2 ** -1074])
})

t.test('a mean is rounded once, not first as a sum', async (t) => {
  t.equal(await same(3, (comm) => comm.allreduce([1, 1, 2][comm.rank] ?? 0, 'mean')), 4 / 3)
  // The sum, 1e308 * 3, is no double; its third is.
  t.equal(await same(3, (comm) => comm.allreduce(1e308, 'mean')), 1e308)
})

t.test('least and largest values are found place by place', async (t) => {
  const give = (comm: Communicator) => [comm.rank, -comm.rank, 5]
  t.strictSame([...(await same(9, (comm) => comm.allreduce(give(comm), 'min')))], [0, -8, 5])
  t.strictSame([...(await same(9, (comm) => comm.allreduce(give(comm), 'max')))], [8, 0, 5])
})

t.test('one rank tells all, and all tell all', async (t) => {
  const told = await same(9, (comm) => comm.broadcast([comm.rank, 1 / (comm.rank + 1), 0], 6))
  t.strictSame([...told], [6, 1 / 7, 0])
  const all = await localCluster(4, BAD).run((comm) => comm.allgather([comm.rank, comm.rank / 3]))
  for (const values of all) {
    t.strictSame(
      values.map((each) => [...(each ?? [])]),
      [0, 1, 2, 3].map((rank) => [rank, rank / 3]),
    )
  }
})

t.test('nobody passes a barrier before the last has come to it', async (t) => {
  const log: string[] = []
  await localCluster(6, BAD).run(async (comm) => {
    for (let k = 0; k < 100 * comm.rank; k++) await new Promise((resolve) => setImmediate(resolve))
    log.push('came')
    await comm.barrier()
    log.push('passed')
  })
  t.strictSame(log, [...Array(6).fill('came'), ...Array(6).fill('passed')])
})

t.test('a rank that is long busy elsewhere is waited for, not taken for gone', async (t) => {
  const sums = await localCluster(6, BAD).run(async (comm) => {
    // In a local network each turn of the event loop is a moment of virtual time or more.
    const turns = comm.rank === 3 ? 5000 : 0
    for (let k = 0; k < turns; k++) await new Promise((resolve) => setImmediate(resolve))
    return comm.allreduce(1)
  })
  t.strictSame(sums, [6, 6, 6, 6, 6, 6])
})

t.test(
  'a scalar product is the double nearest to the true one, however it is divided',
  async (t) => {
    // x·y = 2^-60 exactly; every order of adding rounded products gives 0 or something else.
    const x = [1 + 2 ** -30, 1, 3, -3]
    const y = [1 - 2 ** -30, -1, 7, 7]
    for (const size of [1, 2, 4]) {
      const part = (of: number[], rank: number) => of.filter((_, i) => i % size === rank)
      const program = (comm: Communicator) => comm.dot(part(x, comm.rank), part(y, comm.rank))
      t.equal(await same(size, program), -(2 ** -60), `on ${size} ranks`)
    }
    // 2^-600 squared is no double, and neither is the sum of two such squares; its root is.
    t.equal(
      await same(2, (comm) => comm.norm2([[3], [4]][comm.rank]?.map((v) => v * 2 ** -600) ?? [])),
      5 * 2 ** -600,
    )
    const both = await same(2, (comm) =>
      comm.dots(
        [
          [1, 2],
          [3, 4],
        ],
        [comm.rank, 1],
      ),
    )
    t.strictSame([...both], [1 + 4, 3 + 8])
  },
)

t.test('vectors longer than a message travel in parts', async (t) => {
  const length = 10_000
  const sum = await same(4, (comm) =>
    comm.allreduce(Float64Array.from({ length }, (_, i) => (comm.rank + 1) * i)),
  )
  t.strictSame(
    sum,
    Float64Array.from({ length }, (_, i) => 10 * i),
  )
})

t.test('calls may be made before earlier ones have ended', async (t) => {
  const results = await localCluster(8, BAD).run(async (comm) => {
    const calls = Array.from({ length: 30 }, (_, k) => comm.allreduce(comm.rank * k))
    return Promise.all(calls)
  })
  for (const each of results)
    t.strictSame(
      each,
      [...Array(30).keys()].map((k) => 28 * k),
    )
})

t.test('the same seed gives the same run, another one another', async (t) => {
  const trafficOf = async (seed: number) => {
    const cluster = localCluster(9, { ...BAD, seed })
    await cluster.run(async (comm) => {
      for (let k = 0; k < 5; k++) await comm.allreduce(k)
    })
    return cluster.traffic
  }
  t.strictSame(await trafficOf(1), await trafficOf(1))
  t.notSame(await trafficOf(1), await trafficOf(2))
})

t.test('with signatures the answers are the same', async (t) => {
  const cluster = localCluster(3, { ...BAD, signatures: true })
  t.strictSame(await cluster.run((comm) => comm.allreduce(comm.rank)), [3, 3, 3])
})

t.test('a communicator of one answers by itself', async (t) => {
  t.strictSame(await localCluster(1).run((comm) => comm.allreduce([5, 0.5], 'mean')), [
    Float64Array.of(5, 0.5),
  ])
})

t.test('ranks have the names of their nodes', async (t) => {
  const [first, second] = localCluster(2).communicators
  t.strictSame([first?.rank, first?.size, first?.members], [0, 2, ['rank-0', 'rank-1']])
  t.equal(second?.rank, 1)
})
