import { Decoder } from 'cbor-x/decode'
import { encode as encodeByCborg } from 'cborg'
import t from 'tap'
import { type CborValue, decode, encode } from '../../../agent/wire/cbor.ts'
import { bytesToHex } from '../../../agent/wire/hash.ts'
import { secondDecode } from '../../fuzz/second.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const encoded = (value: unknown) => bytesToHex(encode(value as CborValue)) // tests also encode what is wrong
const badMessage = { name: 'HypernetError', code: 'BAD_MESSAGE' }

t.test('writes and reads the examples of RFC 8949 appendix A', async (t) => {
  const examples: [CborValue, string][] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [false, 'f4'],
    [true, 'f5'],
    [hex('01020304'), '4401020304'],
    ['', '60'],
    ['IETF', '6449455446'],
    ['ü', '62c3bc'],
    ['水', '63e6b0b4'],
    ['𐅑', '64f0908591'],
    [[], '80'],
    [[1, [2, 3], [4, 5]], '8301820203820405'],
    [new Map(), 'a0'],
    [
      new Map([
        [1, 2],
        [3, 4],
      ]),
      'a201020304',
    ],
  ]
  for (const [value, bytes] of examples) {
    t.equal(encoded(value), bytes)
    t.strictSame(decode(hex(bytes)), value)
  }
})

t.test('writes float64 arrays as tag 86 in little endian (RFC 8746 section 2)', async (t) => {
  // 1.0 is 3ff0000000000000, -0 is 8000000000000000 (IEEE 754).
  t.equal(encoded(new Float64Array([1, -0])), 'd85650000000000000f03f0000000000000080')
  const read = decode(hex('81d85650000000000000f03f0000000000000080')) as Float64Array[]
  t.ok(read[0] instanceof Float64Array)
  t.ok(Object.is(read[0]?.[1], -0), 'the sign of zero is kept')
})

t.test('writes integers beyond 32 bits as integers, wherever they stand', async (t) => {
  const wide = [
    2 ** 32 - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    -(2 ** 32),
    -(2 ** 32) - 1,
    1 - 2 ** 53 + 1,
  ]
  for (const value of wide) {
    t.equal(encoded(value), bytesToHex(encodeByCborg(value)), `${value} as another encoder has it`)
    t.equal(decode(encode(value)), value)
  }
  const nested = new Map<number, CborValue>([
    [1, [1, [2 ** 40, 'a']]],
    [2, new Map([[1, 2 ** 41]])],
    [2 ** 32, 3], // found by the fuzzer: a key is a number too
  ])
  const before = structuredClone(nested)
  t.strictSame(decode(encode(nested)), nested)
  t.strictSame(nested, before, 'the value that was given is unchanged')
})

t.test('refuses to write what no receiver would take', async (t) => {
  const wrong = [
    null,
    undefined,
    0.5,
    2 ** 53,
    Number.NaN,
    new Date(0),
    { a: 1 },
    /a/,
    new Float64Array([Number.NaN]),
    new Map([
      [2, 1],
      [1, 2],
    ]),
    new Map([['a', 1]]),
    '\ud800',
    '\ufeffa',
    new Set([1]),
    [[[[[[[[[0]]]]]]]]],
  ]
  for (const value of wrong) t.throws(() => encoded(value), badMessage, String(value))
  t.throws(() => encode(new Uint8Array(49_152)), { code: 'TOO_LARGE', message: /49155 bytes/ })
})

t.test('gives bytes that later messages do not overwrite', async (t) => {
  const first = encode(hex('0102'))
  for (let i = 0; i < 10_000; i++) encode(new Uint8Array(100).fill(255))
  t.strictSame(first, hex('420102'))
  t.equal(first.buffer.byteLength, 3, 'and that hold no pool')
})

t.test('gives values that share nothing with the input', async (t) => {
  const input = Buffer.from('824301020343040506', 'hex')
  const [first, second] = decode(input) as Uint8Array[]
  input.fill(0)
  t.strictSame([first, second], [hex('010203'), hex('040506')])
  t.notOk(Buffer.isBuffer(first), 'a Buffer would not copy on slice()')
})

t.test('reads a message in the middle of a larger buffer', async (t) => {
  const buffer = hex('00008201d85648000000000000f03f00')
  t.strictSame(decode(buffer.subarray(2, 15)), [1, new Float64Array([1])])
})

t.test('keeps maps apart from objects, so no key can reach a prototype', async (t) => {
  t.ok(decode(hex('a10001')) instanceof Map)
  t.throws(() => decode(hex('a1695f5f70726f746f5f5fa1617801')), badMessage)
  t.equal(({} as Record<string, unknown>).x, undefined)
})

t.test('reads what a second decoder reads', async (t) => {
  const text = ['a', 'é'.repeat(70), `x${'\ufeff'.repeat(30)}`, '💧'.repeat(40), 'a\0b']
  for (const value of [...text, text, new Map([[7, text]])]) {
    const bytes = encode(value)
    t.strictSame(secondDecode(bytes), value)
    t.strictSame(decode(bytes), value)
  }
})

t.test('turns whatever the decoder throws into BAD_MESSAGE', async (t) => {
  // Nothing is known to pass the walk and fail in cbor-x, so cbor-x is made to fail.
  const { decode: original } = Decoder.prototype
  t.teardown(() => {
    Decoder.prototype.decode = original
  })
  Decoder.prototype.decode = () => {
    throw new RangeError('Maximum call stack size exceeded')
  }
  t.throws(() => decode(hex('00')), { ...badMessage, cause: RangeError })
})
