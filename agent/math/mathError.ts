/**
 * What can go wrong in exact arithmetic. `NONFINITE`: a NaN or infinity; `SPREAD`: a sum larger than sums
 * carry; `EXPONENT`: a number outside the range that vectors carry; `RANK`: linearly dependent columns;
 * `FORM`: bytes or numbers that are not what they are said to be.
 */
export type MathCode = 'NONFINITE' | 'SPREAD' | 'EXPONENT' | 'RANK' | 'FORM'

/** Thrown by everything in agent/math; callers translate it, as this floor knows no protocol. */
export class MathError extends Error {
  override readonly name = 'MathError'
  readonly code: MathCode
  /** Index of the component or column that it is about. */
  readonly component: number | undefined
  /** `RANK`: the earlier columns on which `component` depends; empty for a column of zeros. */
  readonly columns: readonly number[]
  constructor(code: MathCode, message: string, component?: number, columns?: readonly number[]) {
    super(message)
    this.code = code
    this.component = component
    this.columns = columns ?? []
  }
}
