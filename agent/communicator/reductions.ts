import { toDouble } from '../math/dyadic.ts'
import { componentOf, type ExactVector } from '../math/exactVector.ts'
import { divide, rational, rationalOf, rationalToDouble } from '../math/rational.ts'
import type { Joined } from './collective.ts'

/** Vectors are shared by all ranks of a process, so each is rounded once. */
const rounded = new WeakMap<ExactVector, Float64Array>()

/** Each component rounded once, ties to even. What is returned is shared: copy before giving it away. */
export function doublesOf(vector: ExactVector): Float64Array {
  let doubles = rounded.get(vector)
  if (!doubles) {
    const { mantissas, exponents } = vector
    doubles = Float64Array.from(mantissas, (mantissa, k) => toDouble(mantissa, exponents[k] ?? 0))
    rounded.set(vector, doubles)
  }
  return doubles
}

/** The exact sum divided by the number of ranks in it, rounded once. */
export function meanOf(joined: Joined): Float64Array {
  const sum = joined.sum()
  const count = rational(BigInt(joined.contributors.length))
  return Float64Array.from(sum.mantissas, (_, k) =>
    rationalToDouble(divide(rationalOf(componentOf(sum, k)), count)),
  )
}

/** The least or the largest of each component. */
export function extremes(joined: Joined, which: 'min' | 'max', length: number): Float64Array {
  const out = new Float64Array(length).fill(which === 'min' ? Infinity : -Infinity)
  for (const rank of joined.contributors) {
    const doubles = doublesOf(joined.of(rank))
    for (let k = 0; k < length; k++) {
      out[k] = Math[which](out[k] ?? Number.NaN, doubles[k] ?? Number.NaN)
    }
  }
  return out
}
