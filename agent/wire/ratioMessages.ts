import * as z from 'zod/mini'
import { bytes, uint, uintUpTo } from './fields.ts'
import { LIMITS } from './limits.ts'
import { type Of, record } from './record.ts'

/** What the method `ratio` says (agent/consensus/ratio); its body is part of an exchange (messages.ts). */

const bitset = bytes(1, LIMITS.roster / 8)
const index = uintUpTo(LIMITS.roster - 1)

/** Bounds of one number a component: the lower one, and how far above it the upper one lies. */
export const RatioBounds = record('ratio-bounds', {
  low: [1, bytes(1, LIMITS.message)],
  span: [2, bytes(1, LIMITS.message)],
})
export type RatioBounds = Of<typeof RatioBounds>

/** Least exponent and top (all are below 2^top) of each component, int16 each, over the devices heard. */
export const RatioSetup = record('ratio-setup', {
  heard: [1, bitset],
  least: [2, bytes(2, 2 * LIMITS.dimension + 2)],
  top: [3, bytes(2, 2 * LIMITS.dimension + 2)],
})
export type RatioSetup = Of<typeof RatioSetup>

/** A device that has opened its books anew (`life`) or put in other values (`version`). */
export const RatioLife = record('ratio-life', {
  index: [1, index],
  life: [2, uint],
  version: [3, uint],
})
export type RatioLife = Of<typeof RatioLife>

/** What the running sums were when the link to a device in its present life was opened. */
export const RatioOpening = record('ratio-opening', {
  to: [1, index],
  life: [2, uint],
  counters: [3, bytes(1, LIMITS.message)],
})
export type RatioOpening = Of<typeof RatioOpening>

/** Where the sender is in the windows that certify a sum. Bounds are absent where they decide nothing. */
export const RatioWindows = record('ratio-windows', {
  label: [1, bytes(8)],
  window: [2, uint],
  /** Who contributed to the open window; absent: nobody yet. */
  bits: [3, z.optional(bitset)],
  range: [4, z.optional(RatioBounds.schema)],
  closed: [5, z.optional(RatioBounds.schema)],
  /** The certified sum, in units of the scale. */
  sum: [6, z.optional(bytes(1, LIMITS.message))],
  /**
   * While no sum is near: between what the means lay, roughly, in the open and the closed window; least and
   * greatest of each as doubles, little endian.
   */
  spread: [7, z.optional(bytes(32))],
})
export type RatioWindows = Of<typeof RatioWindows>

/** An exact vector whose last component is the number of rows. */
export const RatioTotal = record('ratio-total', {
  exponents: [1, bytes(2, 2 * LIMITS.dimension + 2)],
  width: [2, uint],
  mantissas: [3, bytes(1, LIMITS.message)],
})
export type RatioTotal = Of<typeof RatioTotal>

/** Body of the method `ratio`. Numbers in byte strings are little endian, two's complement, of equal widths. */
export const RatioBody = record('ratio', {
  /** How often the sender has opened its books anew in this epoch. */
  life: [1, uint],
  lives: [2, z.optional(z.array(RatioLife.schema).check(z.maxLength(LIMITS.evidence)))],
  setup: [3, z.optional(RatioSetup.schema)],
  /** Names the units that all the following counts in. */
  scale: [4, z.optional(bytes(8))],
  /** Running sums of what the sender gave each neighbor: components, rows, weight. */
  counters: [5, z.optional(bytes(1, LIMITS.message))],
  openings: [6, z.optional(z.array(RatioOpening.schema).check(z.maxLength(LIMITS.evidence)))],
  windows: [7, z.optional(RatioWindows.schema)],
  /** The sum of the answer that is final, or else locked. */
  total: [8, z.optional(RatioTotal.schema)],
})
export type RatioBody = Of<typeof RatioBody>
