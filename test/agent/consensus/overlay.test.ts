import t from 'tap'
import { neighborsOf, regular, reversed, withLongLinks } from '../../../agent/consensus/overlay.ts'
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

const bothWays = (size: number): number[] =>
  Array.from({ length: size }, (_, i) => [i, (i + 1) % size, (i + 1) % size, i]).flat()

t.test('long links keep the declared ones and add that many to each device', async (t) => {
  for (const seed of [1, 2, 3]) {
    const hears = neighborsOf(roster(64, { links: bothWays(64), longLinks: 2, seed }))
    t.ok(
      hears.every((list, i) => list.includes((i + 1) % 64) && list.includes((i + 63) % 64)),
      'the ring is still there',
    )
    t.ok(hears.every((list, i) => list.every((j) => j !== i && hears[j]?.includes(i))))
    t.equal(hears.flat().length, 2 * (64 + 2 * 64), 'each device drew two')
    // The design's small world: flood on ring-64 from 32 rounds to 8 with one a device.
    t.ok(eccentricity(hears, 0) <= 8)
  }
})

t.test('long links are drawn by the seed', async (t) => {
  const of = (seed: number) => neighborsOf(roster(40, { links: bothWays(40), longLinks: 1, seed }))
  t.strictSame(of(5), of(5))
  t.notSame(of(5), of(6))
  t.strictSame(
    neighborsOf(roster(40, { links: bothWays(40), longLinks: 0, seed: 5 })),
    neighborsOf(roster(40, { links: bothWays(40) })),
  )
})

t.test('where there is nobody left to link to, everyone hears everyone', async (t) => {
  for (const size of [1, 2, 3, 6]) {
    const hears = withLongLinks(
      regular(size, 8, 1).map(() => []),
      16,
      1,
    )
    t.strictSame(hears, regular(size, 8, 1))
  }
})

t.test('a long link beside a one-way link makes it go both ways at most', async (t) => {
  const hears = withLongLinks([[1], []], 1, 1)
  t.strictSame(hears, [[1], [0]])
})
