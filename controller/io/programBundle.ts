import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { type BuildFailure, build, type Message, type OnResolveArgs, type Plugin } from 'esbuild'
import { PROGRAM } from '../../agent/sandbox/limits.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { bytesToHex, digest, utf8ToBytes } from '../../agent/wire/hash.ts'
import { quote } from '../../agent/wire/ids.ts'
import { type Mistake, showable, sortMistakes } from '../../agent/wire/mistake.ts'
import { LIBRARIES, libraryText } from './programLibraries.ts'

/** A program as devices run it. */
export interface ProgramBundle {
  /** One module of JavaScript without imports. */
  readonly code: string
  /** SHA-256 of the code in UTF-8, hexadecimal: its name in the network. */
  readonly sha256: string
  /** Whether it makes one sum (`share`) or as many as it likes (`run`). */
  readonly form: 'share' | 'run'
}

export type BundledProgram =
  | { readonly kind: 'program'; readonly program: ProgramBundle }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] }

/** The one import that is always there: types, so nothing is left of it. */
const TYPES = 'hypernet/program'
const IN_PROGRAM = 'program'
const IN_LIBRARY = 'library'

/**
 * Makes one text of a program and of what it imports from its own folder and from the list of libraries.
 * The same files give the same bytes. Nothing of the program runs here.
 * @param file path of a TypeScript or JavaScript file
 * @throws HypernetError `NOT_FOUND` when there is no such file; mistakes in it are returned
 */
export async function bundleProgram(file: string): Promise<BundledProgram> {
  const entry = realFile(file)
  if (entry === undefined) throw new HypernetError('NOT_FOUND', `no such file: ${quote(file)}`)
  const folder = dirname(entry)
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [basename(entry)],
      absWorkingDir: folder,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      // What QuickJS runs; decorators and the like are written out.
      target: 'es2023',
      supported: { 'top-level-await': false },
      charset: 'utf8',
      legalComments: 'none',
      // By it places that devices tell are those of the files (programPlace.ts).
      sourcemap: 'inline',
      sourcesContent: false,
      logLevel: 'silent',
      logOverride: { 'unsupported-dynamic-import': 'error', 'unsupported-require-call': 'error' },
      // Settings of a tsconfig.json that lies around must not change the bytes.
      tsconfigRaw: {},
      plugins: [ownFilesAlone(folder)],
    })
    const code = outputFiles[0]?.text ?? ''
    const exported = Object.values(metafile.outputs).flatMap((each) => each.exports)
    return checked(file, code, exported)
  } catch (error) {
    if (!isBuildFailure(error)) throw error
    return mistakesOf(dirname(file), error.errors)
  }
}

/** Resolves and reads every import itself: esbuild sees no file of its own accord. */
function ownFilesAlone(folder: string): Plugin {
  return {
    name: 'own-files-alone',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, (wanted) => {
        const found = resolved(folder, wanted)
        return 'refused' in found ? { errors: [{ text: found.refused }] } : found
      })
      onLoad({ filter: /.*/, namespace: IN_PROGRAM }, ({ path }) => ({
        contents: readFileSync(join(folder, path), 'utf8'),
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      }))
      onLoad({ filter: /.*/, namespace: IN_LIBRARY }, async ({ path }) => ({
        contents: path === TYPES ? '' : await libraryText(path),
        loader: 'js',
      }))
    },
  }
}

type Resolved =
  | { readonly path: string; readonly namespace: string; readonly sideEffects?: boolean }
  | { readonly refused: string }

