import t from 'tap'
import { periodMistake } from '../../../agent/wire/contractTimes.ts'

const MINUTE = 60_000
const once = { window: { late: 0 }, timeout: MINUTE }

t.test('a lone checkpoint takes a window, several take three', (t) => {
  const contract = { checkpoints: 1, period: MINUTE, window: MINUTE }
  t.equal(periodMistake(once, contract), undefined)
  t.match(periodMistake(once, { ...contract, period: MINUTE - 1 }), /^at least a window, 1m: /)
  const two = { checkpoints: 2, period: 3 * MINUTE, window: MINUTE }
  const work = { ...once, window: { late: 0, every: MINUTE }, epochs: 2 }
  t.equal(periodMistake(work, two), undefined)
  t.match(periodMistake(work, { ...two, period: 3 * MINUTE - 1 }), /^at least 3 windows, 3m: /)
  t.end()
})

t.test('a period holds the windows, or the following, that it pays for', (t) => {
  const contract = { checkpoints: 2, period: 6 * MINUTE, window: MINUTE }
  const work = (epochs: number) => ({ ...once, window: { late: 0, every: 2 * MINUTE }, epochs })
  t.equal(periodMistake(work(6), contract), undefined)
  t.match(periodMistake(work(8), contract), /^at least 8m: so long takes the work/)
  const lone = { checkpoints: 1, period: 6 * MINUTE, window: MINUTE }
  const following = (follow: number) => ({ ...once, window: { late: 0, follow } })
  t.equal(periodMistake(following(5 * MINUTE), lone), undefined)
  t.match(periodMistake(following(6 * MINUTE), lone), /^at least 7m: so long takes the work/)
  const short = { window: { late: 0, every: MINUTE / 2 }, epochs: 6, timeout: MINUTE }
  const tight = { checkpoints: 1, period: 3.5 * MINUTE, window: MINUTE }
  t.equal(periodMistake(short, tight), undefined)
  t.match(periodMistake(short, { ...tight, period: 3 * MINUTE }), /^at least 3m30s: /)
  t.end()
})

t.test('collateral is locked for a day after the work at most', (t) => {
  const day = 24 * 60 * MINUTE
  const contract = { checkpoints: 1, period: day, window: MINUTE }
  t.equal(periodMistake(once, contract), undefined)
  t.match(periodMistake(once, { ...contract, period: day + 1 }), /^at most 1d: collateral/)
  const work = { window: { late: MINUTE, every: MINUTE }, epochs: 4, timeout: MINUTE }
  const two = { checkpoints: 2, period: (day + 5 * MINUTE) / 2, window: MINUTE }
  t.equal(periodMistake(work, two), undefined)
  t.match(periodMistake(work, { ...two, period: two.period + 1 }), /^at most 12h2m30s: /)
  t.end()
})
