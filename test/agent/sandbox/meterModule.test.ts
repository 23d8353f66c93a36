import t from 'tap'
import { COUNTERS, meterModule } from '../../../agent/sandbox/meterModule.ts'
import { wasm } from '../../../agent/sandbox/webAssembly.ts'
import { moduleOf, started } from './modules.ts'

const ADD_ONE = [0x20, 0, 0x41, 1, 0x6a]

t.test('a metered module does what it did, and exports its counters', async (t) => {
  const exports = started(meterModule(moduleOf(ADD_ONE), 4))
  t.equal(exports.f(41), 42)
  t.ok(COUNTERS.every((name) => name in exports))
  t.equal(exports.meter_fuel.value, 999, 'one call')
})

t.test('its memory grows to the bound that was set, not to that of the module', async (t) => {
  const exports = started(meterModule(moduleOf([0x20, 0, 0x40, 0]), 4))
  t.strictSame(
    [1, 2, 1, 1].map((pages) => exports.f(pages)),
    [1, -1, 2, -1],
  )
  t.equal(exports.meter_pages.value, 3)
  exports.meter_pages.value = 1
  t.equal(exports.f(2), 1, 'set back, it grows again')
})

t.test('memory that the machine cannot give is a trap, never an answer', async (t) => {
  const exports = started(meterModule(moduleOf([0x20, 0, 0x40, 0]), 2))
  t.throws(() => exports.f(2), wasm.RuntimeError)
})

t.test('what is no module, or has no room, is refused', async (t) => {
  t.throws(() => meterModule(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 4), { code: 'INVARIANT' })
  t.throws(() => meterModule(moduleOf(ADD_ONE), 0), { code: 'INVARIANT' })
  t.throws(() => meterModule(moduleOf(ADD_ONE).subarray(0, 20), 4), { code: 'INVARIANT' })
})
