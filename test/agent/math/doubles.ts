import fc from 'fast-check'

/** Finite doubles of every size, with many of the readings that sensors give: short decimals and counts. */
export const anyDouble = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -65536, max: 65536 }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 1000),
)

/** Doubles whose squares fit a contribution. */
export const reading = anyDouble.filter((x) => Math.abs(x) < 1e280)
