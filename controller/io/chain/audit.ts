import { getAbiItem, type Hex, type PublicClient } from 'viem'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import type { Deployment } from './deployment.ts'
import { pastLogs } from './pastLogs.ts'

/** What a vault owes to all that its events ever named, beside what it has; in the smallest unit. */
export interface Books {
  readonly accounts: number
  /** Free and locked tokens of all accounts. */
  readonly inAccounts: bigint
  /** Tokens that others put up behind accounts. */
  readonly inStakes: bigint
  /** Tokens that running jobs hold of their buyers. */
  readonly inEscrows: bigint
  /** Tokens of the vault by the currency's own contract. */
  readonly inVault: bigint
}

/** Those that name whom the vault may owe something. */
const EVENTS = [
  getAbiItem({ abi: hyperVault.abi, name: 'Deposited' }),
  getAbiItem({ abi: hyperVault.abi, name: 'Withdrawn' }),
  getAbiItem({ abi: hyperVault.abi, name: 'SellersJoined' }),
  getAbiItem({ abi: hyperVault.abi, name: 'RelayRewarded' }),
  getAbiItem({ abi: hyperVault.abi, name: 'Staked' }),
  getAbiItem({ abi: hyperVault.abi, name: 'JobOpened' }),
]

/** Adds up a vault's books from its events and views at one block; who trusts nobody can do the same. */
export async function auditVault(client: PublicClient, deployment: Deployment): Promise<Books> {
  const { vault, token, timelock, block } = deployment
  const blockNumber = await client.getBlockNumber()
  const accounts = new Set<Hex>([timelock.toLowerCase() as Hex])
  const staked = new Set<Hex>()
  const jobs = new Set<Hex>()
  for (const { eventName, args } of await pastLogs(client, vault, EVENTS, block, blockNumber)) {
    if (eventName === 'Deposited' || eventName === 'Withdrawn') accounts.add(lower(args.account))
    else if (eventName === 'SellersJoined')
      for (const each of args.sellers) accounts.add(lower(each))
    else if (eventName === 'RelayRewarded') accounts.add(lower(args.relay))
    else if (eventName === 'Staked') staked.add(lower(args.account))
    else {
      accounts.add(lower(args.buyer))
      jobs.add(lower(args.job))
    }
  }
  const read = { address: vault, abi: hyperVault.abi, blockNumber } as const
  const held = await Promise.all(
    [...accounts].map(async (account) => {
      const { free, locked } = await client.readContract({
        ...read,
        functionName: 'accountOf',
        args: [account],
      })
      return free + locked
    }),
  )
  const stakes = await Promise.all(
    [...staked].map(async (account) => {
      const [total] = await client.readContract({
        ...read,
        functionName: 'backingOf',
        args: [account],
      })
      return total
    }),
  )
  const escrows = await Promise.all(
    [...jobs].map(async (job) => {
      const { escrow } = await client.readContract({ ...read, functionName: 'jobOf', args: [job] })
      return escrow
    }),
  )
  const inVault = await client.readContract({
    address: token,
    abi: hyperToken.abi,
    functionName: 'balanceOf',
    args: [vault],
    blockNumber,
  })
  return {
    accounts: accounts.size,
    inAccounts: sum(held),
    inStakes: sum(stakes),
    inEscrows: sum(escrows),
    inVault,
  }
}

/** Whether the vault has exactly what it owes, or more where somebody sent it tokens without a deposit. */
export const isBalanced = ({ inAccounts, inStakes, inEscrows, inVault }: Books): boolean =>
  inAccounts + inStakes + inEscrows === inVault

const lower = (address: Hex): Hex => address.toLowerCase() as Hex // it stays an address
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n)
