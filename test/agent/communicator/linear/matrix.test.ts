import t from 'tap'
import { halo } from '../../../../agent/communicator/linear/halo.ts'
import { blocks, rangeOf } from '../../../../agent/communicator/linear/layout.ts'
import { columnProduct, ownRows, rowProduct } from '../../../../agent/communicator/linear/matrix.ts'
import {
  multiply,
  sparse,
  type Triplet,
  transposed,
} from '../../../../agent/communicator/linear/sparse.ts'
import { localCluster } from '../../../../agent/communicator/localCluster.ts'
import { randomStream } from '../../../../agent/math/random.ts'

const N = 40
const random = randomStream(5)
/** Quarters of small integers, so that products and sums in doubles are exact in any order. */
const ENTRIES: Triplet[] = Array.from({ length: 200 }, () => [
  random.below(N),
  random.below(N),
  (random.below(33) - 16) / 4,
])
const X = Array.from({ length: N }, (_, i) => (i % 7) - 3)
const EXPECTED = (() => {
  const y = new Array<number>(N).fill(0)
  for (const [i, j, value] of ENTRIES) y[i] = (y[i] as number) + value * (X[j] as number)
  return y
})()

t.test('a sparse matrix is built, multiplied and turned over', async (t) => {
  const a = sparse(N, N, ENTRIES)
  t.strictSame([...multiply(a, X)], EXPECTED)
  t.strictSame(transposed(transposed(a)), a)
  t.strictSame(
    multiply(
      sparse(1, 2, [
        [0, 1, 2],
        [0, 1, 3],
        [0, 0, 1],
      ]),
      [10, 1],
    ),
    Float64Array.of(15),
  )
  t.throws(() => sparse(2, 2, [[2, 0, 1]]), { code: 'BAD_USAGE' })
  t.throws(() => sparse(2, 2, [[0, 2, 1]]), { code: 'BAD_USAGE' })
})

t.test('blocks cover the vector, also of fewer places than ranks', async (t) => {
  t.strictSame(blocks(10, 4).starts, [0, 2, 5, 7, 10])
  t.strictSame(blocks(2, 4).starts, [0, 0, 1, 1, 2])
  t.strictSame(rangeOf(blocks(10, 4), 3), [7, 10])
})

t.test('a product by rows is that of the whole matrix', async (t) => {
  for (const ranks of [1, 3, 8]) {
    const layout = blocks(N, ranks)
    const parts = await localCluster(ranks, { loss: 0.2, seed: 2 }).run(async (comm) => {
      const apply = await rowProduct(comm, layout, ownRows(layout, comm.rank, ENTRIES))
      return apply(Float64Array.from(X.slice(...rangeOf(layout, comm.rank))))
    })
    t.strictSame(
      parts.flatMap((part) => [...part]),
      EXPECTED,
      `on ${ranks} ranks`,
    )
  }
})

t.test('a product by columns is the same on every rank', async (t) => {
  for (const ranks of [1, 3, 8]) {
    const layout = blocks(N, ranks)
    const wholes = await localCluster(ranks, { loss: 0.2, seed: 2 }).run(async (comm) => {
      const turned = ENTRIES.map(([i, j, value]): Triplet => [j, i, value])
      const apply = columnProduct(comm, ownRows(layout, comm.rank, turned))
      return apply(Float64Array.from(X.slice(...rangeOf(layout, comm.rank))))
    })
    for (const whole of wholes) t.strictSame([...whole], EXPECTED, `on ${ranks} ranks`)
  }
})

t.test('ranks that are not coupled send nothing in a product', async (t) => {
  const cluster = localCluster(4)
  const layout = blocks(8, 4)
  const diagonal = Array.from({ length: 8 }, (_, i): Triplet => [i, i, i])
  await cluster.run(async (comm) => {
    const apply = await rowProduct(comm, layout, ownRows(layout, comm.rank, diagonal))
    await comm.barrier()
    const { messages } = cluster.traffic
    const y = await apply(Float64Array.of(1, 1))
    t.strictSame([...y], [2 * comm.rank, 2 * comm.rank + 1])
    t.equal(cluster.traffic.messages - messages <= 4, true, 'at most the end of the barrier')
  })
})

t.test('a halo brings what is asked for, and refuses places that are none', async (t) => {
  const layout = blocks(6, 3)
  const brought = await localCluster(3, { loss: 0.2, seed: 3 }).run(async (comm) => {
    const around = await halo(comm, layout, comm.rank === 0 ? [5, 0, 2] : [0])
    const own = Float64Array.of(10 * comm.rank, 10 * comm.rank + 1)
    return [around.places, [...(await around.exchange(own))]]
  })
  t.strictSame(brought, [
    [
      [2, 5],
      [10, 21],
    ],
    [[0], [0]],
    [[0], [0]],
  ])
  await t.rejects(
    localCluster(1).run((comm) => halo(comm, layout, [6])),
    { code: 'BAD_USAGE' },
  )
  await t.rejects(
    localCluster(1).run((comm) => rowProduct(comm, layout, sparse(3, 6, []))),
    { code: 'BAD_USAGE' },
  )
})
