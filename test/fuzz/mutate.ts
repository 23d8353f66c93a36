import type { RandomStream } from '../../agent/math/random.ts'
import { encode } from '../../agent/wire/cbor.ts'
import { encodeRecord, SIGNED_RECORDS } from '../../agent/wire/codec.ts'
import type { RecordType } from '../../agent/wire/record.ts'
import { REFUSED_CBOR } from '../../docs/generator/refused.ts'
import { boundsOf, SAMPLES, SIGNED_SAMPLES, signedSample } from '../../docs/generator/samples.ts'

/** An input and the record that it is taken for. */
export interface Case {
  readonly type: RecordType<unknown>
  readonly bytes: Uint8Array
}

const SEEDS: readonly Case[] = [
  ...SAMPLES.map(({ type, value }) => ({
    type,
    bytes: encodeRecord(type, value, boundsOf(type)),
  })),
  // What is inside is no record but a COSE_Sign1 array: for openCose.
  ...SIGNED_SAMPLES.map(({ purpose, value, key }) => ({
    type: SIGNED_RECORDS[purpose] as RecordType<unknown>, // only widened
    bytes: signedSample(purpose, value, key),
  })),
]

/** Heads and tags that have broken decoders: cbor-x's records, bundles and packing, shared values, dates, big lengths. */
const TRICKS = [
  ...REFUSED_CBOR.filter(({ cbor }) => cbor.length < 200).map(({ cbor }) => cbor),
  'd9dfff830081617800', // cbor-x: record defined inline
  'd9dffe8200', // cbor-x: table of records
  'd9dff983', // cbor-x: bundled strings
  'd81b84', // cbor-x: constructed object
  'd81c81d81d00', // value shared with itself
  'd83381', // packed values
  'd90103a10101', // tag 259, a Map
  'd9010280', // tag 258, a Set
  'c074323032342d30312d30315430303a30303a30305a', // date in text
  'c482001864', // decimal fraction
  '5b7fffffffffffffff',
  '7bffffffffffffffff',
  '9b00000000ffffffff',
  'bb0000000100000000',
  'dbffffffffffffffff00',
  'a1695f5f70726f746f5f5fa1617801', // {"__proto__": {"x": 1}}
  'a16b636f6e7374727563746f72a0',
  'd856487fefffffffffffff',
  '8181818181818181818181',
  'fb7ff8000000000000',
].map((text) => Uint8Array.from(Buffer.from(text, 'hex')))

/** One input: a valid message, spoilt in one to four ways, or noise. */
export function nextCase(random: RandomStream): Case {
  const seed = pick(random, SEEDS)
  // Now and then the bytes of one record are handed in as another.
  const type = random.below(16) === 0 ? pick(random, SEEDS).type : seed.type
  if (random.below(20) === 0) return { type, bytes: noise(random, random.below(200)) }
  if (random.below(40) === 0) return { type, bytes: valid(random) }
  if (random.below(20_000) === 0) return { type, bytes: large(random) }
  let bytes: Uint8Array = seed.bytes
  for (let n = 1 + random.below(4); n > 0; n--) bytes = pick(random, MUTATIONS)(random, bytes)
  return { type, bytes }
}

type Mutation = (random: RandomStream, bytes: Uint8Array) => Uint8Array
const MUTATIONS: readonly Mutation[] = [
  function flipBit(random, bytes) {
    return edited(bytes, (copy) => {
      const at = random.below(Math.max(1, copy.length))
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
    })
  },
  function setByte(random, bytes) {
    return edited(bytes, (copy) => {
      copy[random.below(Math.max(1, copy.length))] = random.below(256)
    })
  },
  function truncate(random, bytes) {
    return bytes.subarray(0, random.below(bytes.length + 1))
  },
  function remove(random, bytes) {
    const at = random.below(bytes.length + 1)
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8)))
  },
  function insertTrick(random, bytes) {
    return spliced(random, bytes, pick(random, TRICKS), 0)
  },
  function replaceByTrick(random, bytes) {
    return spliced(random, bytes, pick(random, TRICKS), 1 + random.below(12))
  },
  function splice(random, bytes) {
    const other = pick(random, SEEDS).bytes
    const from = random.below(other.length)
    const piece = other.subarray(from, from + 1 + random.below(64))
    return spliced(random, bytes, piece, random.below(32))
  },
  function repeat(random, bytes) {
    const from = random.below(bytes.length + 1)
    const piece = bytes.subarray(from, from + 1 + random.below(32))
    return spliced(random, bytes, joined(...Array<Uint8Array>(1 + random.below(8)).fill(piece)), 0)
  },
  function wrap(random, bytes) {
    return joined(new Uint8Array(1 + random.below(12)).fill(0x81), bytes)
  },
  function growHead(random, bytes) {
    // A length or number made enormous in place.
    const head = new Uint8Array(9)
    head[0] = (pick(random, [0, 1, 2, 3, 4, 5, 6]) << 5) | (24 + random.below(8))
    for (let i = 1; i < 9; i++) head[i] = random.below(256)
    return spliced(random, bytes, head.subarray(0, 2 + random.below(8)), 1)
  },
]

/** A random value inside the profile, so that much of it is accepted by the walk. */
function valid(random: RandomStream): Uint8Array {
  const value = (depth: number): Parameters<typeof encode>[0] => {
    const kind = random.below(depth > 6 ? 6 : 8)
    if (kind === 0) return random.below(2 ** 32) * (random.below(2) ? 1 : 2 ** 20)
    if (kind === 1) return -random.below(2 ** 32) - random.below(2) * 2 ** 40
    if (kind === 2) return noise(random, random.below(40))
    if (kind === 3)
      return pick(random, ['', 'a', 'höhe', '日本', '💧', 'x'.repeat(70), 'é'.repeat(70)])
    if (kind === 4) return random.below(2) === 0
    if (kind === 5) return Float64Array.from({ length: random.below(4) }, () => random.fraction())
    const items = Array.from({ length: random.below(5) }, () => value(depth + 1))
    if (kind === 6) return items
    let key = 0
    const entries = items.map((item): [number, typeof item] => {
      key += 1 + random.below(300)
      return [key, item]
    })
    return new Map(entries)
  }
  return encode(value(0))
}

/** As long as a message may be, and a little longer. */
function large(random: RandomStream): Uint8Array {
  const bytes = noise(random, 40_000 + random.below(12_000))
  if (random.below(2)) bytes.fill(pick(random, [0x00, 0x60, 0x80, 0xa0, 0x81, 0xd8]))
  bytes.set(Uint8Array.of(0x99, bytes.length >> 8, bytes.length & 255))
  return bytes
}

function noise(random: RandomStream, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}

const pick = <T>(random: RandomStream, list: readonly T[]): T =>
  list[random.below(list.length)] as T // no list is empty

function edited(bytes: Uint8Array, edit: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice()
  edit(copy)
  return copy
}

function spliced(random: RandomStream, bytes: Uint8Array, piece: Uint8Array, replaced: number) {
  const at = random.below(bytes.length + 1)
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at + replaced))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
