import { betaTerm, gammaTerm } from './saddlePoint.ts'

/**
 * Points that cut off a tail of Student's t and of the gamma distribution, to about 13 digits. Not those of
 * @stdlib: gammainc 0.3.1 is wrong in the second digit near a shape of 1234 (0.4924 for P(1234, 1234), where
 * DLMF 8.11.12 gives 0.5038), and they would be a quarter of the agent's bundle.
 */

/** t > 0 with P(|T| > t) = mass for `degrees` of freedom; mass in (0, 1). */
export function studentPoint(degrees: number, mass: number): number {
  const half = degrees / 2
  const tails = (t: number): number => {
    const square = t * t
    const sum = degrees + square
    return betaShare(half, 0.5, degrees / sum, square / sum)
  }
  // d/dt of both tails; betaTerm = x^a y^b / B(a, b), and y = t² / (degrees + t²).
  const slope = (t: number): number => {
    const sum = degrees + t * t
    return (-2 * betaTerm(half, 0.5, degrees / sum, (t * t) / sum)) / t
  }
  return rootOf((t) => tails(t) - mass, slope, 1)
}

/** x with P(X < x) = mass for the gamma distribution of rate 1 and this shape, at least 0.05. */
export function gammaLowerPoint(shape: number, mass: number): number {
  const slope = (x: number): number => (-gammaTerm(shape, x) * shape) / x
  return rootOf((x) => mass - gammaShare(shape, x).lower, slope, shape)
}

/** x with P(X > x) = mass. */
export function gammaUpperPoint(shape: number, mass: number): number {
  const slope = (x: number): number => (-gammaTerm(shape, x) * shape) / x
  return rootOf((x) => gammaShare(shape, x).upper - mass, slope, shape)
}

/** x with P(X < x) = mass for Beta(a, b); by its odds x / (1 - x), so that points near 1 keep their digits. */
export function betaLowerPoint(a: number, b: number, mass: number): number {
  const share = (odds: number): number => betaShare(a, b, odds / (1 + odds), 1 / (1 + odds))
  const slope = (odds: number): number => -betaTerm(a, b, odds / (1 + odds), 1 / (1 + odds)) / odds
  const odds = rootOf((x) => mass - share(x), slope, a / b)
  return odds / (1 + odds)
}

/**
 * Where a decreasing function of x > 0 is 0: Newton's steps while they stay in the bracket, halving where
 * they do not. A bracket of positive doubles cannot be halved for ever, so it ends.
 */
function rootOf(f: (x: number) => number, slope: (x: number) => number, start: number): number {
  let low = start
  let high = start
  while (f(low) < 0) {
    high = low
    low /= 2
    if (low === 0) return 0
  }
  while (f(high) > 0) {
    low = high
    high *= 2
  }
  let x = low + (high - low) / 2
  for (let step = 0; step < 200; step++) {
    const value = f(x)
    if (value === 0) return x
    if (value > 0) low = x
    else high = x
    const newton = x - value / slope(x)
    const next = newton > low && newton < high ? newton : low + (high - low) / 2
    // The share itself is known to some 1e-15, so steps below that only follow its noise.
    if (Math.abs(next - x) <= 2 * Number.EPSILON * x) return next
    x = next
  }
  return x
}

/** Regularized incomplete beta function I_x(a, b), y = 1 - x. */
export function betaShare(a: number, b: number, x: number, y: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  const direct = a * y - b * x >= x - y
  return direct ? betaFraction(a, b, x, y) : 1 - betaFraction(b, a, y, x)
}

/**
 * Where x is below the mean. The fraction of A. Didonato and A. Morris (ACM TOMS 18, 1992, algorithm 708),
 * which has y where the usual one (DLMF 8.17.22) has 1 - x, and so keeps its digits for large a.
 */
function betaFraction(a: number, b: number, x: number, y: number): number {
  const numerator = (m: number): number => {
    const c = a + 2 * m - 1
    return ((((a + m - 1) / c) * (a + b + m - 1)) / c) * m * (b - m) * x * x
  }
  const denominator = (m: number): number =>
    m +
    (m * (b - m) * x) / (a + 2 * m - 1) +
    ((a + m) * (a * y - b * x + 1 + m * (1 + y))) / (a + 2 * m + 1)
  const first = (a * (a * y - b * x + 1)) / (a + 1)
  return betaTerm(a, b, x, y) / lentz(first, numerator, denominator)
}

/** Shares of the gamma distribution of this shape, rate 1, below and above x. DLMF 8.11.4 and 8.9.2. */
export function gammaShare(a: number, x: number): { lower: number; upper: number } {
  if (x <= 0) return { lower: 0, upper: 1 }
  const term = gammaTerm(a, x)
  if (x < a + 1) {
    let sum = 1
    let next = 1
    for (let k = 1; next > sum * (Number.EPSILON / 4); k++) {
      next *= x / (a + k)
      sum += next
    }
    return { lower: term * sum, upper: 1 - term * sum }
  }
  const upper =
    (term * a) /
    lentz(
      x + 1 - a,
      (k) => k * (a - k),
      (k) => x + 1 - a + 2 * k,
    )
  return { lower: 1 - upper, upper }
}

/** b0 + a1 / (b1 + a2 / (b2 + ...)), by the modified method of Lentz (Numerical Recipes, 5.2). */
function lentz(b0: number, a: (k: number) => number, b: (k: number) => number): number {
  const tiny = 1e-300
  let value = b0
  let c = b0
  let d = 0
  for (let k = 1; ; k++) {
    d = 1 / (b(k) + a(k) * d || tiny)
    c = b(k) + a(k) / c || tiny
    const factor = c * d
    value *= factor
    if (Math.abs(factor - 1) <= Number.EPSILON || k > 1e7) return value
  }
}
