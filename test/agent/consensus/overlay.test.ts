import t from 'tap'
import { neighborsOf, regular, reversed } from '../../../agent/consensus/overlay.ts'
import type { Roster } from '../../../agent/wire/messages.ts'

const eccentricity = (hears: readonly (readonly number[])[], from: number): number => {
  const distance = new Map([[from, 0]])
  const queue = [from]
  for (const i of queue) {
    for (const j of hears[i] ?? []) {
      if (distance.has(j)) continue
      distance.set(j, (distance.get(i) ?? 0) + 1)
      queue.push(j)
    }
  }
  return distance.size === hears.length ? Math.max(...distance.values()) : Number.POSITIVE_INFINITY
}

t.test('up to nine devices everyone hears everyone', async (t) => {
  for (let size = 1; size <= 9; size++) {
    const hears = regular(size, 8, 3)
    t.ok(hears.every((list, i) => list.length === size - 1 && !list.includes(i)))
  }
})

t.test('beyond nine devices the graph is simple, connected and of degree eight', async (t) => {
  for (const size of [10, 11, 12, 17, 64, 155, 301]) {
    for (const seed of [0, 1, 2 ** 31]) {
      const hears = regular(size, 8, seed)
      t.ok(
        hears.every(
          (list, i) => list.length === 8 && new Set(list).size === 8 && !list.includes(i),
        ),
        `degree eight at ${size}`,
      )
      t.ok(
        hears.every((list, i) => list.every((j) => hears[j]?.includes(i))),
        'links go both ways',
      )
      t.ok(Number.isFinite(eccentricity(hears, 0)), 'connected')
    }
  }
})

t.test('the diameter is that of random regular graphs: 4 at 64 devices, 5 at 1,024', async (t) => {
  const diameter = (size: number): number => {
    const hears = regular(size, 8, 7)
    return Math.max(...hears.map((_, i) => eccentricity(hears, i)))
  }
  t.ok(diameter(64) <= 4)
  t.ok(diameter(1024) <= 5)
})

t.test('the same seed gives the same graph, another seed another', async (t) => {
  t.strictSame(regular(50, 8, 5), regular(50, 8, 5))
  t.notSame(regular(50, 8, 5), regular(50, 8, 6))
})

const roster = (size: number, changes: Partial<Roster>): Roster =>
  ({ members: Array.from({ length: size }), ...changes }) as Roster

t.test('declared links say who hears whom, in their direction', async (t) => {
  const hears = neighborsOf(roster(3, { links: [0, 1, 1, 2, 2, 2] }))
  t.strictSame(hears, [[], [0], [1]])
  t.strictSame(reversed(hears), [[1], [2], []])
})

t.test('a link to a device that is not in the roster is refused', async (t) => {
  t.throws(() => neighborsOf(roster(3, { links: [0, 3] })), {
    code: 'BAD_GRAPH',
    message: 'link 0 to 3 names a device beyond the roster of 3',
  })
})

t.test('a roster without links gets the overlay of its seed', async (t) => {
  t.strictSame(neighborsOf(roster(30, { degree: 8, seed: 4 })), regular(30, 8, 4))
  t.strictSame(neighborsOf(roster(30, {})), regular(30, 8, 0))
})
