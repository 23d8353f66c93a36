import {
  type Abi,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  keccak256,
  toBytes,
} from 'viem'
import { hyperGovernor } from '../../abi/hyperGovernor.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import { timelockController } from '../../abi/timelockController.ts'
import type { Deployment } from './deployment.ts'

/** What is decided when a market is made; afterwards votes decide (contracts/README.md). Times in seconds. */
export interface MarketPlan {
  readonly feeBps: number
  readonly leastWindow: number
  readonly mostWindow: number
  readonly stakeDelay: number
  readonly timelockDelay: bigint
  readonly votingDelay: number
  readonly votingPeriod: number
  /** Tokens, in the smallest unit, that a proposer must hold. */
  readonly proposalThreshold: bigint
}

const DAY = 86_400
/** Of public chains: windows of at least ten blocks of 12 s, and days for whoever disagrees with a vote. */
export const PUBLIC_PLAN: MarketPlan = {
  feeBps: 50,
  leastWindow: 120,
  mostWindow: 7 * DAY,
  stakeDelay: 7 * DAY,
  timelockDelay: BigInt(3 * DAY),
  votingDelay: DAY,
  votingPeriod: 7 * DAY,
  proposalThreshold: 1000n * 10n ** 18n,
}
/** Of development chains with blocks of one second: the same, but for windows of ten seconds. */
export const DEV_PLAN: MarketPlan = { ...PUBLIC_PLAN, leastWindow: 10 }

/** One transaction of a deployment. */
export interface DeployStep {
  readonly name: string
  /** Nothing: it creates a contract. */
  readonly to: Hex | undefined
  readonly data: Hex
}

/** The contracts in the order in which they are created; those that they name may come later. */
const ORDER = ['token', 'timelock', 'governor', 'escrow', 'factory', 'vault'] as const
/** Executors of the timelock: everybody, so that what was voted cannot be held back. */
const ANYBODY: Hex = `0x${'0'.repeat(40)}`
/** AccessControl's admin of all roles. */
const ADMIN: Hex = `0x${'0'.repeat(64)}`
const roleOf = (name: string): Hex => keccak256(toBytes(name))

/**
 * The transactions that make a market, and where its contracts will stand: addresses follow from the sender and its
 * nonce, so contracts that know each other need no second call. At the end the sender has no right left but the
 * tokens of the supply.
 * @param nonce of the sender's next transaction
 */
export function deploySteps(
  sender: Hex,
  nonce: number,
  plan: MarketPlan,
): { steps: DeployStep[]; at: Omit<Deployment, 'chainId' | 'block'> } {
  const at = Object.fromEntries(
    ORDER.map((name, step) => [
      name,
      getContractAddress({ from: sender, nonce: BigInt(nonce + step) }),
    ]),
  ) as Omit<Deployment, 'chainId' | 'block'> // one entry for each name of ORDER
  const { feeBps, leastWindow, mostWindow, stakeDelay } = plan
  const create = (
    { name, abi, bytecode }: { name: string; abi: Abi; bytecode: Hex },
    args: readonly unknown[],
  ): DeployStep => ({
    name: `create ${name}`,
    to: undefined,
    data: encodeDeployData({ abi, bytecode, args }),
  })
  const ofTimelock = (
    name: string,
    functionName: 'grantRole' | 'renounceRole',
    role: Hex,
    account: Hex,
  ): DeployStep => ({
    name,
    to: at.timelock,
    data: encodeFunctionData({
      abi: timelockController.abi,
      functionName,
      args: [role, account],
    }),
  })
  const steps = [
    create(hyperToken, [sender]),
    create(timelockController, [plan.timelockDelay, [], [ANYBODY], sender]),
    create(hyperGovernor, [
      at.token,
      at.timelock,
      plan.votingDelay,
      plan.votingPeriod,
      plan.proposalThreshold,
    ]),
    create(jobEscrow, [at.vault]),
    create(jobFactory, [at.vault, at.escrow]),
    create(hyperVault, [
      at.token,
      at.timelock,
      { feeBps, leastWindow, mostWindow, stakeDelay },
      at.factory,
    ]),
    ofTimelock('let the governor propose', 'grantRole', roleOf('PROPOSER_ROLE'), at.governor),
    ofTimelock('let the governor cancel', 'grantRole', roleOf('CANCELLER_ROLE'), at.governor),
    ofTimelock("give up the deployer's rights", 'renounceRole', ADMIN, sender),
  ]
  return { steps, at }
}
