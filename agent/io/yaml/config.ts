import type * as z from 'zod/mini'
import { HypernetError } from '../../wire/errors.ts'
import { formatMistake, type Mistake, showable, sortMistakes } from '../../wire/mistake.ts'
import { checkValue } from '../../wire/problems.ts'
import { locatedMistakes } from './located.ts'
import { readYamlFiles, type YamlFile, type YamlSource } from './read.ts'

export type Checked<T> =
  | { readonly value: T; readonly mistakes: readonly [] }
  | { readonly value: undefined; readonly mistakes: readonly Mistake[] }

/** Reads a file that holds one document of a kind: its value with all defaults, or all its mistakes. */
export async function readConfig<T>(
  source: YamlSource,
  schema: z.ZodMiniType<T>,
): Promise<Checked<T>> {
  const [checked] = await readConfigs([source], schema)
  if (checked === undefined) throw new TypeError('one source gives one result')
  return checked
}

/** The same for several files of a kind, with one start of the parser. */
export async function readConfigs<T>(
  sources: readonly YamlSource[],
  schema: z.ZodMiniType<T>,
): Promise<Checked<T>[]> {
  const files = await readYamlFiles(sources)
  return files.map((file) => checkFile(file, schema))
}

/** The same for a file whose mistakes end the program. @throws HypernetError `BAD_CONFIG`, a line a mistake */
export async function loadConfig<T>(source: YamlSource, schema: z.ZodMiniType<T>): Promise<T> {
  const { value, mistakes } = await readConfig(source, schema)
  if (value !== undefined) return value
  throw new HypernetError('BAD_CONFIG', mistakes.map(formatMistake).join('\n'))
}

function checkFile<T>(file: YamlFile, schema: z.ZodMiniType<T>): Checked<T> {
  const [document, second] = file.documents
  if (document === undefined) return { value: undefined, mistakes: sortMistakes(file.mistakes) }
  if (second) {
    const { line, column } = second.start
    const text =
      'a second document begins here, wanted one in this file. Delete the line "---" before it.'
    const source = showable(file.lines[line - 1])
    const mistake = { file: file.name, line, column, path: '', text, ...source }
    return { value: undefined, mistakes: [mistake] }
  }
  const { value, problems } = { value: undefined, ...checkValue(schema, document.value) }
  if (value !== undefined && problems.length === 0) return { value, mistakes: [] }
  return { value: undefined, mistakes: sortMistakes(locatedMistakes(file, document, problems)) }
}
