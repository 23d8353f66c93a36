import t from 'tap'
import { type Graph, outNeighbors, reached } from '../../../controller/sim/graph.ts'
import { drawGraph, type GraphKind } from '../../../controller/sim/graphs.ts'
import { streams } from '../../../controller/sim/random.ts'

const draw = (kind: GraphKind, size: number, seed = 1): Graph =>
  drawGraph(kind, size, streams(seed)('graph'))

const degrees = (graph: Graph): number[] => outNeighbors(graph).map((to) => to.length)

/** Greatest number of hops between two devices, by breadth-first search from each. */
function diameter(graph: Graph): number {
  const out = outNeighbors(graph)
  let most = 0
  for (let start = 0; start < graph.size; start++) {
    const hops = new Map([[start, 0]])
    const open = [start]
    for (const at of open)
      for (const to of out[at]!)
        if (!hops.has(to)) {
          hops.set(to, hops.get(at)! + 1)
          open.push(to)
        }
    most = Math.max(most, ...hops.values())
  }
  return most
}

const KINDS: GraphKind[] = [
  { kind: 'complete' },
  { kind: 'ring' },
  { kind: 'grid' },
  { kind: 'geometric' },
  { kind: 'smallworld' },
  { kind: 'regular', degree: 4 },
  { kind: 'regular', degree: 8 },
]

t.test('every graph of every size is connected, two-way, simple and in order', (t) => {
  for (const kind of KINDS)
    for (let size = 1; size <= 40; size++) {
      const graph = draw(kind, size, size)
      const name = `${kind.kind} ${size}`
      const keys = graph.links.map(({ from, to }) => from * size + to)
      const set = new Set(keys)
      if (set.size !== keys.length) t.fail(`${name}: a link stands twice`)
      if (keys.some((key, i) => i > 0 && key <= (keys[i - 1] as number))) t.fail(`${name}: order`)
      for (const { from, to, delivery } of graph.links) {
        if (from === to) t.fail(`${name}: link to itself`)
        if (!set.has(to * size + from)) t.fail(`${name}: one way ${from}-${to}`)
        if (delivery !== 1) t.fail(`${name}: delivery`)
      }
      if (reached(outNeighbors(graph), 0).includes(false)) t.fail(`${name}: not connected`)
    }
  t.pass('7 kinds, sizes 1 to 40')
  t.end()
})

t.test('complete, ring and grid are what they are called', (t) => {
  t.strictSame(new Set(degrees(draw({ kind: 'complete' }, 7))), new Set([6]))
  t.strictSame(new Set(degrees(draw({ kind: 'ring' }, 64))), new Set([2]))
  t.equal(diameter(draw({ kind: 'ring' }, 64)), 32, 'half the way round')
  t.equal(diameter(draw({ kind: 'grid' }, 64)), 14, '7 steps along each side of 8 by 8')
  t.equal(draw({ kind: 'grid' }, 64).links.length, 2 * 2 * 8 * 7)
  t.end()
})

t.test('regular graphs give each device its number of neighbors, whatever the size', (t) => {
  for (const degree of [2, 3, 4, 5, 6, 7, 8, 12])
    for (let size = 2; size <= 30; size++) {
      if (size > degree + 1 && size % 2 === 1 && degree % 2 === 1) {
        t.throws(() => draw({ kind: 'regular', degree }, size), { code: 'BAD_GRAPH' })
        continue
      }
      const found = new Set(degrees(draw({ kind: 'regular', degree }, size, size)))
      const wanted = Math.min(degree, size - 1)
      if (found.size !== 1 || !found.has(wanted))
        t.fail(`${degree}-regular of ${size}: ${[...found]}`)
    }
  t.end()
})

t.test('the random 8-regular graph is as shallow as consensus.md, section 9 says', (t) => {
  // Prototype: diameter 4, 4 and 5. Below lies the bound of Moore: 8 * 7^(d-1) new devices at d hops.
  for (let seed = 1; seed <= 5; seed++) {
    const at = (size: number) => diameter(draw({ kind: 'regular', degree: 8 }, size, seed))
    t.ok([3, 4].includes(at(64)))
    t.ok([4, 5].includes(at(256)))
  }
  t.ok([4, 5].includes(diameter(draw({ kind: 'regular', degree: 8 }, 1024))))
  t.end()
})

t.test('geometric joins exactly the pairs within one radius', (t) => {
  const graph = draw({ kind: 'geometric' }, 150, 9)
  const places = graph.positions!
  t.equal(places.length, 150)
  const linked = new Set(graph.links.map(({ from, to }) => from * 150 + to))
  let longest = 0
  let shortest = 2
  for (let a = 0; a < 150; a++)
    for (let b = 0; b < 150; b++) {
      if (a === b) continue
      const distance = (places[a]!.x - places[b]!.x) ** 2 + (places[a]!.y - places[b]!.y) ** 2
      if (linked.has(a * 150 + b)) longest = Math.max(longest, distance)
      else shortest = Math.min(shortest, distance)
    }
  t.ok(longest < shortest, `joined up to ${longest}, apart from ${shortest} (squares)`)
  t.end()
})

t.test('the same seed draws the same graph, another seed another', (t) => {
  for (const kind of KINDS.slice(3)) {
    t.strictSame(draw(kind, 50, 4), draw(kind, 50, 4))
    t.notSame(draw(kind, 50, 4), draw(kind, 50, 5))
  }
  t.end()
})

t.test('a graph of more links than fit is refused before it is drawn', (t) => {
  t.throws(() => draw({ kind: 'complete' }, 10_000), {
    code: 'TOO_LARGE',
    message:
      'a complete graph of 10000 devices has 99990000 links, more than 2000000; take fewer devices or another graph',
  })
  t.throws(() => draw({ kind: 'regular', degree: 1 }, 10), { code: 'BAD_GRAPH' })
  t.end()
})

t.test('ten thousand devices are placed and joined within a second or two', (t) => {
  const graph = draw({ kind: 'geometric' }, 10_000, 3)
  t.equal(graph.size, 10_000)
  t.end()
})
