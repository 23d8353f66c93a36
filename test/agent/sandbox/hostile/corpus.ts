import type { ProgramLimits } from '../../../../agent/sandbox/limits.ts'
import type { Case } from './case.ts'
import { ESCAPES } from './escapes.ts'
import { LOOPS } from './loops.ts'
import { MEMORY } from './memory.ts'
import { OUTPUTS } from './outputs.ts'
import { CHANCE, POISON } from './poison.ts'

const MEGABYTE = 1024 * 1024
/** Little enough for some hundred endless loops. */
const LIMITS: ProgramLimits = { fuel: 5_000_000, memory: 24 * MEGABYTE }
/** Memory little enough to be filled with that fuel. */
const SMALL: ProgramLimits = { fuel: 20_000_000, memory: 2 * MEGABYTE }

/** Programs that mean harm, by what they try. */
export const CORPUS: readonly (readonly [
  intent: string,
  cases: readonly Case[],
  limits: ProgramLimits,
])[] = [
  ['run on without an end', LOOPS, LIMITS],
  ['hold or nest without a bound', MEMORY, SMALL],
  ['look for a way out', ESCAPES, LIMITS],
  ['hand over what nobody should add up', OUTPUTS, LIMITS],
  ['change what is read, and misuse allreduce', POISON, LIMITS],
  ['look for chance, time or the machine', CHANCE, LIMITS],
]
