import { type ExactVector, sumVectors } from '../math/exactVector.ts'
import { HypernetError } from '../wire/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import { gate, type Part, type Refused } from './gate.ts'
import type { CompiledModel, Kind } from './kind.ts'
import { leastSquares } from './leastSquares.ts'

/** Least squares over the devices that the gate admits (gate.ts). */
export const gated: Kind = {
  ...leastSquares,
  reads: { ...leastSquares.reads, terms: [1, LIMITS.gateTerms] },
  check(model) {
    if (model.type !== 'leastSquares')
      throw new HypernetError('BAD_JOB', 'only least squares has a gate')
    leastSquares.check(model)
  },
  gate,
}

/** A contribution, and the rows that its device says are in it. */
export interface SignedPart extends Part {
  readonly rows: number
}

/** What a result is made of, where devices are refused. */
export interface GatedSum {
  readonly refused: readonly Refused[]
  readonly sum: ExactVector
  readonly rows: number
}

/** Of a model with a gate: who is refused, and the exact sum over the others. */
export function gatedSum(
  compiled: CompiledModel,
  parts: readonly SignedPart[],
): GatedSum | undefined {
  const refused = compiled.kind.gate?.(compiled, parts)
  if (!refused) return undefined
  const out = new Set(refused.map(({ index }) => index))
  const admitted = parts.filter(({ index }) => !out.has(index))
  return {
    refused,
    sum: sumVectors(
      admitted.map(({ vector }) => vector),
      compiled.dimension,
    ),
    rows: admitted.reduce((total, { rows }) => total + rows, 0),
  }
}
