import t from 'tap'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { BlobPart } from '../../../agent/wire/messages.ts'

t.test('a message with its longest topic fits a frame of the broker', async (t) => {
  // MQTT-3.3: fixed header of at most 5 bytes, topic length 2, packet identifier 2.
  t.ok(LIMITS.message + LIMITS.topicBytes + 9 <= LIMITS.frame)
})

t.test('a blob is a whole number of parts, and a part fits one message', async (t) => {
  t.equal(LIMITS.blob % LIMITS.blobPart, 0)
  const bytes = encodeRecord(BlobPart, {
    version: 1,
    hash: new Uint8Array(32),
    part: 31,
    of: 32,
    bytes: new Uint8Array(LIMITS.blobPart),
  })
  t.ok(bytes.length <= LIMITS.message)
})

t.test('a full roster fits the items of a blob', async (t) => {
  // A member is a map of three keys and three values; eight fields stand around the list.
  t.ok(7 * LIMITS.roster + 32 <= LIMITS.blobItems)
})

t.test('a statement of as many suspects as are allowed fits one message', async (t) => {
  t.ok(7 * LIMITS.evidence + 32 <= LIMITS.cborItems)
})
