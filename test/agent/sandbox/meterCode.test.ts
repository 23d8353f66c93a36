import t from 'tap'
import { meterModule } from '../../../agent/sandbox/meterModule.ts'
import { wasm } from '../../../agent/sandbox/webAssembly.ts'
import { moduleOf, started } from './modules.ts'

const metered = (body: readonly number[]) => started(meterModule(moduleOf(body), 4))
/** do { x -= 1 } while (x); returns 7 */
const COUNT_DOWN = [...[0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b], ...[0x41, 7]]
/** x === 0 ? 3 : f(x - 1), with an early return. */
const RECURSE = [
  ...[0x20, 0, 0x45, 0x04, 0x40, 0x41, 3, 0x0f, 0x0b],
  ...[0x20, 0, 0x41, 1, 0x6b, 0x10, 0],
]

t.test('each turn of a loop takes one unit, and so does the call', async (t) => {
  const exports = metered(COUNT_DOWN)
  t.equal(exports.f(10), 7)
  t.equal(1000 - exports.meter_fuel.value, 11)
})

t.test('without fuel it traps, at the same turn each time', async (t) => {
  for (let k = 0; k < 2; k++) {
    const exports = metered(COUNT_DOWN)
    t.throws(() => exports.f(0), wasm.RuntimeError)
    t.equal(exports.meter_fuel.value, -1)
  }
})

t.test('the depth of calls comes back, also by an early return', async (t) => {
  const exports = metered(RECURSE)
  t.equal(exports.f(5), 3)
  t.equal(exports.meter_depth.value, 1000)
  t.equal(1000 - exports.meter_fuel.value, 6)
})

t.test('calls that nest too deep trap before the native stack is full', async (t) => {
  const exports = metered(RECURSE)
  // 17 slots a call: 16 for the frame and one for its parameter.
  t.equal(exports.f(57), 3)
  t.throws(() => exports.f(58), wasm.RuntimeError)
  t.ok(exports.meter_depth.value < 0)
  t.ok(exports.meter_fuel.value > 0)
})

t.test('a move of memory takes a unit for each 64 bytes', async (t) => {
  // memory.fill(0, 1, x); returns x
  const exports = metered([0x41, 0, 0x41, 1, 0x20, 0, 0xfc, 11, 0, 0x20, 0])
  t.equal(exports.f(6400), 6400)
  t.equal(1000 - exports.meter_fuel.value, 101)
  t.throws(() => exports.f(65_536), wasm.RuntimeError)
})

t.test('the size of memory is the one that was set', async (t) => {
  const exports = metered([0x3f, 0])
  t.equal(exports.f(0), 1)
  exports.meter_pages.value = 2
  t.equal(exports.f(0), 2)
})

t.test('every kind of operand is passed', async (t) => {
  const exports = metered([
    // block (result i32) { br_table } with constants of all types before it
    ...[
      0x02, 0x40, 0x42, 0xff, 0, 0x1a, 0x43, 0, 0, 0, 0, 0x1a, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a,
    ],
    ...[0x20, 0, 0x0e, 1, 0, 0, 0x0b],
    ...[0x41, 1, 0x41, 2, 0x20, 0, 0x1c, 1, 0x7f], // select with its type
    ...[0x44, 0, 0, 0, 0, 0, 0, 0, 0x40, 0xfc, 2, 0x6a], // saturating conversion of 2
    ...[0x41, 0, 0x28, 2, 4, 0x6a], // load
    ...[0x23, 0, 0x6a], // the global, 5
  ])
  t.equal(exports.f(1), 8)
  t.equal(exports.f(0), 9)
})

t.test('an instruction without a meter is refused, never passed by guess', async (t) => {
  t.throws(() => metered([0x12, 0]), { code: 'INVARIANT', message: /0x12/ })
  t.throws(() => metered([0xfd, 0]), { code: 'INVARIANT', message: /0xfd/ })
  t.throws(() => metered([0xfc, 99]), { code: 'INVARIANT', message: /0xfc 99/ })
  t.throws(() => metered([0x02, 0x40]), { code: 'INVARIANT', message: /does not end/ })
})
