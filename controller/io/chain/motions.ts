import {
  BaseError,
  decodeFunctionData,
  encodeFunctionData,
  formatEther,
  type Hex,
  keccak256,
  type PublicClient,
  toBytes,
} from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { hyperGovernor } from '../../abi/hyperGovernor.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import type { Motion } from './ballot.ts'
import { isUnreachable } from './client.ts'
import type { Deployment } from './deployment.ts'
import type { Sending } from './wallet.ts'

/** What can be proposed, and the transactions of a vote. */

/** Rules as the vault has them; what is left out stays as it is. Times in seconds. */
export interface RulesWish {
  readonly feeBps?: number | undefined
  readonly leastWindow?: number | undefined
  readonly mostWindow?: number | undefined
  readonly stakeDelay?: number | undefined
}
/** Bounds that no vote can pass (contracts/src/MarketRules.sol). */
export const BOUNDS = {
  feeBps: 100,
  leastWindow: 10,
  mostWindow: 30 * 86_400,
  stakeDelay: 30 * 86_400,
}

/** One call that the timelock makes when a proposal is executed. */
export interface Measure {
  readonly target: Hex
  readonly data: Hex
}

/**
 * New rules for jobs to come. They are set together, so those of now are repeated where nothing else is wished.
 * @throws HypernetError `BAD_USAGE` for windows in the wrong order
 */
export async function rulesMeasure(
  client: PublicClient,
  { vault }: Deployment,
  wish: RulesWish,
): Promise<Measure> {
  const ofVault = { address: vault, abi: hyperVault.abi } as const
  const now = await client.readContract({ ...ofVault, functionName: 'rules' })
  const rules = {
    feeBps: wish.feeBps ?? now.feeBps,
    leastWindow: wish.leastWindow ?? now.leastWindow,
    mostWindow: wish.mostWindow ?? now.mostWindow,
    stakeDelay: wish.stakeDelay ?? now.stakeDelay,
  }
  if (rules.leastWindow > rules.mostWindow)
    throw new HypernetError(
      'BAD_USAGE',
      `windows from ${rules.leastWindow} s to ${rules.mostWindow} s are none; give --least-window and --most-window in order.`,
    )
  const data = encodeFunctionData({ abi: hyperVault.abi, functionName: 'setRules', args: [rules] })
  return { target: vault, data }
}

/**
 * Lists a factory of jobs, or takes it off.
 * @throws HypernetError `CHAIN_REFUSED` where what is to be listed is no factory of this market, or what is to be taken
 *   off is not listed
 */
export async function factoryMeasure(
  client: PublicClient,
  deployment: Deployment,
  factory: Hex,
  listed: boolean,
): Promise<Measure> {
  const { vault } = deployment
  if (listed) await checkFactory(client, deployment, factory)
  else await checkListed(client, deployment, factory)
  const args = [factory, listed] as const
  const data = encodeFunctionData({ abi: hyperVault.abi, functionName: 'setFactory', args })
  return { target: vault, data }
}

/** A listed factory may move what people sign over to its jobs, so it must at least be made for this vault. */
async function checkFactory(
  client: PublicClient,
  { vault }: Deployment,
  factory: Hex,
): Promise<void> {
  const wanted = `wanted a factory of this market: a contract that names the vault ${vault} by VAULT(), as JobFactory does`
  const refuse = (found: string) =>
    new HypernetError('CHAIN_REFUSED', `${found}, ${wanted}. Nothing was sent`)
  const code = await client.getCode({ address: factory })
  if (code === undefined || code === '0x') throw refuse(`no contract stands at ${factory}`)
  const found = await vaultOf(client, factory)
  if (found === undefined) throw refuse(`the contract at ${factory} has no VAULT()`)
  if (found.toLowerCase() !== vault.toLowerCase())
    throw refuse(`the factory ${factory} is of the vault ${found}`)
}

