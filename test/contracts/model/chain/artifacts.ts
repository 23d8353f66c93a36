import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Abi, Hex } from 'viem'
import { forge } from '../../forge.ts'

/** A compiled contract. */
export interface Artifact {
  readonly abi: Abi
  readonly bytecode: Hex
}

export type Profile = 'default' | 'release'

/** Where each profile of contracts/foundry.toml writes. */
const OUT = { default: 'out', release: 'release' }
const NAMES = [
  'HyperToken',
  'HyperVault',
  'JobEscrow',
  'JobFactory',
  'Reader',
  'TimelockController',
] as const

export type Artifacts = Readonly<Record<(typeof NAMES)[number], Artifact>>

/** Compiles what changed since the last time. */
export async function compile(profile: Profile): Promise<void> {
  const sources = ['contracts/src', 'test/contracts/model/chain']
  const { code, output } = await forge(['build', ...sources], { profile })
  if (code !== 0) throw new Error(`forge build failed:\n${output}`)
}

/** What forge compiled last. */
export function artifactsOf(profile: Profile): Artifacts {
  const read = (name: string): Artifact => {
    const path = `../../../../contracts/.build/${OUT[profile]}/${name}.sol/${name}.json`
    const text = readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
    const { abi, bytecode } = JSON.parse(text) as { abi: Abi; bytecode: { object: Hex } } // forge's form
    return { abi, bytecode: bytecode.object }
  }
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Artifacts // one for each name
}
