import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutant, mutantsOf } from './operators.ts'

const SOURCES = fileURLToPath(new URL('../../../contracts/src', import.meta.url))

/** @returns all mutants of the contracts, source after source in the order of their names */
export function allMutants(): readonly Mutant[] {
  return readdirSync(SOURCES)
    .filter((name) => name.endsWith('.sol'))
    .sort()
    .flatMap((file) => mutantsOf(file, readFileSync(join(SOURCES, file), 'utf8')))
}
