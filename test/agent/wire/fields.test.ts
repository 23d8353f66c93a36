import t from 'tap'
import * as z from 'zod/mini'
import {
  bytes,
  float64s,
  integer,
  leafOf,
  matching,
  text,
  uint,
  uintUpTo,
} from '../../../agent/wire/fields.ts'

const CASES: [string, z.ZodMiniType, cddl: string, good: unknown[], bad: unknown[]][] = [
  ['uint', uint, 'uint', [0, 2 ** 53 - 1], [-1, 0.5, 2 ** 53, Number.NaN, '1', 1n, null]],
  ['uintUpTo', uintUpTo(7), '0..7', [0, 7], [8, -1, 0.5, true]],
  ['integer', integer(-2, 2), '-2..2', [-2, 0, 2], [-3, 3, 0.5, '0']],
  ['bytes of one length', bytes(2), 'bstr .size 2', [new Uint8Array(2)], [new Uint8Array(1), 'ab']],
  [
    'bytes',
    bytes(1, 3),
    'bstr .size (1..3)',
    [new Uint8Array(1), Buffer.alloc(3)],
    [new Uint8Array(0), new Uint8Array(4), new Float64Array(1), [1]],
  ],
  ['text', text(2), 'tstr .size (0..6)', ['', 'é', '日本'], ['abc', 1, null]],
  ['matching', matching(/^a+$/), 'tstr .regexp "a+"', ['aa'], ['', 'b', 'aab', 1]],
  [
    'float64s',
    float64s(1),
    '#6.86(bstr .size 8)',
    [new Float64Array(1)],
    [new Float64Array(2), new Float32Array(1), [1]],
  ],
]
for (const [name, schema, cddl, good, bad] of CASES) {
  t.test(`${name} takes what its CDDL says`, async (t) => {
    t.equal(leafOf(schema)?.cddl, cddl)
    for (const value of good) t.equal(z.parse(schema, value), value)
    for (const value of bad) {
      const parsed = z.safeParse(schema, value)
      t.equal(parsed.error?.issues[0]?.message, `wanted ${cddl}`, String(value))
    }
  })
}

t.test('only the types of this file are single tests', async (t) => {
  t.equal(leafOf(z.string()), undefined)
})
