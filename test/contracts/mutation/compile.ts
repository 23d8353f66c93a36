import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, normalize } from 'node:path'

/** The part of solc-js that is used here. */
interface Solc {
  compile(
    input: string,
    callbacks: { import: (path: string) => { contents: string } | { error: string } },
  ): string
}

const require = createRequire(import.meta.url)

/** What the tests deploy, and where its source is. */
export const DEPLOYED: Readonly<Record<string, string>> = {
  HyperToken: 'contracts/src/HyperToken.sol',
  HyperGovernor: 'contracts/src/HyperGovernor.sol',
  HyperVault: 'contracts/src/HyperVault.sol',
  JobFactory: 'contracts/src/JobFactory.sol',
  JobEscrow: 'contracts/src/JobEscrow.sol',
  Libraries: 'test/contracts/Libraries.sol',
}

/** @returns names of the deployed contracts whose code has something of a source in it */
export function affectedBy(tree: string, source: string): readonly string[] {
  return Object.entries(DEPLOYED)
    .filter(([, path]) => importsOf(tree, path).has(source))
    .map(([name]) => name)
}

/**
 * Compiles deployed contracts without the optimizer, which takes less than a second.
 * @param tree directory that paths count from
 * @param instead text of sources that differ from their files
 * @returns each contract's code in hexadecimal with 0x, or the compiler's first complaint
 */
export function compile(
  tree: string,
  names: readonly string[],
  instead: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> | string {
  const read = (path: string) => instead.get(path) ?? readFileSync(join(tree, path), 'utf8')
  // Loaded here: its start takes seconds that --help should not.
  const solc = require('solc') as Solc
  const paths = names.map((name) => DEPLOYED[name] ?? '')
  const answer = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: Object.fromEntries(paths.map((path) => [path, { content: read(path) }])),
        settings: {
          remappings: ['@openzeppelin/=node_modules/@openzeppelin/'],
          evmVersion: 'cancun',
          outputSelection: Object.fromEntries(
            paths.map((path) => [path, { '*': ['evm.bytecode.object'] }]),
          ),
        },
      }),
      {
        import: (path) => {
          try {
            return { contents: read(path) }
          } catch (error) {
            return { error: String(error) }
          }
        },
      },
    ),
  ) as {
    errors?: { severity: string; message: string }[]
    contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>
  }
  const error = answer.errors?.find(({ severity }) => severity === 'error')
  if (error) return error.message
  return new Map(
    names.map((name) => {
      const object = answer.contracts?.[DEPLOYED[name] ?? '']?.[name]?.evm.bytecode.object
      return [name, `0x${object ?? ''}`]
    }),
  )
}

function importsOf(tree: string, path: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(path) || path.startsWith('@')) return seen
  seen.add(path)
  for (const [, to = ''] of readFileSync(join(tree, path), 'utf8').matchAll(/from "([^"]+)";/g))
    importsOf(tree, to.startsWith('.') ? normalize(join(dirname(path), to)) : to, seen)
  return seen
}
