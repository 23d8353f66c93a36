import { readFileSync } from 'node:fs'
import t from 'tap'
import { checkCbor, OBJECT } from '../../../agent/wire/cborCheck.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const accepts = (text: string) => checkCbor(hex(text))
const badMessage = { name: 'HypernetError', code: 'BAD_MESSAGE' }

interface Refused {
  must: string
  reason: string
  cbor: string
}
const vectors: Refused[] = JSON.parse(
  readFileSync(new URL('../../vectors/refused.json', import.meta.url), 'utf8'),
)

const TITLES: Record<string, string> = {
  M1: 'M1: takes exactly one data item of at most 48 KiB',
  M2: 'M2: refuses indefinite lengths',
  M3: 'M3: refuses heads that are not in their shortest form',
  M4: 'M4: refuses map keys that are not ascending unsigned integers',
  M5: 'M5: refuses integers beyond 2^53-1',
  M6: 'M6: refuses floats and simple values but true and false',
  M7: 'M7: refuses tags but 86 on whole finite float64 numbers',
  M8: 'M8: refuses text that is not UTF-8 or has a byte order mark',
  M9: 'M9: refuses nesting and items beyond the limits',
}
for (const [must, title] of Object.entries(TITLES)) {
  t.test(title, async (t) => {
    const cases = vectors.filter((vector) => vector.must === must)
    t.ok(cases.length > 0)
    for (const { reason, cbor } of cases) t.throws(() => accepts(cbor), badMessage, reason)
  })
}

t.test(
  'takes what RFC 8949 appendix A gives as deterministic examples of the types in the profile',
  async () => {
    // Appendix A, those without floats, tags, null, undefined, big numbers and text keys.
    const examples = `00 01 0a 17 1818 1819 1864 1903e8 1a000f4240 1b000000e8d4a51000 20 29 3863 3903e7
    f4 f5 40 4401020304 60 6161 6449455446 62225c 62c3bc 63e6b0b4 64f0908591 80 83010203
    8301820203820405 98190102030405060708090a0b0c0d0e0f101112131415161718181819 a0 a201020304`
    for (const example of examples.split(/\s+/)) accepts(example)
  },
)

t.test('takes what lies just inside each limit', async (t) => {
  accepts('1b001fffffffffffff')
  accepts('3b001ffffffffffffe')
  accepts(`${'81'.repeat(8)}00`)
  accepts(`991fff${'00'.repeat(8191)}`)
  accepts('d85648ffffffffffffef7f') // the largest double
  accepts('d85640')
  accepts('62efbb'.replace('62efbb', '63efbbbe')) // U+FEFE, a neighbor of the byte order mark
  accepts('66e697a5e69cac')
  accepts(`59bffd${'00'.repeat(0xbffd)}`) // 48 KiB with its head
  t.throws(() => accepts(`59bffe${'00'.repeat(0xbffe)}`), badMessage)
})

t.test(
  'M1: an object out of a blob may be larger than a message, up to its own limits',
  async (t) => {
    const size = LIMITS.blob - 5
    const object = new Uint8Array(LIMITS.blob)
    object.set([0x5a, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255])
    checkCbor(object, OBJECT)
    t.throws(() => checkCbor(object), badMessage)
    t.throws(() => checkCbor(new Uint8Array(LIMITS.blob + 1), OBJECT), badMessage)
    const items = new Uint8Array(LIMITS.blobItems + 5)
    items.set([0x9a, 0, 2, 0, 0])
    t.throws(() => checkCbor(items, OBJECT), { ...badMessage, message: /too many data items/ })
  },
)

t.test('names the offset of the first byte that is wrong', async (t) => {
  t.throws(() => accepts('83010218ff18'), { message: /^CBOR byte 5: trailing bytes/ })
  t.throws(() => accepts('8201a202010101'), { message: /^CBOR byte 5: map key 1 after 2/ }, 'a key')
  t.throws(() => accepts('8201f6'), { message: /^CBOR byte 2: a float or simple value/ })
  t.throws(() => accepts('82014502'), { message: /^CBOR byte 2: 5 bytes announced, 1 left/ })
  t.throws(() => accepts('81d8564800000000000000'), {
    message: /^CBOR byte 3: 8 bytes announced/,
  })
})

t.test('walks over views that do not begin where their buffer does', async () => {
  const buffer = hex('ffff1903e8ff')
  checkCbor(buffer.subarray(2, 5))
})

t.test('ends at once on twenty thousand arrays in each other', async (t) => {
  t.throws(() => accepts(`${'81'.repeat(20_000)}00`), { message: /deeper than 8 levels/ })
})
