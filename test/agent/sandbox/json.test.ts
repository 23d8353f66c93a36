import t from 'tap'
import { canonicalJson } from '../../../agent/sandbox/json.ts'

t.test('equal values have equal texts, whatever the order of their names (RFC 8785)', async (t) => {
  t.equal(
    canonicalJson({ b: [1, 'x', null], a: { d: true, c: 1e21 }, '': -0.5 }),
    '{"":-0.5,"a":{"c":1e+21,"d":true},"b":[1,"x",null]}',
  )
  t.equal(canonicalJson({ a: 1, b: 2 }), canonicalJson({ b: 2, a: 1 }))
})

t.test('names are in the order of their UTF-16 code units (RFC 8785, section 3.2.3)', async (t) => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
  const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))
  t.strictSame(
    Object.keys(JSON.parse(text)).filter((name) => name !== '1'),
    ['\r', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'],
  )
})

t.test('texts are escaped, and lists may be empty', async (t) => {
  t.equal(canonicalJson({ 'a"\n': ['\u0001', {}, []] }), '{"a\\"\\n":["\\u0001",{},[]]}')
})
