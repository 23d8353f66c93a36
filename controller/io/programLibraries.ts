import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { HypernetError } from '../../agent/wire/errors.ts'
import { bytesToHex, digest, utf8ToBytes } from '../../agent/wire/hash.ts'

/** A library that programs may import, and the only bytes that it may be. */
export interface Library {
  readonly version: string
  /** SHA-256 of its text with all that it needs, as libraryText makes it. */
  readonly sha256: string
}

/**
 * The functions that expressions of jobs use, for programs that must give their very bits. They need
 * nothing else. A new entry takes a look at the whole text, and its hash.
 */
export const LIBRARIES: Readonly<Record<string, Library>> = {
  '@stdlib/math-base-special-exp': {
    version: '0.2.5',
    sha256: 'cf3c6078fb4fecfce91be5e10cae5a9373fd382045377c916c6410f065e5c183',
  },
  '@stdlib/math-base-special-ln': {
    version: '0.2.5',
    sha256: '91e1cea1e8ed5ab95f637fd4cbec2b6bcc03ca5c7249c485f6b5f5e79c7fbaf1',
  },
  '@stdlib/math-base-special-log1p': {
    version: '0.2.4',
    sha256: 'd12be8f4e548f2c0470a53867ab6a24c5549d1fda297f6b8a93a8be38d6840e5',
  },
  '@stdlib/math-base-special-pow': {
    version: '0.3.1',
    sha256: 'fca459a01d55d8856e37b455b9bc60b8edcc775ab161eda21f06c4003e39bfdf',
  },
}

const require = createRequire(import.meta.url)

/**
 * The text of a library as one module.
 * @throws HypernetError `NOT_ALLOWED` when it is not of the list, or not the bytes that the list says
 */
export async function libraryText(name: string): Promise<string> {
  const library = Object.hasOwn(LIBRARIES, name) ? LIBRARIES[name] : undefined
  if (!library) throw new HypernetError('NOT_ALLOWED', `programs may not import ${name}`)
  const description = require.resolve(`${name}/package.json`)
  const { version } = JSON.parse(readFileSync(description, 'utf8')) as { version: string }
  const text = await bundled(dirname(description))
  const sha256 = bytesToHex(digest(utf8ToBytes(text)))
  if (version === library.version && sha256 === library.sha256) return text
  throw new HypernetError(
    'NOT_ALLOWED',
    `${name} is another one than programs may import: wanted ${library.version} with SHA-256 ${library.sha256}, found ${version} with ${sha256}; run npm ci`,
  )
}

/** Minified, so that no path of this machine stands in it. */
async function bundled(folder: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'lib', 'index.js')],
    absWorkingDir: folder,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    tsconfigRaw: {},
  })
  return outputFiles[0]?.text ?? ''
}
