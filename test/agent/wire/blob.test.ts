import { createHash } from 'node:crypto'
import t from 'tap'
import { blobCollector, needsBlob, splitBlob } from '../../../agent/wire/blob.ts'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { BlobPart, Signed } from '../../../agent/wire/messages.ts'

const PART = LIMITS.blobPart
const badMessage = { name: 'HypernetError', code: 'BAD_MESSAGE' }
const object = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255)
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const part = (parts: BlobPart[], i: number) => parts[i] as BlobPart // the tests count them

t.test('an object of any size comes back, whatever the order of its parts', async (t) => {
  for (const length of [1, PART - 1, PART, PART + 1, 3 * PART, LIMITS.blob]) {
    const whole = object(length)
    const parts = splitBlob(whole).map((each) =>
      decodeRecord(BlobPart, encodeRecord(BlobPart, each)),
    )
    const collector = blobCollector(sha256(whole), parts.length)
    t.equal(collector.missing, parts.length)
    const results = [...parts.slice(1), part(parts, 0)].map((each) => collector.add(each))
    t.ok(results.slice(0, -1).every((result) => result === undefined))
    t.ok(Buffer.from(results.at(-1) ?? []).equals(whole), `${length} bytes`)
    t.equal(collector.missing, 0)
  }
})

t.test('takes a part twice', async (t) => {
  const whole = object(PART + 5)
  const parts = splitBlob(whole)
  const collector = blobCollector(sha256(whole), 2)
  t.equal(collector.add(part(parts, 1)), undefined)
  t.equal(collector.add(part(parts, 1)), undefined)
  t.equal(collector.missing, 1)
  t.strictSame(collector.add(part(parts, 0)), whole)
})

t.test('M15: refuses objects and parts of the wrong size', async (t) => {
  const tooLarge = { name: 'HypernetError', code: 'TOO_LARGE' }
  t.throws(() => splitBlob(new Uint8Array(0)), tooLarge)
  t.throws(() => splitBlob(new Uint8Array(LIMITS.blob + 1)), tooLarge)
  for (const parts of [0, 33, 1.5, Number.NaN])
    t.throws(() => blobCollector(new Uint8Array(32), parts), tooLarge)
  const whole = object(2 * PART)
  const collector = blobCollector(sha256(whole), 2)
  const [first, last] = splitBlob(whole) as [BlobPart, BlobPart]
  t.throws(() => collector.add({ ...first, bytes: first.bytes.subarray(1) }), badMessage)
  t.throws(() => collector.add({ ...last, bytes: new Uint8Array(PART + 1) }), badMessage)
  t.throws(() => collector.add({ ...first, of: 3 }), badMessage)
  t.throws(() => collector.add({ ...first, part: 2 }), badMessage)
  t.throws(() => collector.add({ ...first, hash: new Uint8Array(32) }), badMessage)
  t.equal(collector.missing, 2)
})

t.test('M16: drops all parts when the whole has another hash', async (t) => {
  const whole = object(PART + 5)
  const [first, last] = splitBlob(whole) as [BlobPart, BlobPart]
  const collector = blobCollector(sha256(whole), 2)
  collector.add({ ...first, bytes: new Uint8Array(PART) })
  t.throws(() => collector.add(last), { ...badMessage, message: /do not have its hash/ })
  t.equal(collector.missing, 2)
  collector.add(last)
  t.strictSame(collector.add(first), whole, 'and takes the true ones afterwards')
})

t.test('keeps no view of what was handed in', async (t) => {
  const whole = object(10)
  const [only] = splitBlob(whole.slice()) as [BlobPart]
  const collector = blobCollector(only.hash, 1)
  const result = collector.add(only)
  only.bytes.fill(0)
  t.strictSame(result, whole)
})

t.test('what needs no blob fits one message', async (t) => {
  let signed = new Uint8Array(LIMITS.message)
  while (needsBlob(signed)) signed = signed.subarray(1)
  const bytes = encodeRecord(Signed, { version: 1, key: new Uint8Array(20), signed })
  t.ok(bytes.length <= LIMITS.message, `${bytes.length} bytes`)
})
