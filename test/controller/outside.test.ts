import t from 'tap'
import type { Entry } from '../../agent/io/log.ts'
import { HypernetError, invariant } from '../../agent/wire/errors.ts'
import { takeMessage } from '../../controller/outside.ts'

const topic = 'hn/1/site/net/paid/deal/a'

/** What is logged while a message is taken. */
function logged(take: () => void, name = topic): Entry[] {
  const entries: Entry[] = []
  takeMessage(name, (entry) => entries.push(entry), take)
  return entries
}

t.test('a message that is taken is not spoken of', async (t) => {
  t.strictSame(
    logged(() => {}),
    [],
  )
})

t.test('a bad message is dropped with its sender, whatever it makes of us', async (t) => {
  const bad = () => {
    throw new HypernetError('BAD_MESSAGE', 'no CBOR')
  }
  const [entry] = logged(bad)
  t.match(entry, { level: 'warn', node: 'a', job: 'paid', message: /of a, kind deal: no CBOR/ })
  t.match(
    logged(() => invariant(false, 'group is no uint16')),
    [{ level: 'error', node: 'a', message: /group is no uint16/ }],
  )
  const broken = () => {
    throw new TypeError('cannot read it')
  }
  t.match(logged(broken), [{ level: 'error', message: /cannot read it/ }])
  t.match(logged(bad, 'elsewhere'), [{ message: 'dropped a message: no CBOR' }])
  t.match(logged(bad, 'hn/1/site/net/paid/anchor'), [{ message: /of kind anchor: no CBOR/ }])
})

t.test('a store that failed is no fault of the message', async (t) => {
  const failed = () => {
    throw new HypernetError('STORE_FAILED', 'the disk is full')
  }
  t.throws(() => logged(failed), { code: 'STORE_FAILED' })
})
