import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Account,
  type Chain,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  type PublicClient,
  type Transport,
  toHex,
  type WalletClient,
} from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { invariant } from '../../../agent/wire/errors.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { type Anvil, askAnvil, DEV_MNEMONIC, startAnvil } from './anvil.ts'
import { chainOf, checkDeployment, openClient } from './client.ts'
import { DEV_PLAN, deploySteps } from './deploy.ts'
import { Deployment, writeDeployment } from './deployment.ts'
import { devKey } from './devKeys.ts'

/** A market on a development chain of its own: everybody knows its keys, and its tokens are worth nothing. */
export interface EmbeddedMarket {
  readonly anvil: Anvil
  readonly deployment: Deployment
  /** Key of an account that has coins and sends nothing here, 32 bytes. */
  readonly relayKey: Uint8Array
  /** Gives accounts of the vault that have nothing so many tokens each, in the smallest unit. One call waits for another. */
  endow(accounts: readonly Hex[], amount: bigint): Promise<void>
  stop(): Promise<void>
}

/** A block a second, as windows of ten seconds want it (DEV_PLAN). */
const BLOCK_SECONDS = 1
/**
 * The last of the mnemonic's rich accounts. The controller gives out its nonces by itself, also before it knows that a
 * chain is new; the first account endows, and is whose a person's commands send from.
 */
const RELAY_INDEX = 9
/** Says where the contracts of a chain that is kept in a state folder stand. */
export const MARKET_FILE = 'market.json'

/**
 * Starts the chain and deploys the market, or goes on with those of an earlier start.
 * @param folder keeps the chain from one start to the next; absent: it is gone with the process
 * @param port of its JSON-RPC on loopback; absent or 0: a free one
 * @throws HypernetError `CHAIN_LOST`
 */
export async function startEmbedded(folder?: string, port = 0): Promise<EmbeddedMarket> {
  const state = folder === undefined ? undefined : join(folder, 'chain.json')
  const anvil = await startAnvil({ port, isApart: true, ...(state !== undefined && { state }) })
  try {
    const { chainId, url } = anvil
    const client = openClient(chainId, [url])
    const account = privateKeyToAccount(devKey())
    const wallet = createWalletClient({
      chain: chainOf(chainId, [url]),
      transport: http(url),
      account,
    })
    const file = folder === undefined ? undefined : join(folder, MARKET_FILE)
    const kept = file === undefined ? undefined : await standing(file, client)
    const deployment = kept ?? (await deploy(client, wallet, chainId))
    if (file !== undefined) await writeDeployment(file, deployment)
    await askAnvil(client, 'evm_setAutomine', false)
    await askAnvil(client, 'evm_setIntervalMining', BLOCK_SECONDS)
    let endowed = Promise.resolve()
    return {
      anvil,
      deployment,
      relayKey: relayKey(),
      endow: (accounts, amount) => {
        const next = endowed.then(() => endow({ client, wallet, deployment }, accounts, amount))
        // Who asked hears of a failure; the next one is none of its business.
        endowed = next.catch(() => {})
        return next
      },
      stop: () => anvil.stop(),
    }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

function relayKey(): Uint8Array {
  const { privateKey } = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: RELAY_INDEX }).getHdKey()
  invariant(privateKey, 'an account of a mnemonic has its key')
  return privateKey
}

type Sender = WalletClient<Transport, Chain, Account>

/** The deployment of an earlier start, if its chain came back with it. */
async function standing(file: string, client: PublicClient): Promise<Deployment | undefined> {
  try {
    const deployment = Deployment.parse(JSON.parse(await readFile(file, 'utf8')))
    await checkDeployment(client, deployment)
    return deployment
  } catch {
    // No file, or a chain that was not kept: a new market is made.
    return undefined
  }
}

async function deploy(client: PublicClient, wallet: Sender, chainId: number): Promise<Deployment> {
  const { address } = wallet.account
  const nonce = await client.getTransactionCount({ address })
  const { steps, at } = deploySteps(address, nonce, DEV_PLAN)
  for (const { to, data } of steps) await wallet.sendTransaction({ data, ...(to && { to }) })
  return { ...at, chainId, block: Number(await client.getBlockNumber()) }
}

/** Fills accounts that have nothing, so that an earlier start's stay as they were; in as few blocks as hold them. */
async function endow(
  { client, wallet, deployment }: { client: PublicClient; wallet: Sender; deployment: Deployment },
  all: readonly Hex[],
  amount: bigint,
): Promise<void> {
  const { token, vault } = deployment
  const isEmpty = await Promise.all(
    all.map(async (account) => {
      const { abi } = hyperVault
      const call = { address: vault, abi, functionName: 'accountOf', args: [account] } as const
      const { free, locked } = await client.readContract(call)
      return free === 0n && locked === 0n
    }),
  )
  const accounts = all.filter((_, i) => isEmpty[i])
  if (accounts.length === 0) return
  // For the gas of what a person sends, such as a raise.
  await Promise.all(
    accounts.map((account) => askAnvil(client, 'anvil_setBalance', account, toHex(COINS))),
  )
  const approve = encodeFunctionData({
    abi: hyperToken.abi,
    functionName: 'approve',
    args: [vault, amount * BigInt(accounts.length)],
  })
  const deposits = accounts.map((account) =>
    encodeFunctionData({ abi: hyperVault.abi, functionName: 'deposit', args: [account, amount] }),
  )
  const { address } = wallet.account
  const first = await client.getTransactionCount({ address, blockTag: 'pending' })
  const calls = [{ to: token, data: approve }, ...deposits.map((data) => ({ to: vault, data }))]
  const hashes = await Promise.all(
    calls.map((call, i) => wallet.sendTransaction({ ...call, nonce: first + i, gas: GAS })),
  )
  const last = hashes.at(-1)
  if (last) await client.waitForTransactionReceipt({ hash: last })
}

/** Coins of an account, in the smallest unit. */
const COINS = 10n ** 19n
/** Of a deposit, with room; the node cannot try it before the approval is mined. */
const GAS = 150_000n
