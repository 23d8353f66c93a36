import t from 'tap'
import {
  DAYS,
  type Hours,
  hoursRefusal,
  hoursText,
  minutesLeft,
  type WallTime,
} from '../../../agent/core/hours.ts'
import { sampleTerms } from '../../../docs/generator/marketSamples.ts'

const at = (day: (typeof DAYS)[number], hour: number, minute = 0) =>
  DAYS.indexOf(day) * 1440 + hour * 60 + minute
const night: Hours = { from: 22 * 60, to: 6 * 60 }
const sundayNight: Hours = { ...night, days: ['sun'] }

t.test('hours over midnight belong to the day on which they begin', (t) => {
  const cases: [string, Hours, number, number][] = [
    ['before', night, at('wed', 21, 59), 0],
    ['at the first minute', night, at('wed', 22), 8 * 60],
    ['after midnight', night, at('thu', 5, 59), 1],
    ['at the end', night, at('thu', 6), 0],
    ['over the end of the week', sundayNight, at('mon', 1), 5 * 60],
    ['on another day', sundayNight, at('tue', 1), 0],
    ['within a day', { from: 60, to: 120, days: ['mon'] }, at('mon', 1, 30), 30],
  ]
  for (const [what, hours, minute, left] of cases) t.equal(minutesLeft(hours, minute), left, what)
  t.end()
})

t.test('hours that follow each other are one', (t) => {
  const whole = (...days: (typeof DAYS)[number][]): Hours => ({ from: 0, to: 0, days })
  t.equal(minutesLeft(whole('sat', 'sun'), at('sat', 12)), 36 * 60)
  t.equal(minutesLeft(whole('sun', 'mon'), at('sun', 12)), 36 * 60, 'over the end of the week')
  t.equal(minutesLeft({ from: 0, to: 0 }, at('fri', 3)), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('each minute of a week agrees with a slow count', (t) => {
  for (const hours of [night, sundayNight, { from: 600, to: 599, days: ['fri', 'sat'] as const }]) {
    const open = new Set<number>()
    for (const day of hours.days ?? DAYS)
      for (let minute = hours.from; minute % 1440 !== hours.to; minute++)
        open.add((DAYS.indexOf(day) * 1440 + minute) % 10_080)
    const slow = (minute: number): number =>
      open.has(minute) ? 1 + slow((minute + 1) % 10_080) : 0
    const wrong = Array.from({ length: 10_080 }, (_, minute) => minute).filter(
      (minute) => minutesLeft(hours, minute) !== slow(minute),
    )
    t.strictSame(wrong, [], hoursText(hours))
  }
  t.end()
})

/** One checkpoint of 10 minutes, whose results are shown within two more. */
const terms = {
  ...sampleTerms,
  checkpoints: 1n,
  period: 600n,
  window: 120n,
  joinBy: 1_800_000_000n,
}
const wall = (minute: number, unix = 1_799_999_000): WallTime => ({ unix, minute })

t.test('a device offers where the job would be over in time', (t) => {
  const why = (minute: number) => hoursRefusal(night, wall(minute), terms)
  t.equal(why(at('thu', 5, 48)), undefined, 'twelve minutes')
  t.equal(
    why(at('thu', 5, 49)),
    'it may run for 12 minutes, and market.hours (22:00 to 06:00) end in 11',
  )
  t.equal(why(at('thu', 14, 5)), 'market.hours allows 22:00 to 06:00, and it is thu 14:05')
  t.end()
})

t.test('a clock by which no place is open is not believed', (t) => {
  const why = (unix: number) => hoursRefusal(night, wall(at('thu', 1), unix), terms)
  const joinBy = Number(terms.joinBy)
  t.match(
    why(0),
    /by the clock of this device no place of the job is open; if they are, set the clock/,
  )
  t.match(why(joinBy + 1), /set the clock/, 'in the future')
  t.match(why(joinBy - 90 * 86_400 - 1), /set the clock/, 'longer ago than places are open')
  t.equal(why(joinBy - 90 * 86_400), undefined)
  t.equal(why(joinBy), undefined)
  t.match(hoursRefusal(night, undefined, terms), /set the clock/, 'nobody told the time')
  t.end()
})

t.test('hours are told as they were written', (t) => {
  t.equal(hoursText(night), '22:00 to 06:00')
  t.equal(
    hoursText({ from: 545, to: 1020, days: ['sat', 'sun'], zone: 'Europe/Berlin' }),
    '09:05 to 17:00 on sat, sun (Europe/Berlin)',
  )
  t.end()
})
