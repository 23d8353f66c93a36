import t from 'tap'
import { doublesFrom, doublesTo } from '../../../agent/math/doubles.ts'

t.test('doubles come back from their bytes, at any offset', async (t) => {
  const doubles = Float64Array.of(1, -0.1, 5e-324, 1.7976931348623157e308)
  const bytes = doublesTo(doubles)
  t.equal(bytes.length, 32)
  t.strictSame([...bytes.subarray(0, 8)], [0, 0, 0, 0, 0, 0, 240, 63], 'little endian')
  t.strictSame(doublesFrom(bytes), doubles)
  const shifted = new Uint8Array(33)
  shifted.set(bytes, 1)
  t.strictSame(doublesFrom(shifted.subarray(1)), doubles)
})
