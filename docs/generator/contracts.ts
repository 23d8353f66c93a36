import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The contracts as the controller deploys them and talks to them: controller/abi/, made by the compiler. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = 'contracts/src'
const TARGET = 'controller/abi'
const MARK = `${TARGET}/fingerprint.ts`
const OPENZEPPELIN = '@openzeppelin/contracts'

/** Name of each contract that is deployed or called, and the file that holds it. */
const WANTED: Readonly<Record<string, string>> = {
  HyperToken: `${SOURCES}/HyperToken.sol`,
  HyperVault: `${SOURCES}/HyperVault.sol`,
  JobFactory: `${SOURCES}/JobFactory.sol`,
  JobEscrow: `${SOURCES}/JobEscrow.sol`,
  HyperGovernor: `${SOURCES}/HyperGovernor.sol`,
  TimelockController: `${OPENZEPPELIN}/governance/TimelockController.sol`,
}
/** How what is deployed is compiled; without the metadata's hash, which paths would change. */
const SETTINGS = {
  viaIR: true,
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 20_000 },
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
}

interface Compiled {
  readonly abi: readonly { readonly type: string; readonly name?: string }[]
  readonly evm: {
    readonly bytecode: { readonly object: string }
    readonly deployedBytecode: {
      readonly object: string
      readonly immutableReferences?: Record<string, { start: number; length: number }[]>
    }
  }
}

/**
 * The files of controller/abi by path. Compiling takes half a minute, so what stands there is kept while the
 * sources, the settings and the compiler are those that it was made from; a test compiles anew and compares.
 */
export function contractFiles(): Map<string, string> {
  const mark = fingerprint()
  const paths = [...Object.keys(WANTED).map(pathOf), MARK]
  const standing = new Map(paths.map((path) => [path, textOf(path)]))
  if (standing.get(MARK) === mark && [...standing.values()].every((text) => text !== ''))
    return standing
  return compiledFiles()
}

/** Whether controller/abi was made from the sources as they are. */
export const isCurrent = (): boolean => textOf(MARK) === fingerprint()

/** The same, compiled in any case. @throws Error with the compiler's message */
export function compiledFiles(): Map<string, string> {
  const compiled = compile(WANTED, SETTINGS)
  const files = Object.entries(WANTED).map(([name, file]): [string, string] => {
    const contract = compiled[file]?.[name]
    if (!contract) throw new Error(`no contract ${name} in ${file}`)
    return [pathOf(name), moduleOf(name, contract)]
  })
  return new Map([...files, [MARK, fingerprint()]])
}

function moduleOf(name: string, { abi, evm }: Compiled): string {
  const { object, immutableReferences = {} } = evm.deployedBytecode
  const immutables = Object.values(immutableReferences)
    .flat()
    .map(({ start, length }) => [start, length])
    .sort(([a = 0], [b = 0]) => a - b)
  const variable = `${name.charAt(0).toLowerCase()}${name.slice(1)}`
  const entries = abi.map((entry) => `    ${JSON.stringify(entry)},\n`).join('')
  return `// Made from ${WANTED[name]} by npm run generate; do not edit.
export const ${variable} = {
  name: '${name}',
  abi: [
${entries}  ],
  /** What creates it; constructor arguments follow. */
  bytecode: '0x${evm.bytecode.object}',
  /** What then stands at its address, but for the immutables: zeros here, at [start, length] in bytes. */
  runtime: '0x${object}',
  immutables: ${JSON.stringify(immutables)},
} as const
`
}

/**
 * Compiles contracts. @param wanted name of each, and its file from the root on @returns by file and name
 * @throws Error with the compiler's message
 */
export function compile(
  wanted: Readonly<Record<string, string>>,
  settings: object,
): Record<string, Record<string, Compiled>> {
  const require = createRequire(import.meta.url)
  const solc = require('solc') as {
    compile(input: string, callbacks: { import(path: string): object }): string
  }
  const sources = Object.fromEntries(
    Object.values(wanted).map((file) => [file, { content: sourceOf(file) }]),
  )
  // Code for these alone, not for all that they are made of.
  const outputSelection = Object.fromEntries(
    Object.entries(wanted).map(([name, file]) => [
      file,
      { [name]: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode'] },
    ]),
  )
  const input = { language: 'Solidity', sources, settings: { ...settings, outputSelection } }
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path) => ({ contents: sourceOf(path) }) }),
  ) as {
    errors?: { severity: string; formattedMessage: string }[]
    contracts: Record<string, Record<string, Compiled>>
  }
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0)
    throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  return output.contracts
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(join(ROOT, SOURCES)).sort())
    hash.update(`${file}\n${textOf(`${SOURCES}/${file}`)}\n`)
  hash.update(JSON.stringify([SETTINGS, WANTED]))
  for (const name of ['solc', OPENZEPPELIN])
    hash.update(JSON.parse(textOf(`node_modules/${name}/package.json`)).version)
  return `/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '${hash.digest('hex')}'
`
}

const pathOf = (name: string): string =>
  `${TARGET}/${name.charAt(0).toLowerCase()}${name.slice(1)}.ts`

const sourceOf = (path: string): string =>
  readFileSync(join(ROOT, path.startsWith('@') ? `node_modules/${path}` : path), 'utf8')

function textOf(path: string): string {
  try {
    return readFileSync(join(ROOT, path), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
