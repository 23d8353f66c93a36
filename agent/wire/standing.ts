import * as z from 'zod/mini'
import { bytes, uintUpTo } from './fields.ts'
import { AMOUNT, amountBytes } from './market.ts'
import { field, real } from './notes.ts'
import { type Of, record } from './record.ts'
import { tokens } from './tokens.ts'

/** What a buyer asks of those whom it hires, beside their price: tokens behind their word, and how they kept it. */

/** Parts of a score that are told apart. */
export const SCORE_PARTS = 1000

/** Keys of `spec.market` in a job file. */
export const standingFields = () => ({
  minStake: field(
    z.optional(tokens()),
    'Devices with fewer tokens in the market, of their own and of those who stake on them, are not hired.',
    { kind: 'amount', range: 'an amount of HYPER', example: '"5"' },
  ),
  minScore: field(
    z.optional(real({ least: 0, most: 1, open: true })),
    'Devices with a lower score are not hired: (paid + 1) / (paid + slashed + 2) of their checkpoints, 0.5 for a new key. To a thousandth.',
    { example: '0.9' },
  ),
})
interface Wish {
  readonly minStake?: bigint | undefined
  readonly minScore?: number | undefined
}

/** The same in an order: tokens in the smallest unit, thousandths of a score. */
export const Standing = record('standing', {
  stake: [1, z.optional(bytes(AMOUNT))],
  score: [2, z.optional(uintUpTo(SCORE_PARTS))],
})
export type Standing = Of<typeof Standing>

/** @returns nothing where nothing is asked */
export function standingOf({ minStake, minScore }: Wish): Standing | undefined {
  if (minStake === undefined && minScore === undefined) return undefined
  return {
    ...(minStake !== undefined && { stake: amountBytes(minStake) }),
    ...(minScore !== undefined && { score: Math.round(minScore * SCORE_PARTS) }),
  }
}
