import t from 'tap'
import { diameterOf, EXACT_DIAMETER } from '../../../agent/consensus/diameter.ts'
import { regular } from '../../../agent/consensus/overlay.ts'
import {
  completeOf,
  distances,
  hypercube,
  oneWayRing,
  PETERSEN,
  pathOf,
  randomGraph,
  ringOf,
  starOf,
} from './graphs.ts'

const exactly = (diameter: number) => ({ least: diameter, most: diameter })

t.test('graphs have their known diameters', async (t) => {
  t.strictSame(diameterOf(ringOf(64)), exactly(32))
  t.strictSame(diameterOf(ringOf(65)), exactly(32))
  t.strictSame(diameterOf(pathOf(40)), exactly(39))
  t.strictSame(diameterOf(completeOf(30)), exactly(1))
  t.strictSame(diameterOf(hypercube(7)), exactly(7))
  t.strictSame(diameterOf(starOf(20)), exactly(2))
  t.strictSame(diameterOf(PETERSEN), exactly(2))
  t.strictSame(diameterOf([[]]), exactly(0))
})

t.test('one-way links count in their direction alone', async (t) => {
  t.strictSame(diameterOf(oneWayRing(10)), exactly(9))
  t.strictSame(diameterOf([[], [0]]), exactly(Number.POSITIVE_INFINITY))
  t.strictSame(diameterOf([[1], []]), exactly(Number.POSITIVE_INFINITY))
})

t.test('it is the longest of the distances found by Floyd and Warshall', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const graph = randomGraph(3 + (seed % 17), 0.3, seed)
    const longest = Math.max(...distances(graph).flat())
    t.strictSame(diameterOf(graph), exactly(longest), `seed ${seed}`)
  }
})

t.test('beyond that many devices the bounds hold the known diameter', async (t) => {
  const n = EXACT_DIAMETER + 1
  const known: [ReturnType<typeof ringOf>, number][] = [
    [ringOf(n), n >> 1],
    [pathOf(n), n - 1],
    [starOf(n), 2],
    [oneWayRing(n), n - 1],
    [hypercube(11), 11],
  ]
  for (const [graph, diameter] of known) {
    const { least, most } = diameterOf(graph)
    t.ok(least <= diameter && diameter <= most, `${least} <= ${diameter} <= ${most}`)
    t.ok(most <= 2 * least, 'and are within a factor of two')
  }
  t.strictSame(diameterOf(pathOf(n)), exactly(n - 1), 'on a path they meet')
  t.strictSame(diameterOf(starOf(n)), exactly(2))
})

t.test('beyond that many devices parts without a way are noticed as well', async (t) => {
  const cut = pathOf(EXACT_DIAMETER + 1).map((list, i) => (i === 7 ? [6] : list))
  t.strictSame(diameterOf(cut), exactly(Number.POSITIVE_INFINITY))
})

t.test('the random overlay of 4,096 devices has a diameter of 6', async (t) => {
  const { least, most } = diameterOf(regular(4096, 8, 1))
  t.ok(least <= 6 && 6 <= most, `${least} to ${most}`)
})
