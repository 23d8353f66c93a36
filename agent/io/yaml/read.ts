import { type Mistake, type Path, pathText, showable } from '../../wire/mistake.ts'
import { parseApart } from './apart.ts'
import { scanYaml } from './scan.ts'
import { syntaxText } from './syntax.ts'
import { textOfFile, withinLimit } from './text.ts'
import {
  documentOf,
  type Parsed,
  type Place,
  type SyntaxProblem,
  type YamlDocument,
} from './tree.ts'

/** A path, or a text with the name that mistakes shall give it. */
export type YamlSource = string | { readonly name: string; readonly text: string }

/** A file that was read. Where there are mistakes there are no documents. */
export interface YamlFile {
  readonly name: string
  /** Lines of the text, for messages that quote them. */
  readonly lines: readonly string[]
  readonly documents: readonly YamlDocument[]
  readonly mistakes: readonly Mistake[]
}

/**
 * Reads YAML that anybody may have written. No input takes more than about two seconds or harms
 * this process; what is wrong comes back as mistakes with their places, never as an exception.
 * Anchors, aliases, tags and directives are refused; limits: LIMITS.jobFile, yamlDepth, yamlNodes.
 */
export async function readYaml(source: YamlSource): Promise<YamlFile> {
  const [file] = await readYamlFiles([source])
  if (file === undefined) throw new TypeError('one source gives one file')
  return file
}

/** What a file has that we do not take, such as a tag, and where. */
export interface Mark {
  readonly path: Path
  /** The tag, if it is one: `!include`. */
  readonly tag?: string
  readonly mistake: Mistake
}

/**
 * The same of a file of another program: anchors, aliases, tags and keys that stand twice come beside its
 * documents, so that they matter only where something is read. What has an alias, or is wrong, has no value there.
 */
export async function readForeignYaml(
  source: YamlSource,
): Promise<YamlFile & { readonly marks: readonly Mark[] }> {
  const loaded = await load(source)
  const { name, lines, mistakes } = loaded
  const [parsed] = mistakes.length > 0 ? [] : await parseApart([loaded.text])
  if (parsed === undefined) return { name, lines, documents: [], mistakes, marks: [] }
  const { documents, problems } = parsed
  const isMark = problems.every(({ code }) => MARKS.has(code)) && documents.length === 1
  if (!isMark) return { name, lines, ...judged(loaded, parsed), marks: [] }
  const marks = problems.map((problem) => ({
    path: problem.path,
    ...(problem.code === 'TAG' && { tag: problem.detail }),
    mistake: explainedAt(loaded, problem),
  }))
  return { name, lines, ...judged(loaded, { documents, problems: [] }), marks }
}

/** Reads several files with one start of the parser's process. Results stand in the order of the sources. */
export async function readYamlFiles(sources: readonly YamlSource[]): Promise<YamlFile[]> {
  const texts = await Promise.all(sources.map(load))
  const ready = texts.filter((text) => text.mistakes.length === 0)
  const parsed = await parseApart(ready.map(({ text }) => text))
  const outcomes = new Map(ready.map((text, i) => [text, parsed[i]]))
  return texts.map((text) => {
    const { name, lines } = text
    const outcome = outcomes.get(text)
    if (outcome === undefined) return { name, lines, documents: [], mistakes: text.mistakes }
    return { name, lines, ...judged(text, outcome) }
  })
}

interface Text {
  readonly name: string
  readonly text: string
  readonly lines: readonly string[]
  readonly mistakes: readonly Mistake[]
}

async function load(source: YamlSource): Promise<Text> {
  const name = typeof source === 'string' ? source : source.name
  const refuse = (text: string): Text => ({
    name,
    text: '',
    lines: [],
    mistakes: [{ file: name, line: 0, column: 0, path: '', text }],
  })
  const given = typeof source === 'string' ? await textOfFile(source) : withinLimit(source.text)
  if (given instanceof Error) return refuse(given.message)
  const text = given.replace(/^\ufeff/, '')
  const lines = text.split(/\r?\n/)
  const mistakes = scanYaml(text).map((problem) => mistakeAt(name, lines, problem, problem.text))
  return { name, text, lines, mistakes }
}

function judged(
  file: Text,
  { documents, problems }: Parsed,
): Pick<YamlFile, 'documents' | 'mistakes'> {
  const { name, text } = file
  if (problems.length > 0) {
    // Behind the first mistake of syntax the parser guesses; what it says then misleads.
    const structural = problems.filter(({ code }) => OWN_CODES.has(code))
    const shown = structural.length > 0 ? structural : problems.slice(0, 1)
    return { documents: [], mistakes: shown.map((problem) => explainedAt(file, problem)) }
  }
  const filled = documents.map(documentOf).filter(({ value }) => value !== null)
  if (filled.length > 0) return { documents: filled, mistakes: [] }
  const empty = text.trim() === '' ? 'the file is empty' : 'the file holds nothing but comments'
  const hint = `${empty}. "hypernet init" writes examples to start from.`
  return { documents: [], mistakes: [{ file: name, line: 0, column: 0, path: '', text: hint }] }
}

function explainedAt({ name, lines }: Text, problem: SyntaxProblem): Mistake {
  const [line, column] = problem.at
  const { place, text } = syntaxText(problem, lines)
  return mistakeAt(name, lines, place ?? { line, column }, text, problem.path)
}

/** Problems of single values, beside which the rest of a document can be read. */
const MARKS = new Set(['ALIAS', 'ANCHOR', 'TAG', 'KEY', 'NOT_FINITE', 'DUPLICATE_KEY'])
/** Problems of child.mjs itself: they stand beside each other and do not follow from one another. */
const OWN_CODES = new Set([...MARKS, 'NODES', 'DEEP', 'CRASHED', 'NOT_STARTED'])

const mistakeAt = (
  file: string,
  lines: readonly string[],
  { line, column }: Place,
  text: string,
  path: Path = [],
): Mistake => ({ file, line, column, path: pathText(path), text, ...showable(lines[line - 1]) })
