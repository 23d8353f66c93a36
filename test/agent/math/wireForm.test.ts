import fc from 'fast-check'
import t from 'tap'
import {
  CONTRIBUTION_TOP,
  equalVectors,
  LEAST_EXPONENT,
  SUM_TOP,
  vectorOf,
  zeroVector,
} from '../../../agent/math/exactVector.ts'
import { decodeVector, encodeVector, WIDTH_LIMIT } from '../../../agent/math/wireForm.ts'
import { reading } from './doubles.ts'
import { holds } from './property.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')

t.test('a vector is written as the design document says', async (t) => {
  const form = encodeVector(vectorOf([1.5, -256, 385]))
  t.equal(hex(form.exponents), 'ffff' + '0800' + '0000')
  t.equal(form.width, 2)
  t.equal(hex(form.mantissas), '0300' + 'ffff' + '8101')
})

t.test('zero is a byte a component', async (t) => {
  const form = encodeVector(zeroVector(3))
  t.strictSame([form.width, form.exponents.length, form.mantissas.length], [1, 6, 3])
  t.strictSame(decodeVector(form, 3), zeroVector(3))
})

t.test('what is written is read again', async (t) => {
  holds(
    t,
    fc.property(fc.array(reading, { minLength: 1, maxLength: 6 }), (doubles) => {
      const v = vectorOf(doubles)
      return equalVectors(decodeVector(encodeVector(v), doubles.length), v)
    }),
    500,
  )
})

t.test('an embedded view of a longer buffer is read at its own offset', async (t) => {
  const frame = bytes('aaaaaa' + '0800' + 'ff' + 'aaaa')
  t.strictSame(
    decodeVector({ exponents: frame.subarray(3, 5), width: 1, mantissas: frame.subarray(5, 6) }, 1),
    vectorOf([-256]),
  )
})

t.test('one value has one form: every other is refused', async (t) => {
  const refused: [string, string, number, string, number, RegExp][] = [
    ['too few exponents', '00', 1, '01', 1, /wanted 2 bytes of exponents, found 1/],
    ['no exponents', '', 1, '01', 1, /wanted 2 bytes of exponents, found 0/],
    ['too many exponents', '00000000', 1, '01', 1, /wanted 2 bytes of exponents, found 4/],
    ['too few mantissas', '00000000', 1, '01', 2, /wanted 2 bytes of mantissas, found 1/],
    ['too many mantissas', '0000', 1, '0101', 1, /wanted 1 bytes of mantissas, found 2/],
    ['no width', '0000', 0, '', 1, /wanted 1 to 513 bytes a mantissa, found 0/],
    ['half a byte', '0000', 1.5, '0100', 1, /wanted 1 to 513 bytes a mantissa, found 1.5/],
    ['too wide', '0000', WIDTH_LIMIT + 1, '00'.repeat(514), 1, /found 514/],
    ['an even mantissa', '0000', 1, '02', 1, /component 0: wanted an odd mantissa/],
    [
      'zero with an exponent',
      '00000100',
      1,
      '0100',
      2,
      /component 1: wanted an odd mantissa, or 0/,
    ],
    [
      'wider than needed',
      '0000',
      2,
      '0100',
      1,
      /wanted 1 bytes a mantissa, the least that hold them, found 2/,
    ],
    ['a negative wider than needed', '0000', 2, 'ffff', 1, /wanted 1 bytes/],
    ['zero wider than needed', '0000', 2, '0000', 1, /wanted 1 bytes/],
    [
      'an exponent too low',
      hex(int16(LEAST_EXPONENT - 1)),
      1,
      '01',
      1,
      /component 0: wanted a multiple/,
    ],
    [
      'an exponent too high',
      hex(int16(CONTRIBUTION_TOP)),
      1,
      '01',
      1,
      /component 0: wanted a multiple/,
    ],
  ]
  for (const [name, exponents, width, mantissas, d, message] of refused) {
    t.throws(
      () => decodeVector({ exponents: bytes(exponents), width, mantissas: bytes(mantissas) }, d),
      { name: 'MathError', code: 'FORM', message },
      name,
    )
  }
})

t.test(
  'the least and the largest component are taken, and a sum may be larger than a share',
  async (t) => {
    for (const e of [LEAST_EXPONENT, CONTRIBUTION_TOP - 1]) {
      t.strictSame(
        decodeVector({ exponents: int16(e), width: 1, mantissas: bytes('01') }, 1).exponents,
        [e],
      )
    }
    const sum = { exponents: int16(SUM_TOP - 1), width: 1, mantissas: bytes('01') }
    t.throws(() => decodeVector(sum, 1), { code: 'FORM' })
    t.strictSame(decodeVector(sum, 1, SUM_TOP).exponents, [SUM_TOP - 1])
  },
)

t.test('random bytes are refused or are the one form of what they say', async (t) => {
  holds(
    t,
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 2, maxLength: 6 }),
      fc.integer({ min: 0, max: 4 }),
      (exponents, mantissas, width) => {
        try {
          const again = encodeVector(decodeVector({ exponents, width, mantissas }, 2))
          return (
            hex(again.exponents) === hex(exponents) &&
            again.width === width &&
            hex(again.mantissas) === hex(mantissas)
          )
        } catch (error) {
          return (error as { code: string }).code === 'FORM'
        }
      },
    ),
    2000,
  )
})

function int16(value: number): Uint8Array {
  const form = new Uint8Array(2)
  new DataView(form.buffer).setInt16(0, value, true)
  return form
}
