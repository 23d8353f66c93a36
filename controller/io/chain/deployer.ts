import { getAbiItem, getContractAddress, type Hex, type PublicClient } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { timelockController } from '../../abi/timelockController.ts'
import { checkDeployment, contractsAt } from './client.ts'
import { type DeployStep, deploySteps, type MarketPlan } from './deploy.ts'
import type { Deployment } from './deployment.ts'
import type { Fees } from './fees.ts'
import { onChain } from './trouble.ts'
import { feesNow, type Wallet } from './wallet.ts'
import { wiringFaults } from './wiring.ts'

/** A deployment before anything is sent. */
export interface DeployPlan {
  readonly sender: Hex
  /** Where the contracts are going to stand. */
  readonly at: Omit<Deployment, 'chainId' | 'block'>
  readonly steps: readonly PlannedStep[]
  /** Gas of what is still to do. */
  readonly gas: bigint
  readonly fees: Fees
}

export interface PlannedStep extends DeployStep {
  /** As the chain estimates it; where it cannot before the steps in front of it, as measured on a chain of our own. */
  readonly gas: bigint
  /** An earlier run of the same sender did it. */
  readonly isDone: boolean
}

/** Gas of each step on anvil, rounded up: what no node can estimate while earlier contracts are missing. */
export const MEASURED_GAS: Readonly<Record<string, bigint>> = {
  'create HyperToken': 2_070_000n,
  'create TimelockController': 1_615_000n,
  'create HyperGovernor': 4_400_000n,
  'create JobEscrow': 4_520_000n,
  'create JobFactory': 1_215_000n,
  'create HyperVault': 3_820_000n,
  'let the governor propose': 52_000n,
  'let the governor cancel': 52_000n,
  "give up the deployer's rights": 25_000n,
}
/** Contracts come first, each in a transaction of its own. */
const CREATED = 6
/** Blocks that are looked through for the last transaction of a deployment that only lacks its file. */
const LOOKED_BACK = 10_000n

/**
 * Works out what is still to do. Addresses follow from sender and nonce, so a deployment that was interrupted is found
 * again by the contracts that stand where the sender's last transactions put them.
 * @throws HypernetError `CHAIN_LOST`, `CHAIN_REFUSED`
 */
export const planDeployment = (
  client: PublicClient,
  { address: sender, bound }: Pick<Wallet, 'address' | 'bound'>,
  plan: MarketPlan,
): Promise<DeployPlan> =>
  onChain(client, async () => {
    const nonce = await client.getTransactionCount({ address: sender, blockTag: 'latest' })
    const waiting = await client.getTransactionCount({ address: sender, blockTag: 'pending' })
    if (waiting > nonce)
      throw new HypernetError(
        'CHAIN_REFUSED',
        `${waiting - nonce} transactions of ${sender} wait for a block, perhaps of an earlier try; run the command again when they are in one. Nothing was sent`,
      )
    const done = await stepsDone(client, sender, nonce, plan)
    const { steps, at } = deploySteps(sender, nonce - done, plan)
    const planned = await Promise.all(
      steps.map(async (step, i) => ({
        ...step,
        isDone: i < done,
        gas: await estimate(client, sender, step),
      })),
    )
    const gas = planned.reduce((sum, step) => (step.isDone ? sum : sum + step.gas), 0n)
    return { sender, at, steps: planned, gas, fees: await feesNow(client, bound) }
  })

/** How many of the sender's last transactions were the first ones of a deployment. */
async function stepsDone(
  client: PublicClient,
  sender: Hex,
  nonce: number,
  plan: MarketPlan,
): Promise<number> {
  for (let done = Math.min(nonce, deploySteps(sender, 0, plan).steps.length); done > 0; done--) {
    const token = getContractAddress({ from: sender, nonce: BigInt(nonce - done) })
    const code = await client.getCode({ address: token })
    if (code === undefined || code === '0x') continue
    const { at } = deploySteps(sender, nonce - done, plan)
    const standing = (await contractsAt(client, at)).filter(({ code }) => code === 'ours')
    if (standing.length === Math.min(done, CREATED)) return done
  }
  return 0
}

async function estimate(client: PublicClient, account: Hex, step: DeployStep): Promise<bigint> {
  const measured = MEASURED_GAS[step.name] ?? 0n
  if (step.to !== undefined) return measured
  try {
    return await client.estimateGas({ account, data: step.data })
  } catch {
    // What it calls is not there yet; what is wrong otherwise shows when it is sent.
    return measured
  }
}

/**
 * Sends what is left, one transaction after the other, and makes sure of what then stands.
 * @param tell hears of each step when it is done
 * @throws HypernetError `CHAIN_LOST`, `CHAIN_REFUSED`; what was done until then is found by the next run
 */
export async function carryOut(
  client: PublicClient,
  wallet: Wallet,
  { steps, at, sender }: DeployPlan,
  tell: (name: string, gas: bigint) => void = () => {},
): Promise<{ deployment: Deployment; gas: bigint }> {
  let block: bigint | undefined
  let gas = 0n
  for (const step of steps.filter(({ isDone }) => !isDone)) {
    const receipt = await wallet.send(step)
    block = receipt.blockNumber
    gas += receipt.gasUsed
    tell(step.name, receipt.gasUsed)
  }
  return onChain(client, async () => {
    const last = block ?? (await lastBlock(client, at.timelock))
    const chainId = await client.getChainId()
    const deployment = { ...at, chainId, block: Number(last) }
    await checkDeployment(client, deployment)
    const faults = await wiringFaults(client, deployment, sender)
    if (faults.length > 0)
      throw new HypernetError('CHAIN_REFUSED', `${faults.join('; ')}; do not use this market`)
    return { deployment, gas }
  })
}

/** Block in which the deployer gave up its rights; where it is long ago, none that is newer than a job. */
async function lastBlock(client: PublicClient, timelock: Hex): Promise<bigint> {
  const head = await client.getBlockNumber()
  const fromBlock = head > LOOKED_BACK ? head - LOOKED_BACK : 0n
  const event = getAbiItem({ abi: timelockController.abi, name: 'RoleRevoked' })
  const logs = await client.getLogs({ address: timelock, event, fromBlock })
  return logs.at(-1)?.blockNumber ?? 0n
}
