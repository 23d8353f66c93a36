import { cut } from '../../wire/ids.ts'
import { type Mistake, pathText, showable } from '../../wire/mistake.ts'
import type { Problem } from '../../wire/problems.ts'
import type { YamlFile } from './read.ts'
import type { YamlDocument } from './tree.ts'

/** Gives problems of a document's value their places in its file. */
export function locatedMistakes(
  file: Pick<YamlFile, 'name' | 'lines'>,
  document: YamlDocument,
  problems: readonly Problem[],
): Mistake[] {
  return problems.map(({ path, part, text: said, offset }) => {
    const source = document.writtenAt(path)
    const written = source && cut(source)
    // A number is quoted as it was written: 007, not 7.
    const text =
      written === undefined
        ? said
        : said
            .replace(/^found [^\s,]+/, `found ${written}`)
            .replace(/quotes: "[^"]*"/, `quotes: "${written}"`)
    const inside = offset === undefined ? undefined : document.locateInside(path, offset)
    const { line, column } = inside ?? document.locate(path, part)
    const unplaced = offset !== undefined && offset > 0 && inside === undefined
    return {
      file: file.name,
      line,
      column,
      path: pathText(path),
      text: unplaced ? `at character ${offset + 1}: ${text}` : text,
      ...showable(file.lines[line - 1]),
    }
  })
}
