import t from 'tap'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { hexToBytes as hex } from '../../../agent/wire/hash.ts'
import { RatioBody } from '../../../agent/wire/ratioMessages.ts'

/** Borders of each field: messages.test.ts, which walks through all records. */

t.test('what decides nothing is left out of the bytes', async (t) => {
  const windows = { label: hex('0102030405060708'), window: 3 }
  const bytes = encodeRecord(RatioBody, { life: 0, setup: undefined, windows })
  // Maps by RFC 8949: {1: 0, 7: {1: h'0102030405060708', 2: 3}}.
  t.equal(Buffer.from(bytes).toString('hex'), 'a2010007a20148' + '0102030405060708' + '0203')
  t.strictSame({ ...decodeRecord(RatioBody, bytes) }, { life: 0, windows })
})

t.test('bounds have both ends', async (t) => {
  const windows = { label: new Uint8Array(8), window: 0, range: { low: new Uint8Array(1) } }
  t.throws(() => encodeRecord(RatioBody, { life: 0, windows } as RatioBody), {
    code: 'BAD_MESSAGE',
    message: /range.span/,
  })
})
