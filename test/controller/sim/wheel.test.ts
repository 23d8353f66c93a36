import t from 'tap'
import { streams } from '../../../controller/sim/random.ts'
import { CLASSES, newWheel } from '../../../controller/sim/wheel.ts'

t.test('takes events by time, then class, then insertion', (t) => {
  const wheel = newWheel<string>()
  wheel.push(5, CLASSES.timer, 'timer at 5')
  wheel.push(5, CLASSES.delivery, 'delivery at 5')
  wheel.push(2, CLASSES.watch, 'watch at 2')
  wheel.push(5, CLASSES.fault, 'fault at 5')
  wheel.push(5, CLASSES.delivery, 'second delivery at 5')
  wheel.push(0, CLASSES.timer, 'timer at 0')
  t.equal(wheel.size, 6)
  const taken: string[] = []
  for (let event = wheel.take(); event !== undefined; event = wheel.take()) taken.push(event)
  t.strictSame(taken, [
    'timer at 0',
    'watch at 2',
    'fault at 5',
    'delivery at 5',
    'second delivery at 5',
    'timer at 5',
  ])
  t.equal(wheel.now, 5)
  t.equal(wheel.nextTime(), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('runs what is added for the running time in that time, by class', (t) => {
  const wheel = newWheel<string>()
  wheel.push(1, CLASSES.timer, 'first timer')
  wheel.push(1, CLASSES.timer, 'last timer')
  t.equal(wheel.take(), 'first timer')
  wheel.push(1, CLASSES.delivery, 'answer')
  wheel.push(1, CLASSES.timer, 'added timer')
  t.equal(wheel.take(), 'answer')
  t.equal(wheel.take(), 'last timer')
  t.equal(wheel.take(), 'added timer')
  t.equal(wheel.take(), undefined)
  t.end()
})

t.test('refuses the past and times that are not finite', (t) => {
  const wheel = newWheel<number>()
  wheel.push(10, CLASSES.timer, 1)
  wheel.take()
  t.throws(() => wheel.push(9, CLASSES.timer, 2), { code: 'INVARIANT' })
  t.throws(() => wheel.push(Number.NaN, CLASSES.timer, 2), { code: 'INVARIANT' })
  t.throws(() => wheel.push(Number.POSITIVE_INFINITY, CLASSES.timer, 2), { code: 'INVARIANT' })
  t.end()
})

t.test('agrees with a stable sort on random insertions between takes', (t) => {
  const random = streams(11)('wheel')
  const wheel = newWheel<number>()
  const waiting: { at: number; kind: number; id: number }[] = []
  let id = 0
  for (let i = 0; i < 20_000; i++) {
    if (random.below(5) < 3) {
      const at = wheel.now + random.below(6)
      const kind = random.below(4) as 0 | 1 | 2 | 3
      wheel.push(at, kind, id)
      waiting.push({ at, kind, id: id++ })
    } else {
      // The slow obvious version: the least of the list, earliest inserted first.
      let least = 0
      for (let k = 1; k < waiting.length; k++) {
        const a = waiting[k]!
        const b = waiting[least]!
        if (a.at < b.at || (a.at === b.at && a.kind < b.kind)) least = k
      }
      const expected = waiting.splice(least, 1)[0]?.id
      const found = wheel.take()
      if (found !== expected) t.equal(found, expected, `take ${i}`)
    }
    if (wheel.size !== waiting.length) t.equal(wheel.size, waiting.length)
  }
  t.pass('20,000 steps agree')
  t.end()
})
