import t from 'tap'
import { members } from '../../agent/wire/bitset.ts'
import type { Graph } from '../../controller/sim/graph.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { stage } from './stage.ts'

const both = (pairs: readonly (readonly [number, number])[]) =>
  pairs.flatMap(([from, to]) => [
    { from, to, delivery: 1 },
    { from: to, to: from, delivery: 1 },
  ])
const liars = (device: number) => [{ device, lie: 'equivocation' as const }]
const weather = (seed: number) =>
  seed % 2 === 0
    ? ({ loss: 0, duplicate: 0, delay: [0, 0] } as const)
    : ({ loss: 0.2, duplicate: 0.05, delay: [0, 2] } as const)

/**
 * A device tells each of its two neighbors on a ring another contribution. Each version goes half round,
 * and where they meet neither is passed on, since the neighbor holds an entry of that device already.
 */
t.test('two versions that meet prove the lie', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const size = 6 + seed
    const ring = Array.from({ length: size }, (_, i) => [i, (i + 1) % size] as const)
    const graph: Graph = { size, links: both(ring) }
    const { devices } = simulate(
      stage(size, { graph, seed, liars: liars(2), conditions: weather(seed), signatures: true }),
    )
    const honest = devices.filter(({ lie }) => !lie)
    t.ok(
      honest.every(({ state }) => state === 'final'),
      `seed ${seed}`,
    )
    t.equal(new Set(honest.map(({ answer }) => answer?.key)).size, 1)
    const { contributors = new Uint8Array() } = honest[0]?.answer ?? {}
    t.notOk(members(contributors).includes(2), 'the liar is not summed')
  }
})

/** All that passes between two sides goes through a liar: what it keeps from them they cannot agree on. */
t.test('devices that only a liar connects end side by side', async (t) => {
  const left = [0, 1, 2]
  const right = [4, 5, 6]
  const pairs = [left, right].flatMap(([a = 0, b = 0, c = 0]) => [
    [a, b] as const,
    [b, c] as const,
    [a, c] as const,
  ])
  const graph: Graph = { size: 7, links: both([...pairs, [2, 3], [1, 3], [3, 4], [3, 5]]) }
  for (let seed = 1; seed <= 8; seed++) {
    const { devices } = simulate(
      stage(7, { graph, seed, liars: liars(3), conditions: weather(seed), signatures: true }),
    )
    for (const side of [left, right]) {
      const keys = new Set(side.map((i) => devices[i]?.answer?.key))
      t.equal(keys.size, 1, `seed ${seed}: one answer a side`)
      t.notOk(keys.has(undefined), `seed ${seed}: ${side.map((i) => devices[i]?.reason).join()}`)
    }
  }
})
