import { getAbiItem, type Hex, type PublicClient, zeroAddress } from 'viem'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import type { VaultRecord } from '../../core/settlement/bids.ts'
import type { Deployment } from './deployment.ts'
import { pastLogs } from './pastLogs.ts'

/** What an address has on a market; tokens in the smallest unit. */
export interface Holdings {
  readonly address: Hex
  /** In the vault: may be withdrawn, spent or put up. */
  readonly free: bigint
  /** In the vault: own collateral in the active job. */
  readonly locked: bigint
  /** Number of the job that the key works for, and its contract. */
  readonly active: { readonly number: number; readonly job: Hex | undefined } | undefined
  /** Where its tokens may go alone, once it is registered. */
  readonly payout: Hex | undefined
  /** What others put up behind it, and how much of that its active job holds. */
  readonly backing: { readonly total: bigint; readonly locked: bigint }
  /** Checkpoints that it was paid for, and that it cheated in. */
  readonly ok: number
  readonly bad: number
  /** Tokens outside of the vault. */
  readonly outside: bigint
  /** Votes that it has now: tokens outside of the vault that were delegated to it. */
  readonly votes: bigint
  readonly delegate: Hex | undefined
  /** Coins of the chain, for gas, in wei. */
  readonly coins: bigint
}

export async function readHoldings(
  client: PublicClient,
  { vault, token, block }: Deployment,
  address: Hex,
): Promise<Holdings> {
  const ofVault = { address: vault, abi: hyperVault.abi, args: [address] } as const
  const ofToken = { address: token, abi: hyperToken.abi, args: [address] } as const
  const [account, payout, backing, outside, votes, delegate, coins] = await Promise.all([
    client.readContract({ ...ofVault, functionName: 'accountOf' }),
    client.readContract({ ...ofVault, functionName: 'payoutOf' }),
    client.readContract({ ...ofVault, functionName: 'backingOf' }),
    client.readContract({ ...ofToken, functionName: 'balanceOf' }),
    client.readContract({ ...ofToken, functionName: 'getVotes' }),
    client.readContract({ ...ofToken, functionName: 'delegates' }),
    client.getBalance({ address }),
  ])
  const { free, locked, active: number, ok, bad } = account
  const [total, lockedBacking] = backing
  return {
    address,
    free,
    locked,
    active:
      number === 0
        ? undefined
        : { number, job: await jobOfNumber(client, { vault, block }, number) },
    payout: named(payout),
    backing: { total, locked: lockedBacking },
    ok,
    bad,
    outside,
    votes,
    delegate: named(delegate),
    coins,
  }
}

/** What placement in a job goes by. */
export async function readRecord(
  client: PublicClient,
  { vault }: Deployment,
  key: Hex,
): Promise<VaultRecord> {
  const ofVault = { address: vault, abi: hyperVault.abi, args: [key] } as const
  const [{ free, locked, ok, bad }, [backing]] = await Promise.all([
    client.readContract({ ...ofVault, functionName: 'accountOf' }),
    client.readContract({ ...ofVault, functionName: 'backingOf' }),
  ])
  return { stake: free + locked + backing, ok, bad }
}

/** A buyer's endings. */
export async function readBuyerScore(client: PublicClient, { vault }: Deployment, buyer: Hex) {
  return client.readContract({
    address: vault,
    abi: hyperVault.abi,
    functionName: 'buyerScoreOf',
    args: [buyer],
  })
}

async function jobOfNumber(
  client: PublicClient,
  { vault, block }: Pick<Deployment, 'vault' | 'block'>,
  number: number,
): Promise<Hex | undefined> {
  const opened = getAbiItem({ abi: hyperVault.abi, name: 'JobOpened' })
  const logs = await pastLogs(client, vault, [opened], block)
  return logs.find(({ args }) => args.number === number)?.args.job
}

const named = (address: Hex): Hex | undefined => (address === zeroAddress ? undefined : address)
