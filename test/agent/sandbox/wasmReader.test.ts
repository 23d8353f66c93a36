import t from 'tap'
import {
  signedBytes,
  unsignedBytes,
  WasmReader,
  WasmWriter,
} from '../../../agent/sandbox/wasmReader.ts'

t.test(
  'integers are spelled as the specification shows (LEB128, DWARF 4 appendix C)',
  async (t) => {
    t.strictSame([2, 127, 128, 129, 12857].map(unsignedBytes), [
      [2],
      [127],
      [0x80, 1],
      [0x81, 1],
      [0xb9, 0x64],
    ])
    t.strictSame([2, -2, 127, -127, 128, -128].map(signedBytes), [
      [2],
      [0x7e],
      [0xff, 0],
      [0x81, 0x7f],
      [0x80, 1],
      [0x80, 0x7f],
    ])
  },
)

t.test('what is written is read', async (t) => {
  for (const value of [0, 1, 127, 128, 65_536, 2 ** 31 - 1, 2 ** 32 - 1]) {
    const reader = new WasmReader(Uint8Array.from([...unsignedBytes(value), 7]))
    t.equal(reader.unsigned(), value)
    t.equal(reader.byte(), 7)
    t.ok(reader.isAtEnd)
  }
})

t.test('nothing is read past the end', async (t) => {
  const reader = new WasmReader(Uint8Array.of(1, 2, 0x80), 1)
  t.strictSame([...reader.take(1)], [2])
  t.throws(() => reader.take(2), { code: 'INVARIANT' })
  t.throws(() => reader.unsigned(), { code: 'INVARIANT' })
  t.throws(() => new WasmReader(Uint8Array.of(0x80, 0x80)).passInteger(), { code: 'INVARIANT' })
})

t.test('a writer grows, and starts again', async (t) => {
  const writer = new WasmWriter()
  writer.add([1, 2])
  writer.add(new Uint8Array(200_000).fill(3))
  t.equal(writer.written().length, 200_002)
  t.strictSame([...writer.written().subarray(0, 3)], [1, 2, 3])
  writer.clear()
  writer.add([9])
  t.strictSame([...writer.written()], [9])
})
