import { isDeepStrictEqual } from 'node:util'
import { randomStream } from '../../agent/math/random.ts'
import { decode, encode } from '../../agent/wire/cbor.ts'
import { decodeRecord, encodeRecord } from '../../agent/wire/codec.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { equalBytes } from '../../agent/wire/hash.ts'
import { openCose } from '../../agent/wire/signature.ts'
import { boundsOf } from '../../docs/generator/samples.ts'
import { type Case, nextCase } from './mutate.ts'
import { secondDecode } from './second.ts'

/** What a run of the fuzzer found. */
export interface FuzzReport {
  readonly seed: number
  readonly inputs: number
  /** Inputs inside the CBOR profile; inputs that were a whole record; inputs that were a COSE_Sign1 array. */
  readonly wellFormed: number
  readonly records: number
  readonly signed: number
  /** The longest that one input took to decode, and how many bytes it had. */
  readonly slowestMilliseconds: number
  readonly slowestBytes: number
  readonly peakHeapMegabytes: number
  readonly seconds: number
  /** What is wrong, with the input in hexadecimal; empty is the only good answer. */
  readonly failures: readonly string[]
}

/** Feeds `count` inputs drawn from `seed` to the decoder; ends early after `mostSeconds`. */
export function fuzz(count: number, seed: number, mostSeconds = Infinity): FuzzReport {
  const random = randomStream(seed)
  const natives = ownNames()
  const failures: string[] = []
  const tally = { wellFormed: 0, records: 0, signed: 0 }
  const began = performance.now()
  let slowest = 0
  let slowestBytes = 0
  let peak = 0
  let inputs = 0
  while (inputs < count && failures.length < 10) {
    if (inputs % 1000 === 0) {
      peak = Math.max(peak, process.memoryUsage().heapUsed)
      if (performance.now() - began > mostSeconds * 1000) break
    }
    inputs++
    const input = nextCase(random)
    const read = () => decodeRecord(input.type, input.bytes, boundsOf(input.type))
    const before = performance.now()
    const decoded = attempt(read)
    if (performance.now() - before > slowest) {
      const took = leastOf(3, read)
      if (took > slowest) {
        slowest = took
        slowestBytes = input.bytes.length
      }
    }
    const judged = attempt(() => judge(input, decoded, tally))
    const problem = 'error' in judged ? `then threw ${judged.error}` : judged.value
    if (problem) failures.push(`${problem}: ${input.type.name} ${hex(input.bytes)}`)
  }
  if (!isDeepStrictEqual(ownNames(), natives)) failures.push('a prototype was changed')
  return {
    seed,
    inputs,
    ...tally,
    slowestMilliseconds: Number(slowest.toFixed(3)),
    slowestBytes,
    peakHeapMegabytes: Number((peak / 2 ** 20).toFixed(1)),
    seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
    failures,
  }
}

type Outcome = { value: unknown } | { error: unknown }
function attempt(action: () => unknown): Outcome {
  try {
    return { value: action() }
  } catch (error) {
    return { error }
  }
}
/** The least milliseconds of some tries: what garbage collection and other programs take is not the decoder's. */
function leastOf(tries: number, action: () => unknown): number {
  let least = Infinity
  for (let i = 0; i < tries; i++) {
    const before = performance.now()
    attempt(action)
    least = Math.min(least, performance.now() - before)
  }
  return least
}
const refused = (outcome: Outcome): boolean =>
  'error' in outcome &&
  outcome.error instanceof HypernetError &&
  outcome.error.code === 'BAD_MESSAGE'

/** @returns what is wrong with how this input was taken */
function judge(
  input: Case,
  decoded: Outcome,
  tally: { wellFormed: number; records: number; signed: number },
): string | undefined {
  const { type, bytes } = input
  if ('error' in decoded && !refused(decoded)) return `threw ${decoded.error}`
  const opened = attempt(() => openCose(bytes))
  if ('error' in opened && !refused(opened)) return `openCose threw ${opened.error}`
  if ('value' in opened) tally.signed++
  const bounds = boundsOf(type)
  const generic = attempt(() => decode(bytes, bounds))
  if ('error' in generic) return 'value' in decoded ? 'a record outside the profile' : undefined
  tally.wellFormed++
  // One value has one form, so whatever was taken must be written the same again.
  if (!equalBytes(encode(generic.value as Parameters<typeof encode>[0], bounds), bytes))
    return 'written differently again'
  const second = attempt(() => secondDecode(bytes))
  if ('error' in second) return `a second decoder refuses it: ${second.error}`
  if (!isDeepStrictEqual(plain(second.value), plain(generic.value)))
    return 'a second decoder reads another value'
  if ('error' in decoded) return undefined
  tally.records++
  return equalBytes(encodeRecord(type, decoded.value, bounds), bytes)
    ? undefined
    : 'a record written differently again'
}

/** Views have the identity of their buffers; only their bytes count here. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plain(item)]))
  return value
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 4096)).toString('hex')

const ownNames = () =>
  [Object, Array, Map, Uint8Array, Float64Array, String, Number, Function].map((native) =>
    Reflect.ownKeys(native.prototype),
  )
