import t from 'tap'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { Gate } from '../../../agent/wire/gateMessages.ts'

const gate: Gate = {
  refused: [
    { index: 3, reason: 'distance', distance: Float64Array.of(12.5) },
    { index: 7, reason: 'unsound', distance: Float64Array.of(0) },
  ],
  rows: 40,
  exponents: Uint8Array.of(0, 0),
  width: 1,
  mantissas: Uint8Array.of(3),
}

t.test('who is refused travels with the reason', async (t) => {
  const read = decodeRecord(Gate, encodeRecord(Gate, gate))
  t.strictSame(
    read.refused.map(({ index, reason }) => [index, reason]),
    [
      [3, 'distance'],
      [7, 'unsound'],
    ],
  )
  t.equal(read.refused[0]?.distance[0], 12.5)
  t.equal(read.rows, 40)
})

t.test('reasons are those of the gate alone', async (t) => {
  const other = { ...gate, refused: [{ index: 3, reason: 'age', distance: Float64Array.of(1) }] }
  t.throws(() => encodeRecord(Gate, other as never), { code: 'BAD_MESSAGE' })
})