function resolved(folder: string, { path, kind, importer, namespace }: OnResolveArgs): Resolved {
  if (kind === 'entry-point') return { path, namespace: IN_PROGRAM }
  if (kind === 'dynamic-import') {
    return { refused: 'a program imports nothing while it runs: write the import at the top' }
  }
  if (kind !== 'import-statement') {
    return { refused: `a program has no require: write import ... from ${quote(path)}` }
  }
  if (path === TYPES || Object.hasOwn(LIBRARIES, path)) {
    return { path, namespace: IN_LIBRARY, sideEffects: false }
  }
  if (!/^\.\.?\//.test(path)) return { refused: notListed(path) }
  const from = namespace === IN_PROGRAM ? dirname(importer) : '.'
  const wanted = join(folder, from, path)
  const found = realFile(wanted) ?? realFile(`${wanted}.ts`)
  const inside = found === undefined ? undefined : relative(folder, found)
  if (inside === undefined) {
    return { refused: `found no file ${quote(path)}: name it with its ending, as in "./steps.ts"` }
  }
  if (inside.startsWith('..') || isAbsolute(inside)) {
    return {
      refused: `${quote(path)} lies outside of the folder of the program: copy it into that folder`,
    }
  }
  if (!/\.[jt]s$/.test(inside)) {
    return { refused: `${quote(path)} is no .ts or .js file: write what it holds into one` }
  }
  return { path: inside.split(sep).join('/'), namespace: IN_PROGRAM }
}

const notListed = (path: string): string =>
  `a program may import files of its own folder ("./..."), types of "${TYPES}" and ${Object.keys(LIBRARIES).join(', ')}, and nothing else: found ${quote(path)}`

/** The file behind a path and all links; undefined where there is none. */
function realFile(path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return statSync(real).isFile() ? real : undefined
  } catch {
    // Whatever keeps us from reading it, there is no such file for the program.
    return undefined
  }
}

function checked(file: string, code: string, exported: readonly string[]): BundledProgram {
  const text = mistakeOfForm(exported) ?? mistakeOfSize(code)
  if (text !== undefined) {
    return { kind: 'mistakes', mistakes: [{ file, line: 1, column: 1, path: '', text }] }
  }
  const form = exported.includes('run') ? 'run' : 'share'
  const sha256 = bytesToHex(digest(utf8ToBytes(code)))
  return { kind: 'program', program: { code, sha256, form } }
}

function mistakeOfForm(exported: readonly string[]): string | undefined {
  const [share, finish, run] = ['share', 'finish', 'run'].map((name) => exported.includes(name))
  if (run && (share || finish)) {
    return `found run and ${share ? 'share' : 'finish'}, wanted one form: remove run, or the others`
  }
  if (run || share) return undefined
  const found =
    exported.length === 0 ? 'no exports' : `exports ${exported.map((x) => quote(x)).join(', ')}`
  return `found ${found}, wanted one form of a program: add "export function share(rows)" for one sum, or "export async function run(rows, allreduce)" for many`
}

function mistakeOfSize(code: string): string | undefined {
  const bytes = utf8ToBytes(code).length
  if (bytes <= PROGRAM.code) return undefined
  return `found ${bytes} bytes of code with all that it imports, wanted at most ${PROGRAM.code}: import less, and carry data as rows`
}

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors)

/** Mistakes with the places that esbuild tells: lines from 1, columns in bytes from 0. */
function mistakesOf(folder: string, messages: readonly Message[]): BundledProgram {
  const mistakes = messages.map(({ text, location, detail }): Mistake => {
    const file = join(folder, (location?.file ?? '').replace(/^program:/, ''))
    const line = location?.line ?? 0
    const source = location?.lineText ?? ''
    const before = Buffer.from(source)
      .subarray(0, location?.column ?? 0)
      .toString()
    const own = detail instanceof HypernetError ? detail.message : text
    return {
      file,
      line,
      column: before.length + 1,
      path: '',
      text: advice(own),
      ...showable(source),
    }
  })
  return { kind: 'mistakes', mistakes: sortMistakes(mistakes) }
}

/** What to do about some of the messages of esbuild. */
function advice(text: string): string {
  if (text.startsWith('Top-level await')) {
    return 'found await outside of a function: a program waits only inside of run'
  }
  if (/"import" expression|"import\(\)"/.test(text)) {
    return 'a program imports nothing while it runs: write the import at the top'
  }
  if (/call to "require"/.test(text)) return 'a program has no require: write an import at the top'
  return text
}
