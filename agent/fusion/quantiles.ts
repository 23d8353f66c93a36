import type { ExactVector } from '../math/exactVector.ts'
import {
  add,
  multiply,
  type Rational,
  rational,
  rationalOfDouble,
  rationalToDouble,
  subtract,
} from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Model } from '../wire/modelMessage.ts'
import type { Kind, Steps } from './kind.ts'
import {
  COUNTS,
  componentFor,
  doubleOf,
  FIRST,
  isFound,
  mostSumsFor,
  narrowed,
  type Plan,
  planOf,
  type Search,
  searchOf,
  stored,
} from './orderStatistics.ts'
import type { QuantilesResult } from './results.ts'
import { countOf, refuse, wholeOf } from './statistics.ts'

const steps: Steps = {
  most: (model) => mostSumsFor(2 * probabilitiesOf(model).length),
  start: () => stored(FIRST),
  next({ model }, at, sum) {
    const next = follow(model, at, sum)
    return typeof next === 'string' || isFound(next) ? undefined : stored(next)
  },
}

/**
 * Sums [counts of the rows by the next bits of their value, n]. The elements between which each quantile lies are found bit by
 * bit (orderStatistics.ts), so that a result is exactly an element of the rows, or lies where it should between two: h = (n - 1) p
 * from the least, and in between in proportion (type 7 of Hyndman and Fan, Sample quantiles in statistical packages, The American
 * Statistician 50, 1996).
 */
export const quantiles: Kind = {
  multiplies: false,
  reads: { response: true, terms: [0, 0] },
  dimension: () => COUNTS + 1,
  check(model) {
    const probabilities = [...probabilitiesOf(model)]
    const isChance = probabilities.every((p) => p >= 0 && p <= 1)
    if (isChance && probabilities.length > 0 && probabilities.length <= LIMITS.quantiles) return
    throw new HypernetError(
      'BAD_JOB',
      `wanted 1 to ${LIMITS.quantiles} probabilities of 0 to 1, found ${probabilities.join(', ') || 'none'}`,
    )
  },
  addRow(sum, { response }, _, at) {
    const component = componentFor(plannedAt(at), response)
    if (component !== undefined) sum.addValue(component, 1)
    sum.addValue(COUNTS, 1)
  },
  steps,
  result({ model }, sum, _after, at): QuantilesResult {
    const observations = countOf(sum, COUNTS)
    const last = follow(model, at, sum)
    if (last === 'restless')
      throw new HypernetError(
        'TOO_FEW',
        'devices left with their rows each time that the quantiles were nearly found; run the job again once the fleet is steady',
      )
    if (last === 'wrong' || !isFound(last))
      return refuse('the counts are not those of so many rows')
    const elements = last.targets.map(({ high, low }) => doubleOf(high, low))
    const places = probabilitiesOf(model)
    return {
      probabilities: [...places],
      quantiles: Array.from(places, (p, i) =>
        between(elements[2 * i] ?? NaN, elements[2 * i + 1] ?? NaN, placeOf(p, observations).rest),
      ),
      observations,
      sums: last.sums,
    }
  },
}

const probabilitiesOf = ({ values = new Float64Array() }: Model): Float64Array => values

/** What follows from a sum; lies in it are no errors yet, so that all devices get to the same end. */
function follow(model: Model, at: Float64Array, sum: ExactVector): Search | 'wrong' | 'restless' {
  try {
    const rows = wholeOf(sum, COUNTS)
    const counts = Array.from({ length: COUNTS }, (_, k) => wholeOf(sum, k, rows))
    return narrowed(searchOf(at), counts, rows, (n) =>
      Array.from(probabilitiesOf(model), (p) => placeOf(p, n)).flatMap(({ below, above }) => [
        below,
        above,
      ]),
    )
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return 'wrong'
  }
}

/** The ranks between which a quantile of n rows lies, from 0, and how far from the lower one: exactly, of the decimal that was written. */
export function placeOf(
  p: number,
  n: number,
): { readonly below: number; readonly above: number; readonly rest: Rational } {
  const [numerator, denominator] = decimalOf(p)
  const scaled = numerator * BigInt(Math.max(n - 1, 0))
  const below = Number(scaled / denominator)
  const left = scaled % denominator
  return { below, above: left > 0n ? below + 1 : below, rest: rational(left, denominator) }
}

/** 0.05 as 5 / 100, not as the double that is nearest to it. */
function decimalOf(p: number): [numerator: bigint, denominator: bigint] {
  const [mantissa = '0', power = '0'] = String(p).split('e')
  const [whole = '0', decimals = ''] = mantissa.split('.')
  const digits = decimals.length - Number(power)
  return [BigInt(whole + decimals), 10n ** BigInt(digits)]
}

/** The lower element, and that part of the way to the upper one; rounded once. */
function between(lower: number, upper: number, part: Rational): number {
  if (lower === upper) return lower
  const [from, to] = [rationalOfDouble(lower), rationalOfDouble(upper)]
  return rationalToDouble(add(from, multiply(part, subtract(to, from))))
}

const plans = new WeakMap<Float64Array, Plan>()

/** Worked out once for all rows of a device. */
function plannedAt(at: Float64Array): Plan {
  const plan = plans.get(at) ?? planOf(searchOf(at))
  plans.set(at, plan)
  return plan
}
