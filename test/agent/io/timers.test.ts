import t from 'tap'
import { timers } from '../../../agent/io/timers.ts'
import { handClock } from './handClock.ts'

t.test('a timer fires once at its time, not before', async (t) => {
  const clock = handClock()
  const fired: string[] = []
  const set = timers(clock, (name) => fired.push(name))
  set.set('a', 100)
  clock.turn(99)
  t.strictSame(fired, [])
  clock.turn(1)
  t.strictSame(fired, ['a'])
  clock.turn(1000)
  t.strictSame(fired, ['a'])
  t.equal(set.size, 0)
})

t.test(
  'a later order for the same name replaces the earlier one, Infinity forgets it',
  async (t) => {
    const clock = handClock()
    const fired: [string, number][] = []
    const set = timers(clock, (name) => fired.push([name, clock.now()]))
    set.set('a', 100)
    set.set('a', 50)
    set.set('b', 10)
    set.set('b', 70)
    set.set('c', 20)
    set.set('c', Number.POSITIVE_INFINITY)
    clock.turn(1000)
    t.strictSame(fired, [
      ['a', 50],
      ['b', 70],
    ])
  },
)

t.test('a time that is past fires at once, but never inside the call', async (t) => {
  const clock = handClock()
  const fired: string[] = []
  const set = timers(clock, (name) => fired.push(name))
  clock.turn(100)
  set.set('a', Number.NEGATIVE_INFINITY)
  set.set('b', 5)
  t.strictSame(fired, [])
  clock.turn(0)
  t.strictSame(fired, ['a', 'b'])
})

t.test('a timer further away than setTimeout reaches does not fire early', async (t) => {
  const clock = handClock()
  const fired: number[] = []
  const set = timers(clock, () => fired.push(clock.now()))
  const year = 365 * 24 * 3600 * 1000
  set.set('a', year)
  clock.turn(year - 1)
  t.strictSame(fired, [])
  clock.turn(1)
  t.strictSame(fired, [year])
})

t.test('clear forgets all', async (t) => {
  const clock = handClock()
  const set = timers(clock, () => t.fail('fired'))
  set.set('a', 1)
  set.set('b', 2)
  set.clear()
  clock.turn(10)
  t.equal(clock.waiting, 0)
})
