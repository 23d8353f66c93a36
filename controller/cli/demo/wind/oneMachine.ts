/**
 * What one machine with all rows finds, day by day, in plain doubles: the figures that the fleet's are held against. It
 * shares nothing with them: means by weighted sums over all days so far, and the filter in covariance form, one station
 * after the other with Joseph's update (R. S. Bucy and P. D. Joseph, Filtering for Stochastic Processes, 1968, chapter 16).
 */

/** Speeds of the stations, in knots. */
type Day = readonly number[]
type Pair = readonly [number, number]

export interface MeanFilter {
  readonly forgetting: number
}
export interface LevelFilter {
  readonly transition: readonly [Pair, Pair]
  /** Of what a day changes; independent of each other. */
  readonly noise: Pair
  readonly mean: Pair
  /** Likewise. */
  readonly variances: Pair
  /** Of a station's difference from the level. */
  readonly variance: number
}

/** Posterior mean and precision after each day, without a prior: readings of `age` days ago count forgetting^age. */
export function meansOf(days: readonly Day[], { forgetting }: MeanFilter): number[][] {
  return days.map((_, today) => {
    const weighted = days
      .slice(0, today + 1)
      .flatMap((day, k) =>
        day.map((speed) => [forgetting ** (today - k), Math.sqrt(speed)] as const),
      )
    const weight = weighted.reduce((sum, [w]) => sum + w, 0)
    const mean = weighted.reduce((sum, [w, x]) => sum + w * x, 0) / weight
    const squares = weighted.reduce((sum, [w, x]) => sum + w * (x - mean) * (x - mean), 0)
    return [mean, (weight - 1) / squares]
  })
}

/** Level and trend after each day. */
export function levelsOf(days: readonly Day[], filter: LevelFilter): number[][] {
  const [[a, b], [c, d]] = filter.transition
  let [x, y] = filter.mean
  let [p, q, r] = [filter.variances[0], 0, filter.variances[1]]
  return days.map((day, k) => {
    if (k > 0) {
      ;[x, y] = [a * x + b * y, c * x + d * y]
      ;[p, q, r] = [
        a * a * p + 2 * a * b * q + b * b * r + filter.noise[0],
        a * c * p + (a * d + b * c) * q + b * d * r,
        c * c * p + 2 * c * d * q + d * d * r + filter.noise[1],
      ]
    }
    for (const speed of day) {
      const s = p + filter.variance
      const [g, h] = [p / s, q / s]
      const innovation = Math.sqrt(speed) - x
      ;[x, y] = [x + g * innovation, y + h * innovation]
      // (I - K h) P (I - K h)ᵀ + K r Kᵀ with h = [1, 0].
      ;[p, q, r] = [
        (1 - g) * (1 - g) * p + g * g * filter.variance,
        (1 - g) * (q - h * p) + g * h * filter.variance,
        r - 2 * h * q + h * h * p + h * h * filter.variance,
      ]
    }
    return [x, y]
  })
}
