import fc from 'fast-check'
import t from 'tap'
import {
  bytesFor,
  packIntegers,
  readInteger,
  unpackIntegers,
  writeInteger,
} from '../../../agent/math/twosComplement.ts'
import { holds } from './property.ts'

t.test("an integer is written as the two's complement that other languages write", async (t) => {
  // Python: (-2).to_bytes(3, 'little', signed=True) and so on.
  for (const [value, width, wanted] of [
    [0n, 1, '00'],
    [-1n, 3, 'ffffff'],
    [-2n, 3, 'feffff'],
    [127n, 1, '7f'],
    [128n, 2, '8000'],
    [-32768n, 2, '0080'],
    [0x0102030405n, 5, '0504030201'],
    [-0x0102030405n, 6, 'fbfbfcfdfeff'],
  ] as const) {
    const bytes = new Uint8Array(width)
    writeInteger(bytes, 0, width, value)
    t.equal(Buffer.from(bytes).toString('hex'), wanted, `${value}`)
    t.equal(readInteger(bytes, 0, width), value)
  }
})

t.test('whatever is written is read again, and nothing beside it is touched', async (t) => {
  holds(
    t,
    fc.property(
      fc.bigInt({ min: -(2n ** 159n), max: 2n ** 159n - 1n }),
      fc.integer({ min: 20, max: 24 }),
      (value, width) => {
        const bytes = new Uint8Array(width + 6).fill(0xaa)
        writeInteger(bytes, 3, width, value)
        const around = [...bytes.subarray(0, 3), ...bytes.subarray(width + 3)]
        return readInteger(bytes, 3, width) === value && around.every((byte) => byte === 0xaa)
      },
    ),
  )
})

t.test('a width counts the sign bit', async (t) => {
  for (const [bits, bytes] of [
    [0, 1],
    [7, 1],
    [8, 2],
    [15, 2],
    [16, 3],
    [4096, 513],
  ] as const) {
    t.equal(bytesFor(bits), bytes, `${bits} bits`)
  }
})

t.test('integers are packed in as many bytes as the longest needs, and read back', async (t) => {
  t.equal(Buffer.from(packIntegers([1n, -1n])).toString('hex'), '01ff')
  t.equal(Buffer.from(packIntegers([1n, -129n])).toString('hex'), '01007fff')
  holds(
    t,
    fc.property(
      fc.array(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), { minLength: 1 }),
      (list) => {
        const read = unpackIntegers(packIntegers(list), list.length)
        return list.every((x, k) => read?.[k] === x)
      },
    ),
  )
  t.equal(unpackIntegers(new Uint8Array(3), 2), undefined, 'not two alike')
  t.equal(unpackIntegers(new Uint8Array(0), 2), undefined, 'nothing')
})
