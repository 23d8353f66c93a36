import type { EpochState } from '../../agent/core/state.ts'
import { type ExactVector, toDoubles } from '../../agent/math/exactVector.ts'
import { type Bitset, count } from '../../agent/wire/bitset.ts'

/**
 * What a device would answer now: its answer where it has one, otherwise what it knows so far, as the
 * sum over the whole roster, component by component. Undefined where it knows nothing yet.
 */
export function estimateOf({ method, exchange, context }: EpochState): number[] | undefined {
  const answer = method.answer(exchange)
  return answer
    ? scaledToRoster(answer.sum, answer.contributors, context.size)
    : method.estimate(exchange)
}

/** The sum over some devices, rounded, as if the others had contributed as much on average. */
export const scaledToRoster = (sum: ExactVector, of: Bitset, size: number): number[] =>
  toDoubles(sum).map((each) => (each * size) / count(of))
