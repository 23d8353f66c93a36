import exp from '@stdlib/math-base-special-exp'
import ln from '@stdlib/math-base-special-ln'
import log1p from '@stdlib/math-base-special-log1p'
import type { ExactVector } from '../math/exactVector.ts'
import { add, rationalOfDouble, rationalToDouble } from '../math/rational.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import { checkRule, deciding, decisionIn, ruleOf } from './decision.ts'
import { fading } from './forgetting.ts'
import type { CompiledModel, Kind } from './kind.ts'
import type { EventResult } from './results.ts'
import { countOf, finite, rationalAt, wholeOf } from './statistics.ts'

/**
 * Sums [Σ w_1, ..., Σ w_k, reports of 1, ..., reports of k, n] where w_i is the weight of evidence of one row for an
 * event: ln P(seen | event) - ln P(seen | no event), natural log-odds. The prior counts once for the fleet, however
 * many devices there are (I. J. Good, Probability and the Weighing of Evidence, 1950, chapter 6). What a row lacks
 * is no evidence either way.
 */
export const event: Kind = {
  multiplies: false,
  isPartial: true,
  isUsable: Number.isNaN,
  reads: { response: false, terms: [1, LIMITS.terms] },
  dimension: ({ terms = [] }) => 2 * terms.length + 1,
  decides: (model) => ruleOf(model) !== undefined,
  check(model) {
    const { prior } = model
    const [before = Number.NaN] = prior ?? []
    if (prior?.length === 1 && before > 0 && before < 1) return checkRule(model)
    throw new HypernetError('BAD_JOB', `a prior of event lies between 0 and 1, found ${before}`)
  },
  addRow(sum, { terms }) {
    const { length } = terms
    terms.forEach((weight, k) => {
      if (Number.isNaN(weight)) return
      sum.addValue(k, weight)
      sum.addValue(length + k, 1)
    })
    sum.addValue(2 * length, 1)
  },
  carry: deciding(
    fading((sum, { terms }) => readReports(sum, terms.length)),
    (compiled, after) => logistic(logOddsOf(compiled, after)),
  ),
  result(compiled, sum, after = sum): EventResult {
    const { terms, model } = compiled
    const { reports, observations } = readReports(sum, terms.length)
    const logOdds = logOddsOf(compiled, after)
    const decision = decisionIn(compiled, after)
    return {
      evidence: terms.map(({ text }) => text),
      contributions: weightsIn(compiled, after).map((weight) =>
        finite(rationalToDouble(weight), 'a weight'),
      ),
      reports,
      probability: logistic(logOdds),
      logOdds,
      prior: priorOf(model),
      observations,
      ...(decision && { decision: decision.isOn, since: decision.since }),
    }
  },
}

const priorOf = ({ prior }: CompiledModel['model']): number => prior?.[0] ?? Number.NaN

/** What each kind of evidence weighs. */
const weightsIn = ({ terms }: CompiledModel, after: ExactVector) =>
  terms.map((_, k) => rationalAt(after, k))

/** Of the event after all evidence. @throws HypernetError `EXPONENT` */
function logOddsOf(compiled: CompiledModel, after: ExactVector): number {
  const prior = priorOf(compiled.model)
  const before = rationalOfDouble(ln(prior) - log1p(-prior))
  return finite(rationalToDouble(weightsIn(compiled, after).reduce(add, before)), 'the log-odds')
}

/** Rows that told of each of so many kinds of evidence, and all. @throws HypernetError `TOO_FEW`, `BAD_MESSAGE` */
function readReports(sum: ExactVector, kinds: number) {
  const observations = countOf(sum, 2 * kinds)
  const reports = Array.from({ length: kinds }, (_, k) => wholeOf(sum, kinds + k, observations))
  return { reports, observations }
}

/** What a condition weighs that holds, and one that does not: ln(p / q) and ln((1 - p) / (1 - q)). */
export const conditionWeights = (p: number, q: number): readonly [on: number, off: number] => [
  ln(p) - ln(q),
  log1p(-p) - log1p(-q),
]

/** ln(a / b) of positive numbers, the same bits on every machine. */
export const logRatio = (a: number, b: number): number => ln(a) - ln(b)

/** 1 / (1 + e^-x), without losing the digits of a small one. */
const logistic = (x: number): number => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)))
