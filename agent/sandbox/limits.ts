/** What one run of a program may use. The same numbers on every device: where a program ends is part of its answer. */
export interface ProgramLimits {
  /** Calls and turns of loops of the interpreter, 1 to 2^31 - 1. */
  readonly fuel: number
  /** Bytes that its values may take, at most PROGRAM.memory. */
  readonly memory: number
}

export const PROGRAM = {
  /** About 0.4 s on a processor of 2020, 5 s on a Pi Zero (docs/programs.md). */
  fuel: 100_000_000,
  /** Bytes of values. What stays up to `module` is for fragments and for telling that memory is used up. */
  memory: 24 * 1024 * 1024,
  /** Bytes of everything that the interpreter may touch. */
  module: 32 * 1024 * 1024,
  /** Bytes of the interpreter's own stack: some 500 calls of a function by itself. */
  stack: 128 * 1024,
  /**
   * Slots of 8 bytes of native stack, by the count of meterCode.ts. Node gives 984 KiB; what nests without
   * calls of the program's own, such as brackets to parse, was measured to overflow that at 129,000 slots.
   */
  depth: 64_000,
  /** Bytes of code, UTF-8. */
  code: 256 * 1024,
  /** Bytes of the canonical text of a result, UTF-8, and levels of it. */
  result: 16 * 1024,
  resultDepth: 32,
} as const

export const PROGRAM_LIMITS: ProgramLimits = { fuel: PROGRAM.fuel, memory: PROGRAM.memory }
