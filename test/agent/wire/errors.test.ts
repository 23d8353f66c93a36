import t from 'tap'
import { HypernetError, invariant } from '../../../agent/wire/errors.ts'

t.test('an error has a code, a sentence and, where there is one, a cause', async (t) => {
  const cause = new Error('inner')
  t.match(new HypernetError('TIMEOUT', 'too late', cause), {
    name: 'HypernetError',
    code: 'TIMEOUT',
    message: 'too late',
    cause,
  })
  t.notOk('cause' in new HypernetError('TIMEOUT', 'too late'))
})

t.test('a broken invariant says so', async (t) => {
  t.doesNotThrow(() => invariant(1, 'never'))
  t.throws(() => invariant(0, 'x > 0'), { code: 'INVARIANT', message: 'broken invariant: x > 0' })
})
