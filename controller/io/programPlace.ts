import { SourceMap } from 'node:module'
import * as z from 'zod/mini'

/** How a device names a place in a program: line and column of its bundled code, from 1. */
const PLACE = /\bprogram:(\d+):(\d+)(?=\))/g
const MAP = /\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/
/** What a file of a program may be called here; whoever made the map may have written anything. */
const FILE = /^[\p{L}\p{N}_][\p{L}\p{N}_./ -]{0,127}$/u
const Source = z.object({
  version: z.literal(3),
  sources: z.array(z.string()),
  mappings: z.string(),
})

/**
 * Places in what a device tells of a program, as those of the files that it was made of.
 * @param code of the program; its map stands at its end (controller/io/programBundle.ts)
 */
export function placedInFiles(text: string, code: string | undefined): string {
  if (code === undefined || text.search(PLACE) < 0) return text
  const map = mapOf(code)
  if (!map) return text
  return text.replace(PLACE, (place, line, column) => {
    const found = map.findEntry(Number(line) - 1, Number(column) - 1)
    if (!('originalSource' in found) || found.generatedLine !== Number(line) - 1) return place
    const file = found.originalSource?.replace(/^[a-z]+:(?:\.\/)?/, '')
    return FILE.test(file ?? '')
      ? `${file}:${found.originalLine + 1}:${found.originalColumn + 1}`
      : place
  })
}

/** Of the program that was asked for last: a job's devices tell many things of one. */
let last: { readonly code: string; readonly map: SourceMap | undefined } | undefined

function mapOf(code: string): SourceMap | undefined {
  if (last?.code !== code) last = { code, map: read(code) }
  return last.map
}

/** A program that others bundled may have no map, or anything in its place. */
function read(code: string): SourceMap | undefined {
  const [, text] = MAP.exec(code) ?? []
  if (text === undefined) return undefined
  try {
    const source = Source.parse(JSON.parse(Buffer.from(text, 'base64').toString('utf8')))
    return new SourceMap({ ...source, file: '', names: [], sourcesContent: [], sourceRoot: '' })
  } catch {
    return undefined
  }
}
