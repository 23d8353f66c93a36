/**
 * Exact fractions as pairs of integers in lowest terms, written for tests in the plainest way and sharing
 * no line with agent/math.
 */
export type Fraction = readonly [numerator: bigint, denominator: bigint]

export function fraction(numerator: bigint, denominator = 1n): Fraction {
  let [a, b] = [
    numerator < 0n ? -numerator : numerator,
    denominator < 0n ? -denominator : denominator,
  ]
  while (b !== 0n) [a, b] = [b, a % b]
  const divisor = denominator < 0n ? -a : a
  return [numerator / divisor, denominator / divisor]
}

/** Doubling is exact, so a double becomes an integer after at most 1,074 of them. */
export function fractionOf(x: number): Fraction {
  let value = x
  let denominator = 1n
  while (!Number.isInteger(value)) {
    value *= 2
    denominator *= 2n
  }
  return fraction(BigInt(value), denominator)
}

export const plus = (a: Fraction, b: Fraction): Fraction =>
  fraction(a[0] * b[1] + b[0] * a[1], a[1] * b[1])
export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, [-b[0], b[1]])
export const times = (a: Fraction, b: Fraction): Fraction => fraction(a[0] * b[0], a[1] * b[1])
export const over = (a: Fraction, b: Fraction): Fraction => fraction(a[0] * b[1], a[1] * b[0])
export const equal = (a: Fraction, b: Fraction): boolean => a[0] === b[0] && a[1] === b[1]
export const compare = (a: Fraction, b: Fraction): number => {
  const d = a[0] * b[1] - b[0] * a[1]
  return d < 0n ? -1 : d > 0n ? 1 : 0
}
const size = (a: Fraction): Fraction => (a[0] < 0n ? [-a[0], a[1]] : a)

/** mantissa * 2^exponent. */
export const dyadicFraction = (mantissa: bigint, exponent: number): Fraction =>
  exponent >= 0
    ? fraction(mantissa * 2n ** BigInt(exponent))
    : fraction(mantissa, 2n ** BigInt(-exponent))

/**
 * Whether `rounded` is the double nearest to `exact`, ties to even, by comparison with its neighbors;
 * beyond the largest double the next one would be 2^1024.
 */
export function isNearest(rounded: number, exact: Fraction): boolean {
  const value = doubleOrEnd(rounded)
  const distance = size(minus(value, exact))
  return [neighbor(rounded, 1), neighbor(rounded, -1)].every((other) => {
    const away = size(minus(doubleOrEnd(other), exact))
    const order = compare(distance, away)
    return order < 0 || (order === 0 && isEven(rounded))
  })
}

/** Solves a square system by elimination with fractions; undefined where it is singular. */
export function solveFractions(
  matrix: readonly (readonly Fraction[])[],
  right: readonly Fraction[],
): Fraction[] | undefined {
  const rows = matrix.map((row, i) => [...row, right[i] as Fraction])
  const n = rows.length
  for (let k = 0; k < n; k++) {
    const found = rows.findIndex((row, i) => i >= k && (row[k] as Fraction)[0] !== 0n)
    if (found < 0) return undefined
    ;[rows[k], rows[found]] = [rows[found] as Fraction[], rows[k] as Fraction[]]
    const pivot = rows[k] as Fraction[]
    rows.forEach((row, i) => {
      if (i === k) return
      const factor = over(row[k] as Fraction, pivot[k] as Fraction)
      row.forEach((value, j) => {
        row[j] = minus(value, times(factor, pivot[j] as Fraction))
      })
    })
  }
  return rows.map((row, i) => over(row[n] as Fraction, row[i] as Fraction))
}

const words = new DataView(new ArrayBuffer(8))

/** The next double up (1) or down (-1); from 0 the least one of that sign. */
function neighbor(x: number, direction: 1 | -1): number {
  if (x === 0) return direction * 5e-324
  if (Math.abs(x) === Infinity)
    return Math.sign(x) === direction ? 2 * x : Math.sign(x) * Number.MAX_VALUE
  words.setFloat64(0, x)
  words.setBigInt64(0, words.getBigInt64(0) + BigInt(direction * Math.sign(x)))
  return words.getFloat64(0)
}

function doubleOrEnd(x: number): Fraction {
  if (Number.isFinite(x)) return fractionOf(x)
  return fraction(BigInt(Math.sign(x)) * 2n ** 1024n)
}

function isEven(x: number): boolean {
  if (!Number.isFinite(x)) return true
  words.setFloat64(0, x)
  return words.getBigUint64(0) % 2n === 0n
}
