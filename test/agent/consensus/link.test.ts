import t from 'tap'
import { heard, longestResend, newLink } from '../../../agent/consensus/link.ts'
import { setOf } from '../../../agent/wire/bitset.ts'

const nothing = setOf(8, [])

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

t.test('the next message takes back a hint that the neighbor went offline', async (t) => {
  const link = newLink(8, 0)
  link.offline = true
  heard(link, 5, 1, 1, nothing)
  t.equal(link.offline, false)
})

t.test('what is not acknowledged is sent again the sooner the more a link loses', async (t) => {
  t.equal(longestResend(newLink(8, 0)), 2, 'a round trip, before anything is known')
  const good = newLink(8, 0)
  const bad = newLink(8, 0)
  for (let seq = 1; seq <= 1000; seq++) {
    heard(good, seq, 1, seq, nothing)
    if (seq % 5 === 0) heard(bad, seq, 1, seq, nothing)
  }
  t.ok(longestResend(good) > 7.9)
  t.equal(longestResend(bad), 1)
})
