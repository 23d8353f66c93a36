import * as z from 'zod/mini'
import { bytes, float64s, uint, uintUpTo } from './fields.ts'
import { LIMITS } from './limits.ts'
import { type Of, record } from './record.ts'

/** Of a model with a gate: who is refused, and what the result is made of. */

/** A device whose contribution is not in the result (fusion/gate.ts). */
export const Refusal = record('refusal', {
  index: [1, uintUpTo(LIMITS.roster - 1)],
  reason: [2, z.enum(['unsound', 'weight', 'distance'])],
  /** One float64: standard deviations, or medians of the weight. */
  distance: [3, float64s(1)],
})
export type Refusal = Of<typeof Refusal>

/** Beside the sum of all that was voted on: that of the devices that are admitted. */
export const Gate = record('gate', {
  /** In the order of the roster. */
  refused: [1, z.array(Refusal.schema).check(z.maxLength(LIMITS.refused))],
  rows: [2, uint],
  exponents: [3, bytes(0, 2 * LIMITS.dimension)],
  width: [4, uint],
  mantissas: [5, bytes(0, LIMITS.message)],
})
export type Gate = Of<typeof Gate>
