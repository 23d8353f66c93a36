/** What a program is given (agent/sandbox/program.ts). */
export interface ProgramCall {
  readonly code: string
  readonly input: {
    readonly columns: readonly string[]
    readonly rows: readonly (readonly (number | null)[])[]
    readonly history: readonly Float64Array[]
    readonly length: number
    readonly devices?: number
  }
}
/** What it hands to the next sum, or ends with: canonical JSON. */
export type ProgramEnd =
  | { readonly kind: 'share'; readonly vector: Float64Array }
  | { readonly kind: 'result'; readonly text: string }

/** What became of a call. */
export type ProgramAnswer = ProgramEnd | { readonly kind: 'failed'; readonly message: string }
