import t from 'tap'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { Model } from '../../../agent/wire/modelMessage.ts'

const line: Model = {
  type: 'leastSquares',
  response: ['y'],
  terms: [[1], ['x']],
  names: ['1', 'x'],
  ridge: Float64Array.of(0.5),
}

t.test('a model comes back as it was sent', async (t) => {
  t.strictSame(decodeRecord(Model, encodeRecord(Model, line)), line)
})

t.test('a model of no known type, or with an empty formula, is refused', async (t) => {
  t.throws(() => encodeRecord(Model, { ...line, type: 'guess' as 'sum' }), { code: 'BAD_MESSAGE' })
  t.throws(() => encodeRecord(Model, { ...line, terms: [[]] }), { code: 'BAD_MESSAGE' })
})
