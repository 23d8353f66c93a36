import t from 'tap'
import { type Graph, graphOf, outNeighbors } from '../../../controller/sim/graph.ts'
import { drawGraph } from '../../../controller/sim/graphs.ts'
import { FAIR } from '../../../controller/sim/passage.ts'
import { newDice, streams } from '../../../controller/sim/random.ts'
import { boundOf, spreadOf } from './epidemic.ts'

/** The longest of all shortest ways, by a search from each device. */
function diameterOf(graph: Graph): number {
  const out = outNeighbors(graph)
  const depthFrom = (start: number): number => {
    const depth = new Map([[start, 0]])
    for (const [at, steps] of depth)
      for (const next of out[at] ?? []) if (!depth.has(next)) depth.set(next, steps + 1)
    return Math.max(...depth.values())
  }
  return Math.max(...out.map((_, start) => depthFrom(start)))
}

t.test('without loss the bound is the diameter', (t) => {
  for (const size of [2, 9, 64, 65])
    for (const kind of ['ring', 'grid', 'geometric', 'smallworld', 'complete'] as const) {
      const graph = drawGraph({ kind }, size, streams(size)('graph'))
      t.equal(spreadOf(graph, FAIR, newDice(1)), diameterOf(graph), `${kind} ${size}`)
    }
  t.equal(spreadOf(graphOf(1, []), FAIR, newDice(1)), 0)
  const delayed = { ...FAIR, delay: [2, 2] } as const
  t.equal(
    spreadOf(
      graphOf(3, [
        [0, 1],
        [1, 2],
      ]),
      delayed,
      newDice(1),
    ),
    6,
  )
  t.end()
})

t.test('between two devices it is the later of two geometric times', (t) => {
  const pair = graphOf(2, [[0, 1]])
  const loss = 0.3
  // E max(X, Y) = E X + E Y - E min(X, Y); the minimum is geometric with failure p².
  const expected = 2 / (1 - loss) - 1 / (1 - loss ** 2)
  const draws = 20_000
  const found = boundOf(pair, { ...FAIR, loss }, newDice(7), draws)
  // Five standard errors; the standard deviation of the later one is below 1.2.
  t.ok(Math.abs(found - expected) < (5 * 1.2) / Math.sqrt(draws), `${found}, wanted ${expected}`)
  t.end()
})

t.test('a second copy gets through where the first is lost', (t) => {
  const pair = graphOf(2, [[0, 1]])
  const once = boundOf(pair, { ...FAIR, loss: 0.5 }, newDice(7), 4000)
  // Both copies lost: as without duplicates at a loss of 0.5 · (1 - 0.5).
  const twice = boundOf(pair, { ...FAIR, loss: 0.5, duplicate: 0.5 }, newDice(7), 4000)
  const equal = boundOf(pair, { ...FAIR, loss: 0.25 }, newDice(8), 4000)
  t.ok(twice < once)
  t.ok(Math.abs(twice - equal) < 0.1, `${twice} and ${equal}`)
  t.end()
})
