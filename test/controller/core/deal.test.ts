import t from 'tap'
import { dealOut } from '../../../controller/core/deal.ts'
import type { Ready } from '../../../controller/core/roster.ts'

const devices = (count: number): Ready[] =>
  Array.from({ length: count }, (_, i) => ({ id: `d${i}` }) as Ready) // only the id is looked at

t.test('each shard goes to as many devices as it has replicas, by lot', async (t) => {
  const seed = Uint8Array.of(1)
  const { devices: chosen, shardOf } = dealOut(devices(10), { shards: 3, replicas: 3 }, seed)
  t.equal(chosen.length, 9)
  const counts = [0, 1, 2].map((shard) => [...shardOf.values()].filter((s) => s === shard).length)
  t.strictSame(counts, [3, 3, 3])
  t.strictSame(dealOut(devices(10).reverse(), { shards: 3, replicas: 3 }, seed).shardOf, shardOf)
  t.notSame(dealOut(devices(10), { shards: 3, replicas: 3 }, Uint8Array.of(2)).shardOf, shardOf)
})
