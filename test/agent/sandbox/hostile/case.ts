import type { ProgramInput, ProgramOutcome } from '../../../../agent/sandbox/program.ts'

/** How a hostile program ends: in an error of this code, or harmlessly in exactly this. */
export type Ending =
  | `PROGRAM_${'FUEL' | 'MEMORY' | 'FAULT' | 'OUTPUT' | 'FORM'}`
  | { readonly share: readonly number[] }
  | { readonly result: unknown }

/** Name, code and ending. */
export type Case = readonly [name: string, code: string, ending: Ending]

/** A program of one sum. */
export const sharing = (body: string): string => `export function share(rows) { ${body} }`
/** A program of many sums. */
export const running = (body: string): string =>
  `export async function run(rows, allreduce) { ${body} }`

export const INPUT: ProgramInput = {
  columns: ['x'],
  rows: [[1], [2], [6]],
  history: [],
  length: 2,
}
/** Works where nothing is left of the program before it. */
export const HONEST = sharing('return [rows.reduce((s, { x }) => s + x, 0), rows.length]')

/** What the run does, as an ending. @throws what is no error of a program */
export function endingOf(run: () => ProgramOutcome): Ending {
  try {
    return told(run())
  } catch (error) {
    return codeOf(error)
  }
}

export const told = (outcome: ProgramOutcome): Ending =>
  outcome.kind === 'result' ? { result: outcome.result } : { share: [...outcome.vector] }

/** @throws the error where it has no code of a program */
export function codeOf(error: unknown): Ending {
  const { code } = error as { code?: string }
  if (typeof code !== 'string' || !code.startsWith('PROGRAM_')) throw error
  return code as Ending // the test compares it with one
}

/** An ending as text: what programs return has names that comparisons of tests look at, such as `constructor`. */
export const textOf = (ending: Ending): string => JSON.stringify(ending)
