/** A mutant that no test can tell from the source, and why. */
export interface Equivalent {
  readonly file: string
  /** The line or statement, in one line, before and after. */
  readonly before: string
  readonly after: string
  readonly why: string
}

/** Each was looked at by a person; a survivor that is not in here is a missing test. */
export const EQUIVALENT: readonly Equivalent[] = []
