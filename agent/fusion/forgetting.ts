import {
  addDyadic,
  bitLength,
  type Dyadic,
  dyadicOf,
  multiplyDyadic,
  roundDyadic,
  ZERO,
} from '../math/dyadic.ts'
import { componentOf, type ExactVector, LEAST_EXPONENT, vectorFrom } from '../math/exactVector.ts'
import { multiply, type Rational, rational, signOf, subtract } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { CompiledModel, Kind } from './kind.ts'

/**
 * Bits of what is carried from window to window: far more than a double has, so that the spread of readings far from 0
 * survives, and few enough that a device keeps them for years.
 */
export const CARRIED_BITS = 256
/** A difference of carried numbers that is so much smaller than they are is their rounding. */
const NOISE_BITS = 200

/** @throws HypernetError `BAD_JOB` unless the factor lies in (0, 1], and the type has evidence that can fade */
export function checkForgetting(
  { type, forgetting }: Model,
  { carry, isRecursive = false }: Kind,
): void {
  if (!forgetting) return
  if (!carry || isRecursive)
    throw new HypernetError('BAD_JOB', `a model of type ${type} takes no forgetting`)
  const [factor = Number.NaN] = forgetting
  if (factor > 0 && factor <= 1) return
  throw new HypernetError('BAD_JOB', `forgetting is more than 0 and at most 1, found ${factor}`)
}

/**
 * Evidence that fades: S_k = f S_(k-1) + s_k for the sums s of each window, so that a window's evidence counts f^age.
 * The prior does not fade; it enters once, after this (a power prior: J. G. Ibrahim and M.-H. Chen, Power prior
 * distributions for regression models, Statistical Science 15, 2000). A window without a sum only lets fade.
 * @param check throws for a sum that no rows have
 */
export const fading =
  (check: (sum: ExactVector, compiled: CompiledModel) => unknown): NonNullable<Kind['carry']> =>
  (compiled, sum, before, windows) => {
    // What no readings have must not last.
    check(sum, compiled)
    return before ? faded(compiled, sum, before, windows) : sum
  }

function faded(
  { model }: CompiledModel,
  sum: ExactVector,
  before: ExactVector,
  windows: number,
): ExactVector {
  const factor = powerOf(dyadicOf(model.forgetting?.[0] ?? 1), windows)
  return vectorFrom(
    sum.mantissas.map((_, k) => {
      const left = multiplyDyadic(factor, componentOf(before, k))
      // What lies below every reading is nothing; so the two are never far apart.
      const isGone = left.exponent + bitLength(left.mantissa) < LEAST_EXPONENT
      return roundDyadic(addDyadic(isGone ? ZERO : left, componentOf(sum, k)), CARRIED_BITS)
    }),
  )
}

/** factor ** power, each product rounded; power at least 1. */
function powerOf(factor: Dyadic, power: number): Dyadic {
  let result = dyadicOf(1)
  let square = factor
  for (let left = power; ; square = roundDyadic(multiplyDyadic(square, square), CARRIED_BITS)) {
    if (left % 2 === 1) result = roundDyadic(multiplyDyadic(result, square), CARRIED_BITS)
    left = Math.floor(left / 2)
    if (left === 0) return result
  }
}

/** A difference of numbers of this size, or 0 where that is what their rounding left. */
export function withoutNoise(rest: Rational, size: Rational): Rational {
  const most = multiply(size, rational(1n, 1n, -NOISE_BITS))
  return signOf(subtract(rest, most)) <= 0 ? rational(0n) : rest
}
