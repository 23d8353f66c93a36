import t from 'tap'
import type { Order } from '../../../agent/wire/messages.ts'
import { checkDevices, mostDevices } from '../../../controller/sim/mostDevices.ts'

/** Any method but flood; what is not built yet is named here all the same. */
const lean = 'ratio' as Order['method']

t.test('flood is rehearsed with fewer devices, since its memory grows with the square', (t) => {
  t.equal(mostDevices('flood'), 2000)
  t.equal(mostDevices(lean), 10_000)
  checkDevices('x', 2000, 'flood')
  checkDevices('x', 10_000, lean)
  t.throws(() => checkDevices('--devices: found "2001"', 2001, 'flood'), {
    code: 'BAD_USAGE',
    message:
      '--devices: found "2001", wanted at most 2000 by flood: each device remembers the contribution of every other, so memory grows with the square; take another method, or rehearse a part of the fleet.',
  })
  t.throws(() => checkDevices('--devices: found "10001"', 10_001, lean), {
    message: '--devices: found "10001", wanted at most 10000; rehearse a part of the fleet.',
  })
  t.end()
})
