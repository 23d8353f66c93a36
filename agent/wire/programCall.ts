import { HypernetError } from './errors.ts'

/** What a program is given. */
export interface ProgramInput {
  /** Names of the columns, in the order of each row. */
  readonly columns: readonly string[]
  /** Readings, null where one is missing; none where only the result is wanted. */
  readonly rows: readonly (readonly (number | null)[])[]
  /** Sums of the whole network so far, in the order in which the program asked for them. */
  readonly history: readonly Float64Array[]
  /** Numbers of each vector, as the job declares. */
  readonly length: number
  /** How many devices the sums are over, for `finish`. */
  readonly devices?: number
}

/** A program and what it is given (agent/sandbox/program.ts runs it). */
export interface ProgramCall {
  readonly code: string
  readonly input: ProgramInput
}
/** What it hands to the next sum, or ends with: canonical JSON. */
export type ProgramEnd =
  | { readonly kind: 'share'; readonly vector: Float64Array }
  | { readonly kind: 'result'; readonly text: string }

/** What became of a call. */
export type ProgramAnswer = ProgramEnd | { readonly kind: 'failed'; readonly message: string }

/** A failure as it is told: its code, and why. */
export const failedCall = (error: unknown): ProgramAnswer => {
  const message = error instanceof Error ? error.message : String(error)
  return {
    kind: 'failed',
    message: error instanceof HypernetError ? `${error.code}: ${message}` : message,
  }
}
