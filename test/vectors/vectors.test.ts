import { createHash } from 'node:crypto'
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
const read = <T>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
const vectors = read<Vector>('records.json')
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

interface SumVector {
  name: string
  devices: string[][]
  sum: { mantissa: string; exponent: number }[]
  exponents: string
  width: number
  mantissas: string
}

t.test('sums are those of plain integers at one common exponent', async (t) => {
  for (const vector of read<SumVector>('sums.json')) {
    const { mantissas, exponents } = parts(vector)
    vector.sum.forEach(({ mantissa, exponent }, k) => {
      t.equal(mantissas[k], BigInt(mantissa), vector.name)
      t.equal(exponents[k], exponent)
      // 2^-1074 is the least double, so every double is an integer there (IEEE 754).
      const total = vector.devices.reduce((sum, device) => sum + scaled(device[k] ?? ''), 0n)
      t.equal(BigInt(mantissa) << BigInt(exponent + 1074), total, vector.name)
      t.ok(mantissa === '0' ? exponent === 0 : BigInt(mantissa) & 1n, 'canonical')
    })
  }
})

interface VoteVector extends SumVector {
  roster: string
  epoch: number
  contributors: string
  tombstones: string
  statisticHash: string
  voteHash: string
}

t.test('hashes of answers are those of the bytes that docs/protocol.md lists', async (t) => {
  for (const vector of read<VoteVector>('votes.json')) {
    const sizes = Buffer.alloc(8)
    sizes.writeUInt32LE(vector.exponents.length / 4, 0)
    sizes.writeUInt32LE(vector.width, 4)
    const epoch = Buffer.alloc(8)
    epoch.writeBigUInt64BE(BigInt(vector.epoch))
    const statistic = createHash('sha256')
      .update('hypernet/1/statistic\0')
      .update(vector.roster, 'hex')
      .update(epoch)
      .update(vector.contributors, 'hex')
      .update(sizes)
      .update(vector.exponents, 'hex')
      .update(vector.mantissas, 'hex')
      .digest('hex')
    t.equal(vector.statisticHash, statistic)
    const vote = createHash('sha256')
      .update('hypernet/1/vote\0')
      .update(statistic, 'hex')
      .update(vector.tombstones, 'hex')
      .digest('hex')
    t.equal(vector.voteHash, vote.slice(0, 32))
  }
})

/** Reads a wire form with nothing of ours: little endian, two's complement. */
function parts({ exponents, width, mantissas }: SumVector) {
  const e = Buffer.from(exponents, 'hex')
  const m = Buffer.from(mantissas, 'hex')
  const count = e.length / 2
  return {
    exponents: Array.from({ length: count }, (_, k) => e.readInt16LE(2 * k)),
    mantissas: Array.from({ length: count }, (_, k) => {
      const digits = Buffer.from(m.subarray(k * width, (k + 1) * width)).reverse()
      return BigInt.asIntN(8 * width, BigInt(`0x${digits.toString('hex')}`))
    }),
  }
}

/** A double times 2^1074, read from its bits. */
function scaled(hex: string): bigint {
  const bits = BigInt(`0x${hex}`)
  const exponent = (bits >> 52n) & 0x7ffn
  const fraction = bits & ((1n << 52n) - 1n)
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return bits >> 63n ? -size : size
}

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
