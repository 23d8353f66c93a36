import t from 'tap'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { failedCall } from '../../../agent/wire/programCall.ts'

t.test('a failure is told by its code and why', async (t) => {
  t.strictSame(failedCall(new HypernetError('PROGRAM_FUEL', 'too many steps')), {
    kind: 'failed',
    message: 'PROGRAM_FUEL: too many steps',
  })
  t.strictSame(failedCall(new Error('no worker')), { kind: 'failed', message: 'no worker' })
  t.strictSame(failedCall('gone'), { kind: 'failed', message: 'gone' })
})
