import t from 'tap'
import type { Position } from '../../../../controller/sim/graph.ts'
import { drawGraph, type GraphKind } from '../../../../controller/sim/graphs.ts'
import { type Layout, placesOf } from '../../../../controller/sim/picture/layout.ts'
import { streams } from '../../../../controller/sim/random.ts'

const graph = (kind: GraphKind, size: number) => drawGraph(kind, size, streams(1)('graph'))
const distance = (a?: Position, b?: Position): number =>
  Math.hypot((a?.x ?? Number.NaN) - (b?.x ?? 0), (a?.y ?? Number.NaN) - (b?.y ?? 0))

t.test('devices that have a place stand there', async (t) => {
  const field = graph({ kind: 'geometric' }, 30)
  t.equal(placesOf(field, 'springs'), field.positions)
})

t.test('a ring is a circle, in which all neighbors are equally near', async (t) => {
  const places = placesOf(graph({ kind: 'ring' }, 12), 'circle')
  places.forEach((place, i) => {
    t.ok(Math.abs(distance(place, { x: 0.5, y: 0.5 }) - 0.5) < 1e-12)
    const next = distance(place, places[(i + 1) % 12])
    t.ok(Math.abs(next - Math.sin(Math.PI / 12)) < 1e-12, 'the chord of a twelfth')
  })
  t.strictSame(placesOf(graph({ kind: 'ring' }, 1), 'circle'), [{ x: 0.5, y: 0.5 }])
})

t.test('a grid stands in rows, linked devices side by side', async (t) => {
  const grid = graph({ kind: 'grid' }, 11)
  const places = placesOf(grid, 'grid')
  for (const { from, to } of grid.links)
    t.ok(Math.abs(distance(places[from], places[to]) - 1 / 3) < 1e-12)
})

t.test(
  'springs put linked devices nearer than others, alike each time, within the square',
  async (t) => {
    // A grid that does not say that it is one: its links are found to be short.
    const grid = graph({ kind: 'grid' }, 49)
    const places = placesOf(grid, 'springs')
    const linked = grid.links.map(({ from, to }) => distance(places[from], places[to]))
    const all = places.flatMap((a, i) => places.slice(i + 1).map((b) => distance(a, b)))
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
    t.ok(mean(linked) < mean(all) / 2, `${mean(linked)} of ${mean(all)}`)
    t.ok(Math.min(...all) > 0.01, 'no two on one spot')
    t.strictSame(placesOf(grid, 'springs'), places)
    for (const kind of [{ kind: 'regular', degree: 4 }, { kind: 'smallworld' }] as const)
      for (const layout of ['springs', 'circle', 'grid'] satisfies Layout[])
        for (const { x, y } of placesOf(graph(kind, 40), layout))
          if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) t.fail(`${kind.kind} ${layout}: ${x} ${y}`)
  },
)
