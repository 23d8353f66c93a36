import { type Code, HypernetError } from '../../../agent/wire/errors.ts'

/** What the process answers to its caller. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const

/** The exit code of each error code: wrong input 2, not reachable 3, else 1. */
const EXIT_OF: Readonly<Record<Code, number>> = {
  BAD_ID: EXIT.usage,
  BAD_JOB: EXIT.usage,
  BAD_CONFIG: EXIT.usage,
  BAD_EXPRESSION: EXIT.usage,
  BAD_MESSAGE: EXIT.failed,
  BAD_SIGNATURE: EXIT.failed,
  BAD_ROWS: EXIT.usage,
  BAD_GRAPH: EXIT.usage,
  BAD_USAGE: EXIT.usage,
  NONFINITE: EXIT.failed,
  SPREAD: EXIT.failed,
  EXPONENT: EXIT.failed,
  RANK: EXIT.failed,
  TOO_FEW: EXIT.failed,
  TOO_LARGE: EXIT.failed,
  NOT_ALLOWED: EXIT.failed,
  NOT_FOUND: EXIT.usage,
  NO_DEVICES: EXIT.failed,
  TIMEOUT: EXIT.failed,
  BROKER_LOST: EXIT.unreachable,
  PEER_LOST: EXIT.failed,
  MISMATCH: EXIT.failed,
  CLOSED: EXIT.failed,
  CONTROLLER_LOST: EXIT.unreachable,
  CHAIN_LOST: EXIT.unreachable,
  CHAIN_REFUSED: EXIT.failed,
  STORE_FAILED: EXIT.failed,
  KEY_UNSAFE: EXIT.failed,
  PROGRAM_FORM: EXIT.usage,
  PROGRAM_FAULT: EXIT.failed,
  PROGRAM_OUTPUT: EXIT.failed,
  PROGRAM_FUEL: EXIT.failed,
  PROGRAM_MEMORY: EXIT.failed,
  PROGRAM_DEADLINE: EXIT.failed,
  INVARIANT: EXIT.failed,
}

/** @returns the exit code for what a command threw; anything without a code is a mistake of our own */
export function exitOf(error: unknown): number {
  return error instanceof HypernetError ? EXIT_OF[error.code] : EXIT.failed
}

/** Codes of mistakes in files, whose lines begin with the place: `job.yaml:3:5 ...`. */
const LOCATED: readonly Code[] = ['BAD_JOB', 'BAD_CONFIG', 'BAD_ROWS', 'BAD_GRAPH']

/** Whether an error's lines begin with the place of a mistake, which editors can jump to. */
export const isLocated = (error: unknown): boolean =>
  error instanceof HypernetError && LOCATED.includes(error.code)

/** What a person reads of an error: its sentence, or, for a mistake of our own, the trace too. */
export function errorText(error: unknown): string {
  if (error instanceof HypernetError && error.code !== 'INVARIANT') {
    return error.message
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `a mistake of our own, please report it with this trace:\n${trace}`
}
