import { join, resolve } from 'node:path'
import type { Hex, PublicClient } from 'viem'
import * as z from 'zod/mini'
import { readSecret } from '../../../agent/io/keys.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { hexOf } from '../../../agent/wire/hash.ts'
import { DEV_CHAIN } from '../../io/chain/anvil.ts'
import { checkDeployment, openClient, urlOf } from '../../io/chain/client.ts'
import { type Deployment, readDeployment } from '../../io/chain/deployment.ts'
import { devKey, isDevAddress } from '../../io/chain/devKeys.ts'
import { MARKET_FILE } from '../../io/chain/embedded.ts'
import { MAX_FEE_GWEI } from '../../io/chain/fees.ts'
import { keyIn } from '../../io/chain/keyText.ts'
import { onChain } from '../../io/chain/trouble.ts'
import { openWallet, type Wallet } from '../../io/chain/wallet.ts'
import { configOf, SOCKET_FILE } from '../reach.ts'
import type { Given } from '../shell/arguments.ts'
import { clientOf } from '../shell/client.ts'
import type { Terminal } from '../shell/terminal.ts'
import { DEV_PORT, KEY_VARIABLE } from './options.ts'

/** A chain that answers. */
export interface OpenChain {
  readonly client: PublicClient
  readonly chainId: number
  /** File that says where the contracts stand, if there is one. */
  readonly deploymentFile: string
  /** Most that a unit of gas may cost, where the file that names the chain says so. */
  readonly maxFeeGwei: number | undefined
}

/** A market whose contracts were found to be ours. */
export interface OpenMarket {
  readonly client: PublicClient
  readonly chainId: number
  readonly deployment: Deployment
  readonly maxFeeGwei: number | undefined
}

/** Where deployments are written and looked for, counted from the working folder. */
export const deploymentPath = (terminal: Terminal, chainId: number): string =>
  join(terminal.cwd, 'contracts', 'deployments', `${chainId}.json`)

/**
 * Finds the chain that a command means: by --rpc, by controller.yaml, or the development chain of this machine.
 * @throws HypernetError `CHAIN_LOST`, `BAD_CONFIG`, `BAD_USAGE`
 */
export async function chainFor(given: Given, terminal: Terminal): Promise<OpenChain> {
  const { urls, deployment, maxFeeGwei } = await placesOf(given, terminal)
  const chainId = await idOf(urls)
  return {
    client: openClient(chainId, urls),
    chainId,
    deploymentFile: deployment ?? deploymentPath(terminal, chainId),
    maxFeeGwei,
  }
}

/**
 * The market that a command means; its contracts are compared with ours first.
 * @throws HypernetError `CHAIN_LOST`, `CHAIN_REFUSED`, `NOT_FOUND`, `BAD_CONFIG`, `BAD_USAGE`
 */
export async function marketFor(given: Given, terminal: Terminal): Promise<OpenMarket> {
  const { client, chainId, deploymentFile, maxFeeGwei } = await chainFor(given, terminal)
  const deployment = await readDeployment(deploymentFile)
  await onChain(client, () => checkDeployment(client, deployment))
  return { client, chainId, deployment, maxFeeGwei }
}

/** Runs what a command does on a market, with errors in our own words. */
export async function withMarket<T>(
  given: Given,
  terminal: Terminal,
  act: (market: OpenMarket) => Promise<T>,
): Promise<T> {
  const market = await marketFor(given, terminal)
  return onChain(market.client, () => act(market))
}

/**
 * The account that sends: by --key-file, by the environment, or on a development chain the first rich one.
 * @throws HypernetError `BAD_USAGE` without a key, `KEY_UNSAFE`, `NOT_FOUND`
 */
export async function walletFor(
  given: Given,
  terminal: Terminal,
  market: Pick<OpenMarket, 'client' | 'chainId' | 'maxFeeGwei'>,
): Promise<Wallet> {
  const { client, chainId } = market
  const key = (await keyOf(given, terminal)) ?? (chainId === DEV_CHAIN ? devKey() : undefined)
  if (key === undefined)
    throw new HypernetError(
      'BAD_USAGE',
      `no key to send with: give --key-file FILE (mode 600), or set ${KEY_VARIABLE}.`,
    )
  const maxFeeGwei =
    given.number('max-fee-gwei', { least: 0.001, most: 1e6, whole: false }) ??
    market.maxFeeGwei ??
    MAX_FEE_GWEI
  const tell = (text: string) => terminal.err(`${text}\n`)
  const wallet = openWallet(client, key, { tell, maxFeeGwei })
  if (chainId !== DEV_CHAIN && isDevAddress(wallet.address))
    throw new HypernetError(
      'KEY_UNSAFE',
      `the key of ${wallet.address} is known to everybody (it is of the development mnemonic) and may be used on chain ${DEV_CHAIN} alone, found chain ${chainId}; make a key of your own. Nothing was sent`,
    )
  return wallet
}

