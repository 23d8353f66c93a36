import { type Hex, keccak256, type PublicClient, toBytes } from 'viem'
import { hyperGovernor } from '../../abi/hyperGovernor.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import { timelockController } from '../../abi/timelockController.ts'
import type { Deployment } from './deployment.ts'

const NOBODY: Hex = `0x${'0'.repeat(40)}`
/** AccessControl's admin of all roles. */
const ADMIN: Hex = `0x${'0'.repeat(64)}`

/**
 * What of a market does not hang together, a sentence each: contracts whose code is ours may have been made to trust
 * others than those of the deployment.
 * @param deployer who must have no rights any more
 */
export async function wiringFaults(
  client: PublicClient,
  deployment: Omit<Deployment, 'chainId' | 'block'>,
  deployer?: Hex,
): Promise<string[]> {
  const { token, timelock, governor, escrow, factory, vault } = deployment
  const ofVault = { address: vault, abi: hyperVault.abi } as const
  const ofFactory = { address: factory, abi: jobFactory.abi } as const
  const ofGovernor = { address: governor, abi: hyperGovernor.abi } as const
  const has = (role: Hex, account: Hex): Promise<boolean> =>
    client.readContract({
      address: timelock,
      abi: timelockController.abi,
      functionName: 'hasRole',
      args: [role, account],
    })
  const points = async (what: string, found: Promise<Hex>, wanted: Hex) => {
    const address = await found
    const isMeant = address.toLowerCase() === wanted.toLowerCase()
    return isMeant ? [] : [`${what} is ${address}, wanted ${wanted}`]
  }
  const holds = async (claim: Promise<boolean>, otherwise: string) =>
    (await claim) ? [] : [otherwise]
  const not = async (claim: Promise<boolean>) => !(await claim)
  const found = await Promise.all([
    points("the vault's token", client.readContract({ ...ofVault, functionName: 'TOKEN' }), token),
    points(
      "the vault's treasury",
      client.readContract({ ...ofVault, functionName: 'TREASURY' }),
      timelock,
    ),
    holds(
      client.readContract({ ...ofVault, functionName: 'isFactory', args: [factory] }),
      `the factory ${factory} is not on the vault's list, so no job can be opened by it`,
    ),
    points(
      "the factory's vault",
      client.readContract({ ...ofFactory, functionName: 'VAULT' }),
      vault,
    ),
    points(
      "the factory's job code",
      client.readContract({ ...ofFactory, functionName: 'ESCROW' }),
      escrow,
    ),
    holds(
      client
        .getCode({ address: escrow })
        .then((code = '0x') => code.includes(vault.slice(2).toLowerCase())),
      `the jobs' code ${escrow} was made for another vault than ${vault}`,
    ),
    points(
      "the governor's token",
      client.readContract({ ...ofGovernor, functionName: 'token' }),
      token,
    ),
    points(
      "the governor's timelock",
      client.readContract({ ...ofGovernor, functionName: 'timelock' }),
      timelock,
    ),
    holds(has(roleOf('PROPOSER_ROLE'), governor), 'the governor may not propose to the timelock'),
    holds(has(roleOf('CANCELLER_ROLE'), governor), 'the governor may not cancel at the timelock'),
    holds(has(roleOf('EXECUTOR_ROLE'), NOBODY), 'not everybody may execute what was voted'),
    ...(deployer === undefined
      ? []
      : [holds(not(has(ADMIN, deployer)), `the deployer ${deployer} still rules the timelock`)]),
  ])
  return found.flat()
}

const roleOf = (name: string): Hex => keccak256(toBytes(name))
