import t from 'tap'
import { crashes, joins, liars } from '../../../controller/sim/faults.ts'
import { liesTo } from '../../../controller/sim/lying.ts'
import { newDice } from '../../../controller/sim/random.ts'

t.test('stops the fraction of the devices, each once, at the round', (t) => {
  const faults = crashes(0.1, 5, 155, newDice(1))
  t.equal(faults.length, 16, '15.5 is rounded')
  t.ok(faults.every((fault) => fault.kind === 'crash' && fault.at === 5))
  const devices = faults.map((fault) => ('device' in fault ? fault.device : -1))
  t.equal(new Set(devices).size, 16)
  t.ok(devices.every((device) => device >= 0 && device < 155))
  t.strictSame(crashes(0.1, 5, 155, newDice(1)), faults)
  t.notSame(crashes(0.1, 5, 155, newDice(2)), faults)
  t.strictSame(crashes(0, 5, 155, newDice(1)), [])
  t.end()
})

t.test('draws every device as often as any other', (t) => {
  const tally = new Array<number>(10).fill(0)
  const dice = newDice(3)
  for (let i = 0; i < 3000; i++)
    for (const fault of crashes(0.3, 0, 10, dice))
      if ('device' in fault) tally[fault.device] = (tally[fault.device] ?? 0) + 1
  // 900 expected; standard deviation sqrt(3000 * 0.3 * 0.7) = 25.
  t.ok(
    tally.every((count) => Math.abs(count - 900) < 125),
    tally.join(' '),
  )
  t.end()
})

t.test('lets devices join late that do not crash', (t) => {
  const crashed = crashes(0.5, 5, 10, newDice(1))
  const joined = joins(5, 7, 10, newDice(2), crashed)
  t.equal(joined.length, 5)
  const all = [...crashed, ...joined].map((fault) => ('device' in fault ? fault.device : -1))
  t.equal(new Set(all).size, 10, 'each device has one fault')
  t.end()
})

t.test('refuses to leave nobody', (t) => {
  t.throws(() => crashes(0.9, 5, 3, newDice(1)), {
    code: 'BAD_USAGE',
    message: '--crash 0.9@5 would stop all 3 devices; take a smaller fraction',
  })
  t.throws(() => joins(10, 5, 10, newDice(1)), {
    code: 'BAD_USAGE',
    message: '--join 10@5 would leave none of the 10 devices to begin with; take fewer',
  })
  t.throws(() => joins(6, 7, 10, newDice(2), crashes(0.5, 5, 10, newDice(1))), {
    code: 'BAD_USAGE',
    message: '--join 6@7 wants more devices than the 5 that --crash leaves; take fewer',
  })
  t.end()
})

t.test('liars are a fraction of those that no fault befalls, and lie in every way in turn', (t) => {
  const faults = crashes(0.5, 1, 12, newDice(1))
  const ways = liesTo({ method: 'flood' })
  const drawn = liars(0.25, 12, newDice(2), { taken: faults, ways })
  t.strictSame(drawn.map(({ lie }) => lie).sort(), ['equivocation', 'malformed', 'misreading'])
  const crashed = faults.flatMap((fault) => ('device' in fault ? [fault.device] : []))
  t.notOk(drawn.some(({ device }) => crashed.includes(device)))
  t.equal(new Set(drawn.map(({ device }) => device)).size, 3)
  t.strictSame(liars(0, 12, newDice(2), { ways }), [])
  t.match(
    liars(0.01, 12, newDice(2), { ways }),
    [{ lie: 'equivocation' }],
    'a few are at least one',
  )
  t.throws(() => liars(0.9, 12, newDice(2), { taken: faults, ways }), {
    code: 'BAD_USAGE',
    message:
      '--liars 0.9 wants 11 of 12 devices, of which 6 can lie: those that crash or join later do not, and one must be honest; take fewer',
  })
  t.throws(
    () => liars(0.5, 1, newDice(2), { ways }),
    { code: 'BAD_USAGE' },
    'one device alone is honest',
  )
  const toRatio = liars(0.5, 12, newDice(2), { ways: liesTo({ method: 'ratio' }) })
  t.ok(toRatio.length === 6 && toRatio.every(({ lie }) => lie === 'misreading'))
  t.end()
})
