import { bitLength } from '../../math/dyadic.ts'
import type { ExactVector } from '../../math/exactVector.ts'
import { add, type Bitset } from '../../wire/bitset.ts'
import { domainDigest } from '../../wire/hash.ts'
import { type Scale, scaleOf } from './scale.ts'
import { covers, newWordSet, unite, type WordSet } from './wordSet.ts'

/**
 * What a device knows of the exponents of all contributions: the least and the top of each component, and
 * whose are in them. Merging takes the least, the most and the union, so loss, order and repetition do not
 * matter, and it is known when all have been heard (closed set).
 */
export interface Setup {
  readonly least: Int16Array
  /** Components are below 2 ** top in size. */
  readonly top: Int16Array
  readonly heard: WordSet
}

/** What a component that is 0 everywhere has. */
const NO_LEAST = 32767
const NO_TOP = -32768

export const newSetup = (size: number, components: number): Setup => ({
  least: new Int16Array(components).fill(NO_LEAST),
  top: new Int16Array(components).fill(NO_TOP),
  heard: newWordSet(size),
})

/** What merging changed: the units are finer or longer, or more devices are in them. */
export interface Merged {
  readonly isFiner: boolean
  readonly isWider: boolean
}

/** Adds a device's own vector, canonical. */
export function addVector(setup: Setup, index: number, vector: ExactVector): Merged {
  const one = newSetup(8 * setup.heard.bytes.length, vector.mantissas.length)
  vector.mantissas.forEach((mantissa, k) => {
    if (mantissa === 0n) return
    const exponent = vector.exponents[k] ?? 0
    one.least[k] = exponent
    one.top[k] = exponent + bitLength(mantissa)
  })
  add(one.heard.bytes, index)
  return mergeSetup(setup, one.least, one.top, one.heard.bytes)
}

/** Takes in what another device knows. */
export function mergeSetup(
  setup: Setup,
  least: ArrayLike<number>,
  top: ArrayLike<number>,
  heard: Bitset,
): Merged {
  let isFiner = false
  for (let k = 0; k < setup.least.length; k++) {
    const [lower, upper] = [least[k] ?? NO_LEAST, top[k] ?? NO_TOP]
    if (lower < (setup.least[k] ?? 0)) {
      setup.least[k] = lower
      isFiner = true
    }
    if (upper > (setup.top[k] ?? 0)) {
      setup.top[k] = upper
      isFiner = true
    }
  }
  return { isFiner, isWider: unite(setup.heard, heard) }
}

/** The scale, once everybody who is needed has been heard. */
export function settledScale(setup: Setup, needed: WordSet): Scale | undefined {
  if (!covers(setup.heard, needed)) return undefined
  const exponents = Array.from(setup.least, (least) => (least === NO_LEAST ? 0 : least))
  const bits = setup.top.reduce((bits, top, k) => Math.max(bits, top - (exponents[k] ?? 0)), 1)
  return scaleOf(exponents, bits)
}

/** Names a scale by 8 bytes. Devices count in the same units exactly when the exponents agree. */
export function scaleId({ least, top }: Setup): Uint8Array {
  return domainDigest('hypernet/1/scale', int16Bytes(least), int16Bytes(top)).slice(0, 8)
}

/** Little endian. */
export function int16Bytes(numbers: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * numbers.length)
  const view = new DataView(bytes.buffer)
  numbers.forEach((number, k) => {
    view.setInt16(2 * k, number, true)
  })
  return bytes
}

/** What `int16Bytes` wrote; `undefined` where the bytes are not so many numbers. */
export function int16sFrom(bytes: Uint8Array, count: number): Int16Array | undefined {
  if (bytes.length !== 2 * count) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Int16Array.from({ length: count }, (_, k) => view.getInt16(2 * k, true))
}
