import type { Abi, Hex } from 'viem'
import { hyperToken } from '../../../../controller/abi/hyperToken.ts'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import { jobEscrow } from '../../../../controller/abi/jobEscrow.ts'
import { jobFactory } from '../../../../controller/abi/jobFactory.ts'
import { timelockController } from '../../../../controller/abi/timelockController.ts'
import { compile, isCurrent } from '../../../../docs/generator/contracts.ts'

/** A compiled contract. */
export interface Artifact {
  readonly abi: Abi
  readonly bytecode: Hex
}

const DEPLOYED = {
  HyperToken: hyperToken,
  HyperVault: hyperVault,
  JobEscrow: jobEscrow,
  JobFactory: jobFactory,
  TimelockController: timelockController,
} as const

export type Artifacts = Readonly<Record<keyof typeof DEPLOYED | 'Reader', Artifact>>

const READER = 'test/contracts/model/chain/Reader.sol'
let reader: Artifact | undefined

/**
 * The contracts as the controller deploys them, and what reads them all at once.
 * @throws Error where controller/abi is not that of the sources
 */
export function artifacts(): Artifacts {
  if (!isCurrent()) throw new Error('controller/abi is older than contracts/src: npm run generate')
  reader ??= compiledReader()
  return { ...DEPLOYED, Reader: reader }
}

function compiledReader(): Artifact {
  const found = compile({ Reader: READER }, { evmVersion: 'cancun' })[READER]?.Reader
  if (!found) throw new Error(`no contract Reader in ${READER}`)
  return { abi: found.abi as Abi, bytecode: `0x${found.evm.bytecode.object}` }
}
