import { interpreter } from '../../agent/io/programs/interpreterFile.ts'
import { sumVectors, toDoubles, vectorOf } from '../../agent/math/exactVector.ts'
import { canonicalJson, type JsonValue } from '../../agent/sandbox/json.ts'
import { type ProgramInput, type ProgramOutcome, runProgram } from '../../agent/sandbox/program.ts'
import { bundleProgram } from '../../controller/io/programBundle.ts'

export type Reading = Readonly<Record<string, number | null>>

/** The text of an example as devices run it. @throws when it has mistakes */
export async function exampleCode(name: string): Promise<string> {
  const file = new URL(`../../devices/demo/programs/${name}.ts`, import.meta.url).pathname
  const bundled = await bundleProgram(file)
  if (bundled.kind === 'mistakes') throw new Error(JSON.stringify(bundled.mistakes))
  return bundled.program.code
}

/** Deals rows to devices in turn, so that 16 devices hold a few each. */
export const dealt = (rows: readonly Reading[], devices: number): Reading[][] =>
  Array.from({ length: devices }, (_, d) => rows.filter((_, k) => k % devices === d))

/**
 * Runs a program on several devices as a fleet does: vectors are summed exactly and rounded once.
 * @returns the result that all have, and that the sums alone give
 */
export function runOnFleet(
  code: string,
  columns: readonly string[],
  devices: readonly (readonly Reading[])[],
  length: number,
): { result: JsonValue; sums: number } {
  const history: Float64Array[] = []
  const run = (rows: ProgramInput['rows']): ProgramOutcome =>
    runProgram(interpreter(), code, { columns, rows, history, length })
  for (;;) {
    const outcomes = devices.map((rows) =>
      run(rows.map((row) => columns.map((name) => row[name] ?? null))),
    )
    const shares = outcomes.flatMap((each) => (each.kind === 'share' ? [each.vector] : []))
    if (shares.length > 0 && shares.length < devices.length)
      throw new Error('devices are not at one')
    if (shares.length === 0) return { result: common([...outcomes, run([])]), sums: history.length }
    history.push(Float64Array.from(toDoubles(sumVectors(shares.map(vectorOf), length))))
  }
}

function common(outcomes: readonly ProgramOutcome[]): JsonValue {
  const results = outcomes.map((each) => (each.kind === 'result' ? each.result : null))
  const texts = new Set(results.map(canonicalJson))
  if (texts.size !== 1) throw new Error(`results differ: ${[...texts].join(' ')}`)
  return results[0] ?? null
}
