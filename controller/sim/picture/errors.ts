import type { Look } from '../scenario.ts'

/** How far each device was from the exact answer, round by round. */
export interface ErrorHistory {
  /** Rounds that were kept, ascending. */
  readonly rounds: readonly number[]
  /**
   * For each of them the relative error of each device (as a single: half a picture point is 1 %); NaN
   * where a device was down or knew nothing.
   */
  readonly errors: readonly Float32Array[]
  /** Round from which on each device held the exact answer, bit for bit, until the end; NaN where it did not. */
  readonly exactSince: Float64Array
}

/** Most rounds that are kept: about as many as a picture has points. Of a longer run every second, fourth... */
export const MOST_SAMPLES = 400

/**
 * Watches how far the devices are from the exact answer. What it keeps is bounded however long a run
 * takes: MOST_SAMPLES numbers a device.
 * @param exact components of the exact sum over the roster, as `Look` gives those of the devices
 */
export function newErrorHistory(
  size: number,
  exact: readonly number[],
): { readonly history: ErrorHistory; readonly look: Look } {
  const rounds: number[] = []
  const errors: Float32Array[] = []
  const exactSince = new Float64Array(size).fill(Number.NaN)
  let stride = 1
  const thin = (): void => {
    stride *= 2
    const kept = rounds.flatMap((round, k) => (round % stride === 0 ? [k] : []))
    rounds.splice(0, rounds.length, ...kept.map((k) => rounds[k] as number)) // indices of rounds
    errors.splice(0, errors.length, ...kept.map((k) => errors[k] as Float32Array)) // as many as rounds
  }
  return {
    history: { rounds, errors, exactSince },
    look(round, estimateOf) {
      const now = Float32Array.from({ length: size }, (_, i) => errorOf(estimateOf(i), exact))
      now.forEach((error, i) => {
        if (error !== 0) exactSince[i] = Number.NaN
        else if (Number.isNaN(exactSince[i])) exactSince[i] = round
      })
      if (round % stride !== 0) return
      if (rounds.length === MOST_SAMPLES) thin()
      if (round % stride !== 0) return
      rounds.push(round)
      errors.push(now)
    },
  }
}

/** Least single above 0: an error that is too small for a single is none the less no 0. */
const LEAST = 2 ** -149

/** Greatest relative error of any component; absolute where the exact component is 0. */
export function errorOf(estimate: readonly number[] | undefined, exact: readonly number[]): number {
  if (estimate === undefined) return Number.NaN
  let most = 0
  exact.forEach((wanted, k) => {
    const off = Math.abs((estimate[k] ?? Number.NaN) - wanted)
    if (off !== 0) most = Math.max(most, LEAST, off / (Math.abs(wanted) || 1))
  })
  return most
}
