import {
  addDyadic,
  alignedTo,
  bitLength,
  canonicalDyadic,
  type Dyadic,
  dyadicOf,
  toDouble,
  ZERO,
} from './dyadic.ts'
import { MathError } from './mathError.ts'
import { bytesFor, writeInteger } from './twosComplement.ts'

/**
 * A vector of exact numbers: component k is `mantissas[k] * 2 ** exponents[k]`.
 * Canonical form: each mantissa odd, or 0 with exponent 0.
 */
export interface ExactVector {
  readonly mantissas: readonly bigint[]
  readonly exponents: readonly number[]
}

/** Bits of one component after alignment. Those below bound memory whatever a device sends. */
export const SPREAD_BITS = 4096
/** Least exponent of a component: that of the product of the two least doubles, so that nothing underflows. */
export const LEAST_EXPONENT = -2148
/** A sum's components are below 2 ** SUM_TOP in size, so that every one fits SPREAD_BITS when aligned. */
export const SUM_TOP = LEAST_EXPONENT + SPREAD_BITS
/** What one device contributes is smaller still, so that no sum over 2^20 devices can exceed SUM_TOP. */
export const CONTRIBUTION_TOP = SUM_TOP - 20

/** d components of 0. */
export function zeroVector(d: number): ExactVector {
  return { mantissas: new Array<bigint>(d).fill(0n), exponents: new Array<number>(d).fill(0) }
}

/** Component k. */
export function componentOf(v: ExactVector, k: number): Dyadic {
  return { mantissa: v.mantissas[k] ?? 0n, exponent: v.exponents[k] ?? 0 }
}

/** The vector of these components, as they are. */
export function vectorFrom(components: readonly Dyadic[]): ExactVector {
  return {
    mantissas: components.map((c) => c.mantissa),
    exponents: components.map((c) => c.exponent),
  }
}

/**
 * Exact sum, canonical. Grouping and order do not matter.
 * @throws MathError `FORM` when the lengths differ; `SPREAD` when a component reaches 2 ** SUM_TOP, which
 * contributions within their bounds cannot bring about
 */
export function addVectors(a: ExactVector, b: ExactVector): ExactVector {
  sameLength(a, b.mantissas.length)
  return vectorFrom(
    a.mantissas.map((_, k) => withinSum(addDyadic(componentOf(a, k), componentOf(b, k)), k)),
  )
}

/** Exact sum of a list of vectors of dimension d, canonical; the empty sum is zero. @throws MathError as addVectors */
export function sumVectors(list: readonly ExactVector[], d: number): ExactVector {
  for (const v of list) sameLength(v, d)
  const components = Array.from({ length: d }, (_, k) => {
    // One alignment for the whole list: each vector then costs a shift and an addition.
    let least = Infinity
    for (const v of list) if (v.mantissas[k]) least = Math.min(least, v.exponents[k] ?? 0)
    if (least === Infinity) return ZERO
    let sum = 0n
    for (const v of list) if (v.mantissas[k]) sum += alignedTo(least, componentOf(v, k))
    return withinSum(canonicalDyadic(sum, least), k)
  })
  return vectorFrom(components)
}

/** The same value with each mantissa odd, or 0 with exponent 0. */
export function canonical(v: ExactVector): ExactVector {
  return vectorFrom(v.mantissas.map((m, k) => canonicalDyadic(m, v.exponents[k] ?? 0)))
}

/** Whether two canonical vectors have the same value. */
export function equalVectors(a: ExactVector, b: ExactVector): boolean {
  return (
    a.mantissas.length === b.mantissas.length &&
    a.mantissas.every((m, k) => m === b.mantissas[k] && a.exponents[k] === b.exponents[k])
  )
}

/** Each component rounded once, ties to even. */
export function toDoubles(v: ExactVector): number[] {
  return v.mantissas.map((m, k) => toDouble(m, v.exponents[k] ?? 0))
}

/** The doubles as they are, canonical. @throws MathError `NONFINITE` naming the component */
export function vectorOf(doubles: ArrayLike<number>): ExactVector {
  return vectorFrom(
    Array.from(doubles, (x, k) => {
      if (!Number.isFinite(x)) {
        throw new MathError('NONFINITE', `component ${k}: wanted a finite number, found ${x}`, k)
      }
      return dyadicOf(x)
    }),
  )
}

/** Bytes per component of the wire form: the least that hold the longest mantissa and a sign bit. */
export function widthOf(v: ExactVector): number {
  return v.mantissas.reduce((width, m) => Math.max(width, bytesFor(bitLength(m))), 1)
}

/**
 * The bytes to hash, equal exactly when two canonical vectors are equal. Little endian throughout:
 *
 * | bytes | what                                                                           |
 * |-------|--------------------------------------------------------------------------------|
 * | 4     | d, unsigned                                                                    |
 * | 4     | W, unsigned: the largest ceil((1 + bit length of the mantissa's size) / 8), >= 1 |
 * | 2 d   | exponents, two's complement                                                    |
 * | W d   | mantissas, two's complement, sign-extended to W bytes, component after component |
 */
export function canonicalBytes(v: ExactVector): Uint8Array {
  const d = v.mantissas.length
  const width = widthOf(v)
  const bytes = new Uint8Array(8 + (2 + width) * d)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, d, true)
  view.setUint32(4, width, true)
  const mantissas = 8 + 2 * d
  v.mantissas.forEach((m, k) => {
    view.setInt16(8 + 2 * k, v.exponents[k] ?? 0, true)
    writeInteger(bytes, mantissas + width * k, width, m)
  })
  return bytes
}

/**
 * States that every component lies between the least exponent and 2 ** top in size.
 * @throws MathError `EXPONENT` naming the component
 */
export function checkRange(v: ExactVector, top: number): void {
  v.mantissas.forEach((m, k) => {
    if (m === 0n) return
    const exponent = v.exponents[k] ?? 0
    const length = bitLength(m)
    if (exponent >= LEAST_EXPONENT && exponent + length <= top) return
    throw new MathError(
      'EXPONENT',
      `component ${k}: wanted a multiple of 2^${LEAST_EXPONENT} below 2^${top} in size, ` +
        `found a mantissa of ${length} bits times 2^${exponent}`,
      k,
    )
  })
}

function sameLength(v: ExactVector, d: number): void {
  if (v.mantissas.length === d) return
  throw new MathError('FORM', `wanted a vector of ${d} components, found ${v.mantissas.length}`)
}

function withinSum(c: Dyadic, k: number): Dyadic {
  const top = c.exponent + bitLength(c.mantissa)
  if (top <= SUM_TOP) return c
  throw new MathError(
    'SPREAD',
    `component ${k}: a sum reached 2^${top - 1}, sums carry 2^${SUM_TOP}`,
    k,
  )
}
