import t from 'tap'
import { FAIR, newPassage } from '../../../controller/sim/passage.ts'
import { streams } from '../../../controller/sim/random.ts'

const graph = {
  size: 2,
  links: [
    { from: 0, to: 1, delivery: 0.5 },
    { from: 1, to: 0, delivery: 1 },
  ],
}
const names = ['a', 'b']

t.test('a fair network loses nothing and takes one round', (t) => {
  const { fate } = newPassage(FAIR, 100, { size: 2, links: [] }, names, streams(1))
  t.strictSame(fate('a', 'b'), { lost: false, barred: false, after: 100, again: undefined })
  t.end()
})

t.test('loss, repetition and delay come as often as they should', (t) => {
  const conditions = { loss: 0.2, duplicate: 0.1, delay: [1, 3] } as const
  const { fate } = newPassage(conditions, 100, graph, names, streams(1))
  const n = 20_000
  const seen = { lost: 0, again: 0, after: new Map<number, number>() }
  for (let i = 0; i < n; i++) {
    const { lost, again, after } = fate('a', 'b')
    if (lost) seen.lost++
    if (again !== undefined) seen.again++
    seen.after.set(after, (seen.after.get(after) ?? 0) + 1)
  }
  // The link delivers half of what the weather lets pass: 1 - 0.8 * 0.5. Five standard deviations are 0.017.
  t.ok(Math.abs(seen.lost / n - 0.6) < 0.017, `lost ${seen.lost}`)
  t.ok(Math.abs(seen.again / n - 0.1) < 0.011, `again ${seen.again}`)
  t.strictSame([...seen.after.keys()].sort(), [200, 300, 400], 'one round and 1 to 3 more')
  for (const count of seen.after.values()) t.ok(Math.abs(count / n - 1 / 3) < 0.017)
  t.end()
})

t.test('what one device sends does not move the dice of another', (t) => {
  const conditions = { loss: 0.5, duplicate: 0, delay: [0, 3] } as const
  const alone = newPassage(conditions, 100, graph, names, streams(3))
  const busy = newPassage(conditions, 100, graph, names, streams(3))
  for (let i = 0; i < 50; i++) {
    busy.fate('b', 'a')
    t.strictSame(busy.fate('a', 'b'), alone.fate('a', 'b'))
  }
  t.end()
})

t.test('between the sides of a partition nothing passes, whatever its QoS', (t) => {
  const passage = newPassage(FAIR, 100, { size: 2, links: [] }, names, streams(1))
  passage.part([0, 1])
  t.equal(passage.fate('a', 'b').barred, true)
  t.equal(passage.fate('a', 'a').barred, false)
  t.equal(passage.fate('controller', 'b').barred, false, 'the broker itself is on all sides')
  passage.part(undefined)
  t.equal(passage.fate('a', 'b').barred, false)
  t.end()
})
