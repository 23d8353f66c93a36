import t from 'tap'
import { heard, isSilent, newLink, patience } from '../../../agent/consensus/link.ts'
import { setOf } from '../../../agent/wire/bitset.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { contextFor, PERIOD, ring } from './fleet.ts'

const nothing = setOf(8, [])

t.test('a link without loss is given the least patience', async (t) => {
  const link = newLink(8, 0)
  for (let seq = 1; seq <= 100; seq++) heard(link, seq, 1, seq, nothing)
  t.equal(patience(link), LIMITS.silence)
})

t.test('a link that loses 30 % is given ln(1e-9)/ln(0.3), about 18 periods', async (t) => {
  const link = newLink(8, 0)
  for (let seq = 1; seq <= 1000; seq++) if (seq % 10 >= 3) heard(link, seq, 1, seq, nothing)
  t.equal(patience(link), Math.ceil(Math.log(1e-9) / Math.log(0.3)))
})

t.test(
  'a hint that the neighbor went offline halves the patience, its next message restores it',
  async (t) => {
    const link = newLink(8, 0)
    const before = patience(link)
    link.offline = true
    t.equal(patience(link), before / 2)
    heard(link, 5, 1, 1, nothing)
    t.equal(link.offline, false)
  },
)

t.test('silence is counted in periods since the last message', async (t) => {
  const context = contextFor(ring(8), 0)
  const link = newLink(8, 1000)
  const limit = 1000 + patience(link) * PERIOD
  t.notOk(isSilent(link, limit, context))
  t.ok(isSilent(link, limit + 1, context))
})

t.test('a new incarnation forgets what the neighbor held, an old one is dropped', async (t) => {
  const link = newLink(8, 0)
  t.ok(heard(link, 1, 2, 9, setOf(8, [1, 2])))
  t.ok(heard(link, 2, 3, 1, setOf(8, [2])))
  t.strictSame(link.have, setOf(8, [2]))
  t.notOk(heard(link, 3, 2, 10, setOf(8, [1])))
  t.strictSame(link.have, setOf(8, [2]))
})

t.test('duplicates and late messages do not count as received twice', async (t) => {
  const link = newLink(8, 0)
  for (const seq of [1, 3, 3, 2]) heard(link, 1, 1, seq, nothing)
  t.equal(link.received, 2)
  t.equal(link.lastSeq, 3)
})

t.test('before much is known a link is taken for a bad one', async (t) => {
  const never = newLink(8, 0)
  t.equal(patience(never), 30, 'ln(1e-9)/ln(1/2)')
  const late = newLink(8, 0)
  heard(late, 1, 1, 5, nothing)
  t.ok(patience(late) > 50, 'four of five were lost')
})
