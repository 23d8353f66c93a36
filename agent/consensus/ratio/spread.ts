import { doublesFrom, doublesTo } from '../../math/doubles.ts'
import { approximately, type Wrapping } from '../../math/wrapping.ts'
import type { Scale } from './scale.ts'

/**
 * Between what the devices' means lay in the windows (hull.ts), roughly: one double for all components. It is
 * agreed on by least and greatest as the windows pass, and tells people how far a sum is that is not
 * certified yet; nothing is decided by it.
 */
export interface Spread {
  /** Of the open window, as far as known, and of the window that was closed last. */
  readonly open: Interval
  readonly closed: Interval
  /** Our own since we joined the previous window, and since we joined this one. */
  readonly before: Interval
  readonly since: Interval
}
/** Least and greatest, changed in place; the least is above the greatest where there was nothing yet. */
export type Interval = [low: number, high: number]

const nothing = (): Interval => [Infinity, -Infinity]

export const newSpread = (): Spread => ({
  open: nothing(),
  closed: nothing(),
  before: nothing(),
  since: nothing(),
})

export function widen(interval: Interval, [low, high]: Readonly<Interval>): void {
  if (low < interval[0]) interval[0] = low
  if (high > interval[1]) interval[1] = high
}

function replace(interval: Interval, by: Readonly<Interval>): void {
  interval[0] = by[0]
  interval[1] = by[1]
}

/** What was held at a tick, as one number; any that holds no weight says nothing. */
export function lookAt({ before, since }: Spread, mean: number | undefined): void {
  if (mean === undefined) return
  const seen: Interval = [mean, mean]
  widen(before, seen)
  widen(since, seen)
}

/** The window was closed, which had this interval, if that is known. */
export function turn(
  { open, closed, before, since }: Spread,
  interval: Readonly<Interval> = nothing(),
): void {
  replace(closed, interval)
  replace(open, nothing())
  replace(before, since)
  replace(since, nothing())
}

/** Bits of a double: no difference below its last one is seen. */
const DOUBLE = 53

/**
 * Bits by which the means still lay apart in the last window that all have passed: a sum over so many
 * devices is certified about when none are left. Undefined before there was a window.
 */
export function bitsApart(
  { closed: [low, high] }: Spread,
  { bits }: Scale,
  devices: number,
): number | undefined {
  if (!(low <= high)) return undefined
  const width = Math.max(high - low, 2 ** -DOUBLE)
  return Math.max(0, Math.ceil(Math.log2(width * devices) + bits))
}

/**
 * The mean of what is held as one number: its components, in parts of the largest that there can be, added
 * up with weights that differ, so that opposite ones do not cancel.
 */
export function meanAsOne(held: Wrapping, { limbs }: Scale): number | undefined {
  const last = held.length / limbs - 1
  const weight = approximately(held, last, limbs)
  if (!(weight > 0)) return undefined
  let sum = 0
  for (let k = 0; k < last; k++) sum += approximately(held, k, limbs) / (k + 1)
  return Number.isFinite(sum / weight) ? sum / weight : undefined
}

const BYTES = 32

/** Open and closed interval as four doubles, little endian. */
export const spreadBytes = ({ open, closed }: Spread): Uint8Array =>
  doublesTo(Float64Array.of(...open, ...closed))

/** Reads what `spreadBytes` wrote. */
export function spreadFrom(bytes: Uint8Array): { open: Interval; closed: Interval } | undefined {
  if (bytes.length !== BYTES) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = doublesFrom(bytes)
  return { open: [a, b], closed: [c, d] }
}