/** The vault that a factory names; nothing where the contract has no such view. */
async function vaultOf(client: PublicClient, factory: Hex): Promise<Hex | undefined> {
  try {
    return await client.readContract({
      address: factory,
      abi: jobFactory.abi,
      functionName: 'VAULT',
    })
  } catch (error) {
    if (!(error instanceof BaseError) || isUnreachable(error)) throw error
    return undefined
  }
}

async function checkListed(
  client: PublicClient,
  { vault }: Deployment,
  factory: Hex,
): Promise<void> {
  const ofVault = { address: vault, abi: hyperVault.abi } as const
  if (await client.readContract({ ...ofVault, functionName: 'isFactory', args: [factory] })) return
  throw new HypernetError(
    'CHAIN_REFUSED',
    `${factory} is on no list of factories, so that it cannot be taken off. Nothing was sent`,
  )
}

/** Files a proposal; its description ends with the proposer, so that nobody else can file it first and cancel it. */
export async function proposing(
  client: PublicClient,
  { governor }: Deployment,
  proposer: Hex,
  measures: readonly Measure[],
  title: string,
): Promise<{ id: bigint; sending: Sending }> {
  const description = `${title}#proposer=${proposer.toLowerCase()}`
  const targets = measures.map(({ target }) => target)
  const values = measures.map(() => 0n)
  const calldatas = measures.map(({ data }) => data)
  const id = await client.readContract({
    address: governor,
    abi: hyperGovernor.abi,
    functionName: 'hashProposal',
    args: [targets, values, calldatas, keccak256(toBytes(description))],
  })
  const args = [targets, values, calldatas, description] as const
  const data = encodeFunctionData({ abi: hyperGovernor.abi, functionName: 'propose', args })
  return { id, sending: { to: governor, data } }
}

/** The governor's numbers of what is voted. */
export const CHOICES = { against: 0, for: 1, abstain: 2 } as const

export const voting = ({ governor }: Deployment, id: bigint, support: number): Sending => ({
  to: governor,
  data: encodeFunctionData({
    abi: hyperGovernor.abi,
    functionName: 'castVote',
    args: [id, support],
  }),
})

/** Takes a proposal that won to the timelock, or out of it. */
export const advancing = (
  { governor }: Deployment,
  { targets, values, calldatas, description }: Motion,
  functionName: 'queue' | 'execute',
): Sending => ({
  to: governor,
  data: encodeFunctionData({
    abi: hyperGovernor.abi,
    functionName,
    args: [[...targets], [...values], [...calldatas], keccak256(toBytes(description))],
  }),
})

export const delegating = ({ token }: Deployment, to: Hex): Sending => ({
  to: token,
  data: encodeFunctionData({ abi: hyperToken.abi, functionName: 'delegate', args: [to] }),
})

/** What a proposal would do, a phrase each; a call that is none of the vault's as it stands, and coins that go with it. */
export function measuresOf(
  { targets, values, calldatas }: Pick<Motion, 'targets' | 'values' | 'calldatas'>,
  { vault }: Pick<Deployment, 'vault'>,
): string[] {
  return targets.map((target, i) => {
    const coins = values[i] ?? 0n
    const measure = measureOf(target, calldatas[i] ?? '0x', vault)
    return coins === 0n ? measure : `${measure}, with ${formatEther(coins)} coins of the chain`
  })
}

function measureOf(target: Hex, data: Hex, vault: Hex): string {
  const raw = `call ${target} with ${data}`
  if (target.toLowerCase() !== vault.toLowerCase()) return raw
  try {
    const { functionName, args } = decodeFunctionData({ abi: hyperVault.abi, data })
    if (functionName === 'setFactory')
      return `${args[1] ? 'list' : 'take off'} the factory ${args[0]}`
    if (functionName !== 'setRules') return raw
    const { feeBps, leastWindow, mostWindow, stakeDelay } = args[0]
    return `fee ${feeBps} hundredths of a percent, windows ${leastWindow} to ${mostWindow} s, stakes held ${stakeDelay} s`
  } catch {
    // Not a call of the vault that this version knows.
    return raw
  }
}
