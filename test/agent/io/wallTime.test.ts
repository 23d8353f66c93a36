import t from 'tap'
import { wallInput, wallTime } from '../../../agent/io/wallTime.ts'

/** Minutes since Monday, 00:00. */
const at = (day: number, hour: number, minute: number) => (day * 24 + hour) * 60 + minute

t.test('the same moment has another hour elsewhere, and another day', (t) => {
  // 1970-01-01 was a Thursday.
  t.strictSame(wallTime(0, 'UTC'), { unix: 0, minute: at(3, 0, 0) })
  const friday = Date.UTC(2026, 0, 2, 23, 30, 59)
  t.strictSame(wallTime(friday, 'UTC'), { unix: friday / 1000, minute: at(4, 23, 30) })
  t.equal(wallTime(friday, 'Europe/Berlin').minute, at(5, 0, 30), 'an hour later')
  t.equal(wallTime(friday, 'Asia/Kolkata').minute, at(5, 5, 0), 'half hours, too')
  t.equal(wallTime(friday, 'America/New_York').minute, at(4, 18, 30))
  t.end()
})

t.test('summer time is that of the place', (t) => {
  // The European Union changes at 01:00 UTC on the last Sunday of March, which was the 29th in 2026.
  const change = Date.UTC(2026, 2, 29, 1)
  t.equal(wallTime(change - 60_000, 'Europe/Berlin').minute, at(6, 1, 59))
  t.equal(wallTime(change, 'Europe/Berlin').minute, at(6, 3, 0))
  t.end()
})

t.test('without a zone it is the time of the machine', (t) => {
  const unix = Date.UTC(2026, 5, 1, 12)
  const here = new Date(unix)
  t.equal(
    wallTime(unix, undefined).minute,
    at((here.getDay() + 6) % 7, here.getHours(), here.getMinutes()),
  )
  t.end()
})

t.test('an agent is told by its own clock when that was', (t) => {
  const clock = { now: () => 5, unix: () => 61_999, after: () => () => {} }
  const hours = { from: 0, to: 60, days: ['thu'], zone: 'UTC' } as const
  t.strictSame(wallInput(clock, hours), {
    kind: 'wall',
    now: 5,
    wall: { unix: 61, minute: at(3, 0, 1) },
  })
  t.end()
})
