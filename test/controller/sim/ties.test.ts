import t from 'tap'
import { graphOf } from '../../../controller/sim/graph.ts'
import { newTies } from '../../../controller/sim/ties.ts'

const ring = (size: number) =>
  graphOf(
    size,
    Array.from({ length: size }, (_, i) => [i, (i + 1) % size] as const),
  )

t.test('all are tied in a connected graph where nothing happens', (t) => {
  const ties = newTies(ring(6))
  for (let a = 0; a < 6; a++) for (let b = 0; b < 6; b++) t.ok(ties.areTied(a, b))
  t.end()
})

t.test('two that stop cut a ring in two, and count as ends themselves', (t) => {
  const ties = newTies(ring(6))
  t.ok(ties.areTied(1, 5), 'known before')
  ties.away(0)
  t.ok(ties.areTied(1, 5), 'the other way round')
  ties.away(3)
  t.notOk(ties.areTied(1, 5))
  t.ok(ties.areTied(1, 2))
  t.ok(ties.areTied(4, 5))
  t.ok(ties.areTied(0, 1), 'one that was away has its neighbors again')
  t.ok(ties.wasAway(3))
  t.notOk(ties.wasAway(1))
  t.end()
})

t.test('a partition cuts for good, within a side all stay tied', (t) => {
  const ties = newTies(
    graphOf(4, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 0],
      [0, 2],
    ]),
  )
  ties.parted([0, 1, 1, 0])
  t.notOk(ties.areTied(0, 1))
  t.ok(ties.areTied(1, 2))
  t.ok(ties.areTied(0, 3))
  t.end()
})

t.test('one direction is no tie, nor is a link that never delivers', (t) => {
  const oneWay = newTies({ size: 2, links: [{ from: 0, to: 1, delivery: 1 }] })
  t.notOk(oneWay.areTied(0, 1))
  const dead = newTies({
    size: 2,
    links: [
      { from: 0, to: 1, delivery: 1 },
      { from: 1, to: 0, delivery: 0 },
    ],
  })
  t.notOk(dead.areTied(0, 1))
  t.end()
})
