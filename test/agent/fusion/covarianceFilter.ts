/**
 * A Kalman filter as textbooks have it, in doubles and in covariance form: one scalar observation after the other, with
 * Joseph's update, (I - K h) P (I - K h)ᵀ + K r Kᵀ (R. S. Bucy and P. D. Joseph, Filtering for Stochastic Processes, 1968,
 * chapter 16). It shares nothing with the filter of the fleet, which adds up information and rounds once a window.
 */
export interface Filter {
  readonly transition: readonly (readonly number[])[]
  readonly noise: readonly (readonly number[])[]
  mean: number[]
  covariance: number[][]
}
export interface Seen {
  readonly z: number
  readonly h: readonly number[]
  readonly r: number
}

const times = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row) =>
    (b[0] ?? []).map((_, j) => row.reduce((sum, each, k) => sum + each * (b[k]?.[j] ?? 0), 0)),
  )
const flipped = (a: readonly (readonly number[])[]): number[][] =>
  (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? 0))
const plus = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row, i) => row.map((each, j) => each + (b[i]?.[j] ?? 0)))

export function predict(filter: Filter): void {
  const { transition, noise, mean, covariance } = filter
  filter.mean = times(
    transition,
    mean.map((each) => [each]),
  ).map(([each = 0]) => each)
  filter.covariance = plus(times(times(transition, covariance), flipped(transition)), noise)
}

export function update(filter: Filter, { z, h, r }: Seen): void {
  const { mean, covariance } = filter
  const ph = covariance.map((row) => row.reduce((sum, each, k) => sum + each * (h[k] ?? 0), 0))
  const s = h.reduce((sum, each, k) => sum + each * (ph[k] ?? 0), r)
  const gain = ph.map((each) => each / s)
  const innovation = z - h.reduce((sum, each, k) => sum + each * (mean[k] ?? 0), 0)
  filter.mean = mean.map((each, i) => each + (gain[i] ?? 0) * innovation)
  const left = mean.map((_, i) =>
    mean.map((_, j) => (i === j ? 1 : 0) - (gain[i] ?? 0) * (h[j] ?? 0)),
  )
  const noise = gain.map((a) => gain.map((b) => a * r * b))
  filter.covariance = plus(times(times(left, covariance), flipped(left)), noise)
}
