import type { Dyadic } from './dyadic.ts'
import { MathError } from './mathError.ts'
import { multiply, type Rational, rational } from './rational.ts'

/** Symmetric normal equations `G x = h`, G = AᵀA, h = Aᵀb, with s = bᵀb; p unknowns. */
export interface NormalEquations {
  /** Upper triangle of G row by row, length p(p+1)/2. */
  readonly gram: readonly Dyadic[]
  /** h, length p. */
  readonly right: readonly Dyadic[]
  /** s. */
  readonly square: Dyadic
}

/** The exact solution. */
export interface Solution {
  readonly coefficients: readonly Rational[]
  /** Diagonal of G⁻¹. */
  readonly inverseDiagonal: readonly Rational[]
  /** s - hᵀ G⁻¹ h: the sum of squared residuals, not negative. */
  readonly residual: Rational
}

/**
 * A column whose part outside the span of the earlier ones is at most p · 2^-50 of its length (p² · 2^-100
 * in squares) counts as dependent: its entries are doubles, so such a rest is their rounding.
 */
const DEPENDENT_BITS = 100n
/** A negative residual counts as 0 where it is that much smaller than the square. */
const RESIDUAL_BITS = 200n

/**
 * Solves normal equations without rounding: fraction-free elimination (Bareiss, Sylvester's identity and
 * multistep integer-preserving Gaussian elimination, Math. Comp. 22, 1968) of the bordered matrix
 * [[G, h, I], [hᵀ, s, 0]], which is LDLᵀ with the denominators kept apart. About p³ operations on integers
 * of p times the bits of an entry.
 * @throws MathError `RANK` with the first column that depends on earlier ones, and those columns;
 * `FORM` when the matrix cannot be one of sums of squares and products
 */
export function solveNormalEquations(equations: NormalEquations): Solution {
  const p = equations.right.length
  const { entries, exponents } = integerMatrix(equations, p)
  const diagonal = entries.map((row, i) => at(row, i))
  const factors: bigint[][] = Array.from({ length: p }, () => [])
  const cofactors: bigint[] = new Array<bigint>(p).fill(0n)
  let previous = 1n
  for (let k = 0; k < p; k++) {
    const pivotRow = rowOf(entries, k)
    const pivot = at(pivotRow, k)
    checkPivot(entries, diagonal, k, pivot, previous, p)
    const factor = rowOf(factors, k)
    factor[k] = previous
    for (let i = k + 1; i <= p; i++) {
      const row = rowOf(entries, i)
      const f = at(pivotRow, i)
      for (let j = i; j <= p; j++) row[j] = (pivot * at(row, j) - f * at(pivotRow, j)) / previous
      if (i === p) continue
      const target = rowOf(factors, i)
      for (let j = 0; j <= k; j++) {
        target[j] = (pivot * (target[j] ?? 0n) - f * at(factor, j)) / previous
      }
    }
    for (let j = 0; j <= k; j++) {
      const w = at(factor, j)
      cofactors[j] = (pivot * at(cofactors, j) + w * w) / previous
    }
    previous = pivot
  }
  const determinant = previous
  const last = at(rowOf(entries, p), p)
  // Sums that were rounded to 256 bits on the way (fusion/forgetting.ts) may miss 0 by so much.
  const isRounding = -last << RESIDUAL_BITS < at(diagonal, p) * determinant
  if (last < 0n && !isRounding) {
    throw new MathError(
      'FORM',
      'the sum of squared residuals is negative: these are not sums over rows',
    )
  }
  const scale = at(exponents, p)
  const unknowns = backSubstitute(entries, p, p, determinant)
  return {
    coefficients: unknowns.map((x, i) => rational(x, determinant, scale - at(exponents, i))),
    inverseDiagonal: cofactors.map((c, i) => rational(c, determinant, -2 * at(exponents, i))),
    residual: rational(last < 0n ? 0n : last, determinant, 2 * scale),
  }
}

/** Variances of the coefficients: residual / degrees of freedom * diagonal of G⁻¹. */
export function variancesOf(solution: Solution, degreesOfFreedom: number): Rational[] {
  const variance = multiply(solution.residual, rational(1n, BigInt(degreesOfFreedom)))
  return solution.inverseDiagonal.map((c) => multiply(variance, c))
}

/**
 * The bordered matrix as integers: entry (i, j) times 2^-(exponents[i] + exponents[j]), upper triangle.
 * Scaling columns by powers of two is exact and keeps the integers short.
 */
function integerMatrix(equations: NormalEquations, p: number) {
  const dyadic = (i: number, j: number): Dyadic => {
    if (j < p) return at(equations.gram, i * p - (i * (i - 1)) / 2 + (j - i))
    return i < p ? at(equations.right, i) : equations.square
  }
  const exponents: number[] = []
  for (let i = 0; i <= p; i++) exponents.push(Math.floor(dyadic(i, i).exponent / 2))
  for (let i = 0; i <= p; i++) {
    for (let j = i + 1; j <= p; j++) {
      const { mantissa, exponent } = dyadic(i, j)
      const lack = mantissa === 0n ? 0 : at(exponents, i) + at(exponents, j) - exponent
      if (lack <= 0) continue
      exponents[i] = at(exponents, i) - (lack >> 1)
      exponents[j] = at(exponents, j) - (lack - (lack >> 1))
    }
  }
  const entries = exponents.map((_, i) =>
    exponents.map((_, j) => {
      if (j < i) return 0n
      const { mantissa, exponent } = dyadic(i, j)
      if (mantissa === 0n) return 0n
      return mantissa << BigInt(exponent - at(exponents, i) - at(exponents, j))
    }),
  )
  return { entries, exponents }
}

/** Refuses column k where the squared length of what is new in it, pivot / previous, is nothing or rounding. */
function checkPivot(
  entries: readonly bigint[][],
  diagonal: readonly bigint[],
  k: number,
  pivot: bigint,
  previous: bigint,
  p: number,
): void {
  if (pivot < 0n) {
    throw new MathError(
      'FORM',
      `column ${k}: a sum of squares is negative: these are not sums over rows`,
      k,
    )
  }
  const length = at(diagonal, k) * previous
  if (pivot << DEPENDENT_BITS > BigInt(p * p) * length) return
  if (length === 0n) throw new MathError('RANK', `column ${k} is zero`, k, [])
  const determinant = k === 0 ? 1n : at(rowOf(entries, k - 1), k - 1)
  const weights = backSubstitute(entries, k, k, determinant)
  // A share below 2^-40 of the column's length is the rounding that made the rest above.
  const columns = weights.flatMap((x, i) =>
    (x * x * at(diagonal, i)) << 80n > determinant * determinant * at(diagonal, k) ? [i] : [],
  )
  throw new MathError(
    'RANK',
    `column ${k} is a linear combination of columns ${columns.join(', ')}`,
    k,
    columns,
  )
}

/** Numerators over `determinant` that combine the first n columns to column c, after n steps of elimination. */
function backSubstitute(
  entries: readonly bigint[][],
  n: number,
  c: number,
  determinant: bigint,
): bigint[] {
  const x = new Array<bigint>(n).fill(0n)
  for (let i = n - 1; i >= 0; i--) {
    const row = rowOf(entries, i)
    let sum = determinant * at(row, c)
    for (let j = i + 1; j < n; j++) sum -= at(row, j) * at(x, j)
    x[i] = sum / at(row, i)
  }
  return x
}

/** An element whose index is in range by construction. */
function at<T>(list: readonly T[], i: number): T {
  return list[i] as T
}
const rowOf = (matrix: readonly bigint[][], i: number): bigint[] => at(matrix, i)
