import t from 'tap'
import { OBJECT } from '../../../agent/wire/cborCheck.ts'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import {
  amountText,
  Resources,
  resourcesOf,
  resourcesSchema,
} from '../../../agent/wire/resources.ts'

const read = (value: object) => resourcesOf(resourcesSchema.parse(value))

t.test('what is not asked for does not travel', (t) => {
  t.strictSame(read({}), { runtime: 'builtin' })
  t.strictSame(read({ cpus: 0.25, storage: '1GB' }), {
    cpus: 250,
    storage: 1_000_000_000,
    runtime: 'builtin',
  })
  t.end()
})

t.test('it travels unchanged, and so does a runtime of later versions', (t) => {
  const wanted = read({ cpus: 2, memory: '1MiB', bandwidth: '1kB' })
  for (const resources of [wanted, { ...wanted, runtime: 'wasm' }])
    t.strictSame(decodeRecord(Resources, encodeRecord(Resources, resources), OBJECT), resources)
  t.throws(() => encodeRecord(Resources, { runtime: 'no word' }), { code: 'BAD_MESSAGE' })
  t.end()
})

t.test('amounts are told with their units', (t) => {
  t.equal(amountText('cpus', 1500), '1.5')
  t.equal(amountText('memory', 2 ** 25), '32MiB')
  t.equal(amountText('storage', 10_000_000), '10MB')
  t.equal(amountText('bandwidth', 20_000), '20kB a second')
  t.end()
})
