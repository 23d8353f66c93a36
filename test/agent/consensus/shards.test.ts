import t from 'tap'
import { shareHash, winners } from '../../../agent/consensus/shards.ts'
import { vectorOf } from '../../../agent/math/exactVector.ts'

const share = (value: number, rows = 1) => ({ vector: vectorOf([value]), rows })
const held = (...values: (number | undefined)[]) =>
  values.map((value, index) => ({ index, share: value === undefined ? undefined : share(value) }))
const of = (list: ReturnType<typeof winners>) => list.map(({ vector }) => vector.mantissas[0])

t.test('a shard counts once, with what more than half of its devices found', async (t) => {
  const dealt = { shards: Uint8Array.of(0, 0, 0, 1, 1, 1), replicas: 3 }
  t.strictSame(of(winners(held(1, 1, 1, 3, 3, 3), dealt)), [1n, 3n])
  t.strictSame(of(winners(held(1, 5, 1, 3, 3, 7), dealt)), [1n, 3n], 'one may differ')
  t.strictSame(of(winners(held(1, 1, undefined, undefined, 3, 3), dealt)), [1n, 3n], 'or be gone')
})

t.test('without more than half of all its devices a shard is left out', async (t) => {
  const dealt = { shards: Uint8Array.of(0, 0, 0, 1, 1, 1), replicas: 3 }
  t.strictSame(
    of(winners(held(1, undefined, undefined, 3, 3, 3), dealt)),
    [3n],
    'silent ones count',
  )
  t.strictSame(of(winners(held(1, 5, 7, 3, 3, 3), dealt)), [3n], 'three that differ')
  const even = { shards: Uint8Array.of(0, 0, 0, 0), replicas: 4 }
  t.strictSame(winners(held(1, 1, 5, 5), even), [], 'two against two')
})

t.test('the same numbers of other rows are another share', async (t) => {
  t.notSame(shareHash(share(1, 1)), shareHash(share(1, 2)))
  t.strictSame(shareHash(share(1, 2)), shareHash(share(1, 2)))
})
