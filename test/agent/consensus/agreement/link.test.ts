import t from 'tap'
import { heard, longestResend, newLink } from '../../../../agent/consensus/agreement/link.ts'

t.test('a new incarnation is told from the same, an old one is dropped', async (t) => {
  const link = newLink(0)
  t.equal(heard(link, 1, 2, 9), 'reborn')
  t.equal(heard(link, 1, 2, 10), 'same')
  t.equal(heard(link, 2, 3, 1), 'reborn')
  t.equal(link.lastSeq, 1, 'messages of the new life are counted from its first')
  t.equal(heard(link, 3, 2, 10), 'stale')
  t.equal(link.lastHeard, 2)
})

t.test('duplicates and late messages do not count as received twice', async (t) => {
  const link = newLink(0)
  for (const seq of [1, 3, 3, 2]) heard(link, 1, 1, seq)
  t.equal(link.received, 2)
  t.equal(link.lastSeq, 3)
})

t.test('the next message takes back a hint that the neighbor went offline', async (t) => {
  const link = newLink(0)
  link.offline = true
  heard(link, 5, 1, 1)
  t.equal(link.offline, false)
})

t.test('what is not acknowledged is sent again the sooner the more a link loses', async (t) => {
  t.equal(longestResend(newLink(0)), 2, 'a round trip, before anything is known')
  const good = newLink(0)
  const bad = newLink(0)
  for (let seq = 1; seq <= 1000; seq++) {
    heard(good, seq, 1, seq)
    if (seq % 5 === 0) heard(bad, seq, 1, seq)
  }
  t.ok(longestResend(good) > 7.9)
  t.equal(longestResend(bad), 1)
})
