/** Turns a quantity into a place on the picture. */
export type Scale = (value: number) => number

/** Straight from one interval to another. */
export function linear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): Scale {
  const span = to - from || 1
  return (value) => start + ((value - from) / span) * (end - start)
}

/** At most about `most` whole numbers from 0 to `last`, at a distance of 1, 2 or 5 times a power of ten. */
export function wholeTicks(last: number, most: number): number[] {
  let step = 1
  for (let k = 0; last / step > most; k++) step *= k % 3 === 1 ? 2.5 : 2
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step)
}

/** The powers of ten around all values above 0: at least one decade, and not beyond `most`. */
export function decades(
  [least, greatest]: readonly [number, number],
  most: readonly [number, number],
): readonly [number, number] {
  const within = (exponent: number) => Math.min(most[1], Math.max(most[0], exponent))
  const top = within(Math.ceil(Math.log10(greatest)))
  return [Math.min(within(Math.floor(Math.log10(least))), top - 1), top]
}
