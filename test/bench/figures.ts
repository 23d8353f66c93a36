/** The middle one of an odd number of figures, the upper of the two middle ones otherwise. */
export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** Rounds to this many decimals, for a line of output. */
export const round = (x: number, digits: number): number => Number(x.toFixed(digits))
