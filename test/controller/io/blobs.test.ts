import t from 'tap'
import { splitBlob } from '../../../agent/wire/blob.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { digest } from '../../../agent/wire/hash.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { BlobPart } from '../../../agent/wire/messages.ts'
import { Blobs } from '../../../controller/io/blobs.ts'

const object = Uint8Array.from({ length: LIMITS.blobPart + 9 }, (_, i) => i)
const parts = splitBlob(object).map((part) => encodeRecord(BlobPart, part))

t.test('an object is given once, whether its parts come before or after its name', async (t) => {
  for (const before of [0, 1, 2]) {
    const blobs = new Blobs()
    const given: Uint8Array[] = []
    for (const part of parts.slice(0, before)) blobs.take(part)
    blobs.want(digest(object), 2, (whole) => given.push(whole))
    blobs.want(digest(object), 2, () => t.fail('asked for twice'))
    for (const part of parts.slice(before)) blobs.take(part)
    t.strictSame(given, [object], `${before} parts before`)
  }
})

t.test('of parts that nobody names the newest are kept', async (t) => {
  const blobs = new Blobs()
  const single = (i: number) => Uint8Array.of(i >> 8, i & 255)
  const tell = (i: number) => {
    const [part] = splitBlob(single(i))
    if (part) blobs.take(encodeRecord(BlobPart, part))
  }
  // The last one twice, as after a new connection: it takes no room a second time.
  for (let i = 0; i < 1025; i++) tell(i)
  tell(1024)
  blobs.want(digest(single(0)), 1, () => t.fail('the oldest made room'))
  const given: Uint8Array[] = []
  for (const i of [1, 1024]) blobs.want(digest(single(i)), 1, (whole) => given.push(whole))
  t.strictSame(given, [single(1), single(1024)])
})
