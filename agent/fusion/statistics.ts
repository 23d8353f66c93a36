import { toDouble } from '../math/dyadic.ts'
import { componentOf, type ExactVector } from '../math/exactVector.ts'
import {
  divide,
  multiply,
  type Rational,
  rational,
  rationalOf,
  signOf,
  subtract,
} from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'

/** Sum, sum of squares and number of the observations: the statistic of `average` and `gaussian`. */
export const MOMENTS = 3

export interface Moments {
  readonly count: number
  readonly mean: Rational
  /** Sum of squared distances from the mean, not negative. */
  readonly squares: Rational
}

/**
 * Reads [Σx, Σx², n].
 * @throws HypernetError `TOO_FEW` without observations; `BAD_MESSAGE` for a sum that no rows have
 */
export function momentsOf(sum: ExactVector): Moments {
  const count = countOf(sum, 2)
  const total = rationalAt(sum, 0)
  const square = rationalAt(sum, 1)
  const mean = divide(total, rational(BigInt(count)))
  const squares = subtract(square, multiply(total, mean))
  if (signOf(squares) < 0) refuse('the sum of squares is less than the squared sum allows')
  return { count, mean, squares }
}

/**
 * Component k as the number of observations, which every model carries as its last component.
 * @throws HypernetError `TOO_FEW` when it is 0; `BAD_MESSAGE` when it is no count
 */
export function countOf(sum: ExactVector, k: number): number {
  const count = wholeOf(sum, k, Number.MAX_SAFE_INTEGER, 'the number of observations')
  if (count > 0) return count
  throw new HypernetError(
    'TOO_FEW',
    'there is no observation: every reading was missing or not finite; check the sensors, units and window of the job',
  )
}

/** @throws HypernetError `EXPONENT` when a rounded figure does not fit a double */
export function finite(value: number, what: string): number {
  if (Number.isFinite(value)) return value
  throw new HypernetError(
    'EXPONENT',
    `${what} is beyond the range of a double (1.8e308); scale the response or the terms`,
  )
}

/**
 * Component k as a count of rows, not more than there are. @throws HypernetError `BAD_MESSAGE` when it is none
 */
export function wholeOf(
  sum: ExactVector,
  k: number,
  most = Number.MAX_SAFE_INTEGER,
  what = 'a count',
): number {
  const { mantissa, exponent } = componentOf(sum, k)
  const count = toDouble(mantissa, exponent)
  if (!Number.isSafeInteger(count) || count < 0 || count > most) refuse(`${what} is ${count}`)
  return count
}

/** Component k without rounding. */
export const rationalAt = (sum: ExactVector, k: number): Rational => rationalOf(componentOf(sum, k))

/** Component k, rounded once. @throws HypernetError `EXPONENT` */
export function roundedAt(sum: ExactVector, k: number, what: string): number {
  const { mantissa, exponent } = componentOf(sum, k)
  return finite(toDouble(mantissa, exponent), what)
}

/** @throws HypernetError `BAD_JOB` unless the values are finite and each is more than the one before */
export function checkAscending(what: string, values: Float64Array): void {
  const wrong = values.findIndex(
    (value, k) => !Number.isFinite(value) || (k > 0 && value <= (values[k - 1] ?? value)),
  )
  if (wrong < 0) return
  throw new HypernetError(
    'BAD_JOB',
    `${what} must be finite and ascend, found ${values[wrong]} after ${values[wrong - 1] ?? 'nothing'}`,
  )
}

/** @throws HypernetError `BAD_MESSAGE` */
export function refuse(found: string): never {
  throw new HypernetError(
    'BAD_MESSAGE',
    `${found}: some device contributed what is not a statistic of its readings`,
  )
}
