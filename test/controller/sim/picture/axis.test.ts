import t from 'tap'
import { decades, linear, wholeTicks } from '../../../../controller/sim/picture/axis.ts'

t.test('maps one interval on another', async (t) => {
  const scale = linear([10, 20], [100, 0])
  t.strictSame([10, 15, 20, 30].map(scale), [100, 50, 0, -100])
  t.equal(linear([5, 5], [1, 9])(5), 1, 'an empty interval has one place')
})

t.test('ticks are whole, even, and not more than asked for', async (t) => {
  t.strictSame(wholeTicks(0, 8), [0])
  t.strictSame(wholeTicks(3, 8), [0, 1, 2, 3])
  t.strictSame(wholeTicks(22, 8), [0, 5, 10, 15, 20])
  t.strictSame(wholeTicks(102, 8), [0, 20, 40, 60, 80, 100])
  for (let last = 1; last < 100_000; last = Math.ceil(last * 1.3)) {
    const ticks = wholeTicks(last, 8)
    const step = (ticks[1] ?? 0) - (ticks[0] ?? 0)
    t.ok(ticks.length <= 9 && ticks.length >= 2 && /^[125]0*$/.test(String(step)), `${last}`)
  }
})

t.test('the decades of a logarithmic axis hold all values', async (t) => {
  t.strictSame(decades([0.002, 3], [-20, 3]), [-3, 1])
  t.strictSame(decades([0.1, 0.1], [-20, 3]), [-2, -1], 'at least one')
  t.strictSame(decades([1e-40, 1e9], [-20, 3]), [-20, 3], 'within the bounds')
})
