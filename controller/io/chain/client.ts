import {
  BaseError,
  type Chain,
  createPublicClient,
  defineChain,
  fallback,
  type Hex,
  HttpRequestError,
  http,
  type PublicClient,
  TimeoutError,
} from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { hyperGovernor } from '../../abi/hyperGovernor.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import { timelockController } from '../../abi/timelockController.ts'
import { DEV_CHAIN } from './anvil.ts'
import type { Deployment } from './deployment.ts'
import { answerWithoutSecrets, endpointOf, shownUrl } from './rpcUrl.ts'

/** Time that one request to a chain has. */
const REQUEST_MS = 10_000
/** How often a chain is asked for what is waited for: on a development chain people wait for it. */
const POLL_MS = { dev: 50, public: 2000 }
/** What stands at each address of a deployment. */
const CONTRACTS = {
  token: hyperToken,
  timelock: timelockController,
  governor: hyperGovernor,
  escrow: jobEscrow,
  factory: jobFactory,
  vault: hyperVault,
} as const

/** A chain as viem wants it described. */
export const chainOf = (chainId: number, urls: readonly string[]): Chain =>
  defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: urls.map(shownUrl) } },
  })

/**
 * Reads a chain by JSON-RPC, by the first address that answers.
 * @param pollMs how often it looks for what it waits for, milliseconds; absent: as the chain wants it
 */
export const openClient = (
  chainId: number,
  urls: readonly string[],
  { pollMs = chainId === DEV_CHAIN ? POLL_MS.dev : POLL_MS.public }: { pollMs?: number } = {},
): PublicClient =>
  createPublicClient({
    chain: chainOf(chainId, urls),
    transport: fallback(urls.map(transportOf)),
    pollingInterval: pollMs,
    cacheTime: 0,
  })

/** The library knows no more of an address than it may show: its errors quote it. */
function transportOf(url: string) {
  const { href, headers } = endpointOf(url)
  return http(shownUrl(url), {
    timeout: REQUEST_MS,
    retryCount: 1,
    fetchOptions: { headers },
    fetchFn: async (_, init) => {
      const response = await fetch(href, init)
      const { status } = response
      return new Response(answerWithoutSecrets(await response.text(), url), { status })
    },
  })
}

/**
 * Makes sure that a chain is the one that was meant, and that the market's own code stands at each address: what a
 * deployment says is checked, not believed.
 * @throws HypernetError `CHAIN_LOST` where it cannot be reached or has another id, `CHAIN_REFUSED` for other code
 */
export async function checkDeployment(client: PublicClient, deployment: Deployment): Promise<void> {
  const found = await asking(client, () => client.getChainId())
  if (found !== deployment.chainId)
    throw new HypernetError(
      'CHAIN_LOST',
      `the chain at ${urlOf(client)} has the id ${found}, wanted ${deployment.chainId}; give the address of the right chain`,
    )
  for (const { role, name, address, code } of await contractsAt(client, deployment))
    if (code !== 'ours')
      throw new HypernetError(
        'CHAIN_REFUSED',
        `${code === 'none' ? 'no contract' : 'another contract than ours'} stands at ${address}, wanted ${name} (${role}); deploy the market (hypernet chain deploy) or give the file of its deployment. Nothing was sent`,
      )
}

/** What stands at an address where one of the market's contracts is expected. */
export interface Standing {
  readonly role: keyof typeof CONTRACTS
  /** Of the contract, as in its source. */
  readonly name: string
  readonly address: Hex
  readonly code: 'ours' | 'other' | 'none'
}

/** Compares the code at each address of a deployment with ours. @throws HypernetError `CHAIN_LOST` */
export async function contractsAt(
  client: PublicClient,
  at: Pick<Deployment, keyof typeof CONTRACTS>,
): Promise<Standing[]> {
  const roles = Object.keys(CONTRACTS) as (keyof typeof CONTRACTS)[] // its own keys
  return Promise.all(
    roles.map(async (role) => {
      const { name, immutables, runtime } = CONTRACTS[role]
      const address = at[role]
      const found = (await asking(client, () => client.getCode({ address }))) ?? '0x'
      const isOurs = withoutImmutables(found, immutables) === runtime
      return { role, name, address, code: isOurs ? 'ours' : found === '0x' ? 'none' : 'other' }
    }),
  )
}

/** Code with zeros where its immutables stand, as the compiler writes it. */
function withoutImmutables(code: Hex, immutables: readonly (readonly number[])[]): Hex {
  let masked: string = code
  for (const [start = 0, length = 0] of immutables) {
    const from = 2 + 2 * start
    const to = from + 2 * length
    if (masked.length >= to)
      masked = `${masked.slice(0, from)}${'0'.repeat(2 * length)}${masked.slice(to)}`
  }
  return masked as Hex // it begins with 0x as before
}

/**
 * Asks a chain something.
 * @throws HypernetError `CHAIN_LOST` where nobody answers; anything else as it is
 */
export async function asking<T>(client: PublicClient, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isUnreachable(error)) throw error
    throw new HypernetError(
      'CHAIN_LOST',
      `no chain answers at ${urlOf(client)}; check chain.rpc or --rpc, or start a development chain (hypernet chain dev)`,
      error,
    )
  }
}

/** Whether an error of viem means that nobody answered, so that asking again may help. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof BaseError &&
  error.walk((each) => each instanceof HttpRequestError || each instanceof TimeoutError) !== null

/** Where a chain is asked; without paths, which may hold keys. */
export const urlOf = (client: PublicClient): string =>
  client.chain?.rpcUrls.default.http.map(shownUrl).join(', ') ?? '?'
