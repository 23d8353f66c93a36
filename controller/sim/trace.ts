import type { Lie } from './lying.ts'

/** What a trace tells of each kind of event; docs/simulator.md says what it means. */
interface TraceFacts {
  readonly publish: {
    readonly seq: number
    readonly bytes: number
    readonly entries: number
    readonly attempt: number | undefined
    readonly final: boolean
  }
  readonly final: { readonly rows: number }
  readonly failed: { readonly reason: string | undefined }
  readonly refused: { readonly reason: string | undefined }
  readonly note: { readonly level: string; readonly message: string }
  readonly lie: { readonly lie: Lie }
  readonly crash: object
  readonly restart: { readonly memory: 'kept' | 'lost' }
  readonly join: object
  readonly partition: object
  readonly brokerCrash: object
  readonly mended: object
  readonly broken: { readonly complaint: string }
}

/** A line of a trace. */
export type TraceLine = {
  readonly [E in keyof TraceFacts]: {
    /** Virtual time, in consensus periods. */
    readonly round: number
    /** Its id; `network` for what befalls all. */
    readonly device: string
    readonly event: E
  } & TraceFacts[E]
}[keyof TraceFacts]

/** Tells of an event. */
export type Report = <E extends keyof TraceFacts>(
  device: string,
  event: E,
  facts: TraceFacts[E],
) => void

/** @param round the present time */
export const reportTo =
  (trace: ((line: TraceLine) => void) | undefined, round: () => number): Report =>
  (device, event, facts) =>
    // The facts are those of the event, which the compiler cannot see through the generic.
    trace?.({ round: round(), device, event, ...facts } as unknown as TraceLine)
