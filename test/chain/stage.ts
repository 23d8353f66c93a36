import {
  type Abi,
  type Account,
  type Chain,
  type ContractFunctionReturnType,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  type Hex,
  http,
  type PublicClient,
  type TransactionReceipt,
  type Transport,
  type WalletClient,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { type DeviceKey, deriveKey } from '../../agent/io/keys.ts'
import { bytesOf, hexOf } from '../../agent/wire/hash.ts'
import {
  escrowAt,
  jobAddress,
  joinsHash,
  type MARKET_TYPES,
  type MarketType,
  marketDigest,
  type Terms,
} from '../../agent/wire/market.ts'
import { addressOf } from '../../agent/wire/signature.ts'
import { type StructValue, signCompact } from '../../agent/wire/typedData.ts'
import { hyperToken } from '../../controller/abi/hyperToken.ts'
import { hyperVault } from '../../controller/abi/hyperVault.ts'
import { jobEscrow } from '../../controller/abi/jobEscrow.ts'
import { jobFactory } from '../../controller/abi/jobFactory.ts'
import { type Anvil, askAnvil, DEV_MNEMONIC, startAnvil } from '../../controller/io/chain/anvil.ts'
import { longForm, termsArgument } from '../../controller/io/chain/calls.ts'
import { DEV_PLAN, deploySteps, type MarketPlan } from '../../controller/io/chain/deploy.ts'
import type { Deployment } from '../../controller/io/chain/deployment.ts'

/** A market on a development chain of its own, one block a transaction, its clock ours. */
export interface Stage {
  readonly anvil: Anvil
  readonly client: PublicClient
  readonly at: Deployment
  /** Who deployed, relays, and holds the supply. */
  readonly relay: Account
  send(to: Hex | undefined, data: Hex): Promise<TransactionReceipt>
  /** Seconds since 1970 of the last block. */
  now(): Promise<number>
  /** Number of the newest block. */
  height(): Promise<number>
  /** The next block has this time. */
  warp(seconds: number): Promise<unknown>
  mine(): Promise<unknown>
  /** What a view of a job's contract says. */
  read<Name extends JobView>(job: Hex, view: Name): Promise<JobViewResult<Name>>
  stop(): Promise<void>
}

/** Views of a job without arguments. */
export type JobView = 'progress' | 'groups' | 'price' | 'terms'
type JobViewResult<Name extends JobView> = ContractFunctionReturnType<
  typeof jobEscrow.abi,
  'view',
  Name
>

/** Deploys a market, as the controller does. */
export async function openStage(plan: MarketPlan = DEV_PLAN): Promise<Stage> {
  const anvil = await startAnvil({ hardfork: 'prague' })
  const chain = defineChain({
    id: anvil.chainId,
    name: 'dev',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [anvil.url] } },
  })
  const transport = http(anvil.url)
  const client: PublicClient = createPublicClient({ chain, transport, pollingInterval: 10 })
  const relay = mnemonicToAccount(DEV_MNEMONIC)
  const wallet: WalletClient<Transport, Chain, Account> = createWalletClient({
    chain,
    transport,
    account: relay,
  })
  const send = async (to: Hex | undefined, data: Hex) => {
    const hash = await wallet.sendTransaction({ data, ...(to && { to }) })
    const receipt = await client.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success') throw new Error(`transaction to ${to} failed`)
    return receipt
  }
  const { steps, at } = deploySteps(relay.address, 0, plan)
  let block = 0n
  for (const { to, data } of steps) block = (await send(to, data)).blockNumber
  return {
    anvil,
    client,
    at: { ...at, chainId: anvil.chainId, block: Number(block) },
    relay,
    send,
    now: async () => Number((await client.getBlock()).timestamp),
    height: async () => Number(await client.getBlockNumber({ cacheTime: 0 })),
    warp: (seconds) => askAnvil(client, 'evm_setNextBlockTimestamp', seconds),
    mine: () => askAnvil(client, 'evm_mine'),
    read: <Name extends JobView>(address: Hex, functionName: Name) =>
      client.readContract({
        address,
        abi: jobEscrow.abi as Abi,
        functionName,
      }) as Promise<JobViewResult<Name>>, // the ABI's own type of this view
    stop: () => anvil.stop(),
  }
}

/** One person's or device's key on a stage. */
export interface Actor extends DeviceKey {
  readonly address: Hex
}

/** The same key for the same name. */
export function actor(name: string): Actor {
  const key = deriveKey('stage', name)
  return { ...key, address: hexOf(addressOf(key.publicKey)) }
}

/** A compact signature over a message of the market. */
export const signMarket = <T extends MarketType>(
  { at }: Stage,
  who: DeviceKey,
  type: T,
  message: StructValue<(typeof MARKET_TYPES)[T]>,
): Uint8Array =>
  signCompact(
    marketDigest({ chainId: BigInt(at.chainId), vault: bytesOf(at.vault) }, type, message),
    who.privateKey,
  )

/** The form that contracts take of devices. */
export const pairOf = (compact: Uint8Array): { r: Hex; vs: Hex } => ({
  r: hexOf(compact.subarray(0, 32)),
  vs: hexOf(compact.subarray(32)),
})

/** Gives accounts of the vault tokens of the relay's. */
export async function fundAccounts(
  { at, send }: Stage,
  accounts: readonly Hex[],
  amount: bigint,
): Promise<void> {
  const data = (abi: Abi, functionName: string, args: readonly unknown[]) =>
    encodeFunctionData({ abi, functionName, args })
  await send(at.token, data(hyperToken.abi, 'approve', [at.vault, 2n ** 256n - 1n]))
  for (const account of accounts)
    await send(at.vault, data(hyperVault.abi, 'deposit', [account, amount]))
}

/** Opens a job. */
export async function createJob(
  stage: Stage,
  buyer: Actor,
  terms: Terms,
): Promise<{ job: Hex; receipt: TransactionReceipt }> {
  const { at } = stage
  const address = jobAddress(terms, bytesOf(at.factory), bytesOf(at.escrow), '')
  const signature = longForm(
    signMarket(stage, buyer, 'Fund', { job: address, amount: escrowAt(terms, terms.price) }),
  )
  const receipt = await stage.send(
    at.factory,
    encodeFunctionData({
      abi: jobFactory.abi,
      functionName: 'create',
      args: [termsArgument(terms), '', signature],
    }),
  )
  return { job: hexOf(address), receipt }
}

/** Calls a job's contract. */
export const callJob = (
  stage: Stage,
  job: Hex,
  functionName: string,
  args: readonly unknown[],
): Promise<TransactionReceipt> =>
  stage.send(job, encodeFunctionData({ abi: jobEscrow.abi as Abi, functionName, args }))

/** The buyer hires who signed these joins, at this price and with this deadline. */
export const fillJob = (
  stage: Stage,
  job: Hex,
  buyer: Actor,
  minPrice: bigint,
  deadline: bigint,
  joins: readonly Uint8Array[],
): Promise<TransactionReceipt> => {
  const message = { job: bytesOf(job), minPrice, deadline, joins: joinsHash(joins) }
  const hire = longForm(signMarket(stage, buyer, 'Hire', message))
  return callJob(stage, job, 'fill', [minPrice, deadline, joins.map(pairOf), hire])
}