async function keyOf(given: Given, terminal: Terminal): Promise<Hex | undefined> {
  const file = given.text('key-file')
  const variable = terminal.env[KEY_VARIABLE]
  const text = file === undefined ? variable : await readSecret(resolve(terminal.cwd, file))
  if (text === undefined) return undefined
  return hexOf(keyIn(text, file ?? KEY_VARIABLE))
}

interface Places {
  readonly urls: readonly string[]
  readonly deployment: string | undefined
  readonly maxFeeGwei: number | undefined
}

async function placesOf(given: Given, terminal: Terminal): Promise<Places> {
  const rpc = given.text('rpc')
  if (rpc !== undefined && !/^https?:\/\/\S+$/.test(rpc))
    throw new HypernetError(
      'BAD_USAGE',
      // What it holds may be secret, so it is not quoted.
      '--rpc: wanted an address such as https://rpc.example.',
    )
  const file = given.text('deployment')
  const named = file === undefined ? undefined : resolve(terminal.cwd, file)
  const configPath =
    rpc !== undefined && named !== undefined ? undefined : configOf(given, terminal)
  const chain = configPath === undefined ? undefined : await chainOfFile(configPath, given)
  // A chain that was named has nothing to do with the file's deployment.
  const deployment = named ?? (rpc === undefined ? chain?.deployment : undefined)
  const urls = rpc === undefined ? chain?.urls : [rpc]
  const maxFeeGwei = rpc === undefined ? chain?.maxFeeGwei : undefined
  return { urls: urls ?? [`http://127.0.0.1:${DEV_PORT}`], deployment, maxFeeGwei }
}

/** What controller.yaml says of the chain; nothing where one that was not named says nothing. */
async function chainOfFile(configPath: string, given: Given): Promise<Places | undefined> {
  const { loadControllerConfig } = await import('../settings.ts')
  const { config, folder, stateFolder } = await loadControllerConfig(configPath)
  const { chain } = config
  if (chain?.rpc)
    return {
      urls: chain.rpc,
      deployment: chain.deployment === undefined ? undefined : resolve(folder, chain.deployment),
      maxFeeGwei: chain.maxFeeGwei,
    }
  if (chain?.embedded && given.text('rpc') === undefined)
    return {
      urls: [await embeddedUrl(stateFolder)],
      deployment: join(stateFolder, MARKET_FILE),
      maxFeeGwei: chain.maxFeeGwei,
    }
  if (given.text('config') === undefined || given.text('rpc') !== undefined) return undefined
  throw new HypernetError(
    'BAD_USAGE',
    `${configPath} names no chain; add chain to it, or give --rpc URL.`,
  )
}

/**
 * The file in which controller.yaml lets commands look for the contracts of a chain on this machine.
 * @param port of its JSON-RPC
 * @returns nothing where controller.yaml names another chain, or there is none
 */
export async function namedDeployment(
  given: Given,
  terminal: Terminal,
  port: number,
): Promise<string | undefined> {
  const configPath = configOf(given, terminal)
  if (configPath === undefined) return undefined
  const { loadControllerConfig } = await import('../settings.ts')
  const { config, folder } = await loadControllerConfig(configPath)
  const { rpc, deployment } = config.chain ?? {}
  const isNamed = rpc?.map((url) => new URL(url)).some((url) => isHere(url, port))
  return isNamed && deployment !== undefined ? resolve(folder, deployment) : undefined
}

const isHere = ({ hostname, port }: URL, wanted: number): boolean =>
  Number(port) === wanted && ['127.0.0.1', 'localhost'].includes(hostname)

/** A chain inside of a controller is there while that runs, at a port that only it knows. */
async function embeddedUrl(stateFolder: string): Promise<string> {
  const status = await clientOf(join(stateFolder, SOCKET_FILE)).get('/v1/status')
  const told = z.looseObject({ chainUrl: z.string() }).safeParse(status)
  if (told.success) return told.data.chainUrl
  throw new HypernetError(
    'CHAIN_LOST',
    'the controller that runs here has no chain inside; start it again, so that it reads controller.yaml.',
  )
}

/** Asks for the chain's id. @throws HypernetError `CHAIN_LOST` where nobody, or no chain, answers */
async function idOf(urls: readonly string[]): Promise<number> {
  const client = openClient(0, urls)
  try {
    const found = await onChain(client, () => client.getChainId())
    if (Number.isSafeInteger(found) && found > 0) return found
  } catch (error) {
    if (error instanceof HypernetError && error.code === 'CHAIN_LOST') throw error
  }
  throw new HypernetError(
    'CHAIN_LOST',
    `what answers at ${urlOf(client)} is no chain: it does not tell a chain id; give the address of its JSON-RPC`,
  )
}
