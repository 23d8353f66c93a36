import { readFileSync } from 'node:fs'
import t from 'tap'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { bytesToHex, hexToBytes } from '../../agent/wire/hash.ts'
import { type RecordType, recordOf } from '../../agent/wire/record.ts'
import { records } from '../../docs/generator/cddl.ts'
import { boundsOf } from '../../docs/generator/samples.ts'
import { fromJson, toJson } from '../../docs/generator/vectors.ts'
import { secondDecode } from '../fuzz/second.ts'

interface Vector {
  name: string
  record: string
  value: unknown
  cbor: string
}
const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('records.json', import.meta.url), 'utf8'),
)
const types = new Map(records().map((type) => [type.name, type]))
const typeOf = (vector: Vector) => types.get(vector.record) as RecordType<unknown> // the next test looks

t.test('there is a vector of every record', async (t) => {
  t.strictSame([...new Set(vectors.map(({ record }) => record))].sort(), [...types.keys()].sort())
})

t.test('each value encodes to its bytes, and the bytes decode to the value', async (t) => {
  for (const vector of vectors) {
    const type = typeOf(vector)
    const value = fromJson(vector.value)
    t.equal(bytesToHex(encodeRecord(type, value, boundsOf(type))), vector.cbor, vector.name)
    const decoded = decodeRecord(type, hexToBytes(vector.cbor), boundsOf(type))
    t.strictSame(toJson(decoded), vector.value, vector.name)
  }
})

t.test('a second decoder finds each field under its key', async (t) => {
  for (const vector of vectors) {
    const map = secondDecode(hexToBytes(vector.cbor))
    t.strictSame(toJson(named(typeOf(vector), map)), vector.value, vector.name)
  }
})

/** Gives a map of a foreign decoder the names of the description. */
function named(type: RecordType<unknown>, map: unknown): unknown {
  const fields = Object.entries(type.fields).flatMap(([name, [key, schema]]) => {
    const item = (map as Map<number, unknown>).get(key)
    const def = schema._zod.def as unknown as { innerType?: typeof schema; element?: typeof schema }
    const inner = (def.innerType?._zod.def ?? def) as typeof def
    const held = recordOf(def.innerType ?? schema)
    const each = inner.element && recordOf(inner.element)
    if (item === undefined) return []
    if (held) return [[name, named(held, item)]]
    return [[name, each ? (item as unknown[]).map((one) => named(each, one)) : item]]
  })
  return Object.fromEntries(fields)
}
