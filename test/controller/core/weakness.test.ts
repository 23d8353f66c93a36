import t from 'tap'
import type { Adjacency } from '../../../agent/consensus/overlay.ts'
import { randomStream } from '../../../agent/math/random.ts'
import type { Roster } from '../../../agent/wire/messages.ts'
import { cutDevices, weaknessOf } from '../../../controller/core/weakness.ts'

const pathOf = (n: number): Adjacency =>
  Array.from({ length: n }, (_, i) => [i - 1, i + 1].filter((j) => j >= 0 && j < n))
const ringOf = (n: number): Adjacency =>
  Array.from({ length: n }, (_, i) => [(i + 1) % n, (i + n - 1) % n])

/** Parts of the graph without the devices of `gone`. */
function parts(graph: Adjacency, gone: number): number {
  const open = new Set(graph.map((_, i) => i).filter((i) => i !== gone))
  let count = 0
  for (const start of open) {
    count++
    const reached = [start]
    open.delete(start)
    for (const i of reached)
      for (const j of open)
        if (graph[i]?.includes(j) || graph[j]?.includes(i)) {
          open.delete(j)
          reached.push(j)
        }
  }
  return count
}

t.test('a path hangs on all but its ends, a star on its middle, a ring on nobody', async (t) => {
  t.strictSame(cutDevices(pathOf(5)), [1, 2, 3])
  t.strictSame(cutDevices([[1, 2, 3], [0], [0], [0]]), [0])
  t.strictSame(cutDevices(ringOf(7)), [])
  t.strictSame(
    cutDevices([
      [1, 2],
      [0, 2],
      [0, 1, 3, 4],
      [2, 4],
      [2, 3],
    ]),
    [2],
    'two triangles',
  )
  t.strictSame(cutDevices([[]]), [])
  t.strictSame(cutDevices(pathOf(2)), [])
})

t.test('it is the devices whose removal leaves more parts, found by removing each', async (t) => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomStream(seed)
    const size = 2 + random.below(12)
    const graph = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => j).filter((j) => j !== i && random.below(size) < 1),
    )
    const whole = parts(graph, -1)
    const slow = graph.flatMap((_, i) => (parts(graph, i) > whole ? [i] : []))
    t.strictSame(cutDevices(graph), slow, `seed ${seed}`)
  }
})

t.test('a path of many thousand devices is no matter of recursion', async (t) => {
  t.equal(cutDevices(pathOf(16_384)).length, 16_382)
})

const roster = (links: number[], more: Partial<Roster> = {}): Roster =>
  ({
    members: [{ id: 'n-0' }, { id: 'n-1' }, { id: 'n-2' }, { id: 'n-3' }],
    links,
    ...more,
  }) as Roster

t.test('a roster that hangs on a device says on which, and what to do', async (t) => {
  t.equal(weaknessOf(roster([0, 1, 1, 2, 2, 3, 3, 0])), undefined)
  t.equal(
    weaknessOf(roster([0, 1, 0, 2, 0, 3])),
    'the declared links hang on n-0: if it leaves, the others fall apart and each part answers for itself; add neighbors in agent.yaml, or spec.consensus.longLinks: 2',
  )
  t.match(weaknessOf(roster([0, 1, 1, 2, 2, 3])), /hang on n-1, n-2: if one of them leaves/)
  t.equal(weaknessOf(roster([0, 1, 0, 2, 0, 3], { longLinks: 3, seed: 1 })), undefined)
})
