import t from 'tap'
import { cut, fleetId, jobId, nodeId, quote, sensorId } from '../../../agent/wire/ids.ts'

const badId = { name: 'HypernetError', code: 'BAD_ID' }

t.test('takes what fits one topic level, a file name and a host name', async (t) => {
  for (const make of [nodeId, jobId, fleetId]) {
    for (const text of ['a', '0', '-', 'probe-1', 'a'.repeat(32)]) t.equal(make(text), text)
    for (const text of ['', 'A', 'a_b', 'a.b', 'a/b', 'a+', '#', 'ä', ' a', 'a\n', 'a'.repeat(33)])
      t.throws(() => make(text), badId, JSON.stringify(text))
  }
})

t.test('takes sensor names that an expression can hold', async (t) => {
  for (const text of ['temp', '_t', 'T2', 'a'.repeat(32)]) t.equal(sensorId(text), text)
  for (const text of [
    '',
    '2t',
    'a-b',
    'position',
    'position.x',
    '__proto__',
    'a'.repeat(33),
    'temp\n',
  ])
    t.throws(() => sensorId(text), badId, JSON.stringify(text))
})

t.test('quotes what strangers wrote in one short line', async (t) => {
  t.equal(quote('a\n"b"'), '"a\\n\\"b\\""')
  t.equal(quote('x'.repeat(100)), `"${'x'.repeat(60)}…"`)
  t.equal(quote('a\u001b\u0085\u202eb'), '"a\\u001b\\u0085\\u202eb"')
  t.equal(cut('x'.repeat(100), 3), 'xxx…')
})
