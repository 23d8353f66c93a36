import t from 'tap'
import { leastCut } from '../../../../agent/consensus/agreement/leastCut.ts'
import { type Adjacency, regular, reversed } from '../../../../agent/consensus/overlay.ts'
import { randomStream } from '../../../../agent/math/random.ts'
import { has, setOf } from '../../../../agent/wire/bitset.ts'
import { ring } from '../fleet.ts'

const graphOf = (hears: Adjacency) => ({ hears, heardBy: reversed(hears) })
const nobody = (hears: Adjacency) => setOf(hears.length, [])
const cutOf = (hears: Adjacency, from: number, to: number, gone = nobody(hears), most = 16) =>
  leastCut(graphOf(hears), from, to, gone, most)

t.test('a ring is held together by two links, a path and a one-way ring by one', async (t) => {
  t.equal(cutOf(ring(8), 3, 0), 2)
  t.equal(cutOf([[1], [0, 2], [1]], 2, 0), 1)
  t.equal(cutOf([[2], [0], [1]], 1, 0), 1)
})

t.test('everyone to everyone and the random overlay have the width of their degree', async (t) => {
  t.equal(cutOf(regular(9, 8, 1), 4, 0), 8)
  t.equal(cutOf(regular(100, 8, 7), 42, 0), 8)
  t.equal(cutOf(regular(100, 8, 7), 42, 0, setOf(100, []), 3), 3, 'no more than was asked for')
})

t.test('no way leads over devices that are gone, nor against the links', async (t) => {
  t.equal(cutOf(ring(8), 3, 0, setOf(8, [6])), 1)
  t.equal(cutOf(ring(8), 3, 0, setOf(8, [1, 6])), 0)
  t.equal(cutOf([[], [0]], 1, 0), 0)
})

t.test(
  'it is the least number of links whose loss cuts all ways, found by trying all',
  async (t) => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomStream(seed)
      const size = 3 + random.below(3)
      const hears = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (_, j) => j).filter((j) => j !== i && random.below(10) < 5),
      )
      t.equal(cutOf(hears, size - 1, 0), slowCut(hears, size - 1, 0), `seed ${seed}`)
    }
  },
)

/** The least number of links out of any set that holds `from` and not `to` (max-flow min-cut). */
function slowCut(hears: Adjacency, from: number, to: number): number {
  const size = hears.length
  let least = Number.POSITIVE_INFINITY
  for (let bits = 0; bits < 2 ** size; bits++) {
    const inside = new Uint8Array([bits])
    if (!has(inside, from) || has(inside, to)) continue
    let links = 0
    hears.forEach((heard, i) => {
      if (!has(inside, i)) links += heard.filter((j) => has(inside, j)).length
    })
    least = Math.min(least, links)
  }
  return least
}
