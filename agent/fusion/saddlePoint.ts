import exp from '@stdlib/math-base-special-exp'
import ln from '@stdlib/math-base-special-ln'
import log1p from '@stdlib/math-base-special-log1p'

/**
 * Densities without cancellation, for any size of their parameters: C. Loader, Fast and Accurate
 * Computation of Binomial Probabilities (2000), the method of R's dpois and dbinom.
 */

/** x^a e^-x / Γ(a + 1); a and x positive. */
export function gammaTerm(a: number, x: number): number {
  return exp(-stirlingError(a) - deviance(a, x, a - x)) / Math.sqrt(2 * Math.PI * a)
}

/** x^a y^b Γ(a + b) / (Γ(a) Γ(b)) where y = 1 - x is given as well, for the digits that x has lost. */
export function betaTerm(a: number, b: number, x: number, y: number): number {
  const n = a + b
  const errors = stirlingError(n) - stirlingError(a) - stirlingError(b)
  // a - n x and n y - b are the same number; the one of the smaller share has the digits.
  const excess = x < y ? a - n * x : n * y - b
  const away = deviance(a, n * x, excess) + deviance(b, n * y, -excess)
  return exp(errors - away) * Math.sqrt((a / n) * (b / (2 * Math.PI)))
}

/** ln Γ(n + 1) - (n + 1/2) ln n + n - ln √(2π), n > 0: Stirling's series from 16 on, recurrence below. */
function stirlingError(n: number): number {
  let less = 0
  let m = n
  while (m < 16) {
    less += (m + 0.5) * log1p(1 / m) - 1
    m += 1
  }
  const q = 1 / (m * m)
  const series =
    1 / 12 - q * (1 / 360 - q * (1 / 1260 - q * (1 / 1680 - q * (1 / 1188 - (q * 691) / 360360))))
  return less + series / m
}

/** x ln(x / m) - difference, difference = x - m; x and m positive. Loader's series where x is near m. */
function deviance(x: number, m: number, difference: number): number {
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * ln(x / m) - difference
  const v = difference / (x + m)
  let sum = difference * v
  let power = 2 * x * v
  for (let k = 3; ; k += 2) {
    power *= v * v
    const next = sum + power / k
    if (next === sum) return sum
    sum = next
  }
}
