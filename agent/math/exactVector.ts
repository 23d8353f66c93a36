/**
 * A vector of exact numbers: component k is `mantissas[k] * 2 ** exponents[k]`.
 * Canonical form: each mantissa odd, or 0 with exponent 0.
 */
export interface ExactVector {
  readonly mantissas: readonly bigint[]
  readonly exponents: readonly number[]
}
