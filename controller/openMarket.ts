import { resolve } from 'node:path'
import type { Hex } from 'viem'
import type { Clock } from '../agent/io/clock.ts'
import { readSecret } from '../agent/io/keys.ts'
import type { Log } from '../agent/io/log.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import { hexOf } from '../agent/wire/hash.ts'
import { hyperVault } from './abi/hyperVault.ts'
import type { ControllerConfig } from './config.ts'
import type { VaultRecord } from './core/settlement/bids.ts'
import { auditVault, type Books } from './io/chain/audit.ts'
import { type Bridge, openBridge } from './io/chain/bridge.ts'
import { openClient } from './io/chain/client.ts'
import { type Deployment, readDeployment } from './io/chain/deployment.ts'
import { type EmbeddedMarket, startEmbedded } from './io/chain/embedded.ts'
import { readRecord } from './io/chain/holdings.ts'
import { keyIn } from './io/chain/keyText.ts'
import { onChain } from './io/chain/trouble.ts'
import type { Store } from './io/store.ts'

/** The chain of a controller, and the market on it. */
export interface OpenMarket {
  readonly bridge: Bridge
  readonly deployment: Deployment
  /**
   * Of jobs that are opened now: the fee in hundredths of a percent, and bounds of their windows in seconds. Votes change
   * them while we run.
   * @throws HypernetError `CHAIN_LOST`
   */
  rules(): Promise<{ feeBps: number; leastWindow: number; mostWindow: number }>
  /** JSON-RPC of a chain of our own, on loopback. */
  readonly embeddedUrl?: string
  /** Gives accounts tokens, 20 bytes and smallest units; only on a chain of our own. */
  endow?(accounts: readonly Uint8Array[], amount: bigint): Promise<void>
  /** What a key has in the vault now. */
  recordOf(key: Hex): Promise<VaultRecord>
  /** What an account of 20 bytes has free, smallest units. @throws HypernetError `CHAIN_LOST` */
  freeOf(account: Uint8Array): Promise<bigint>
  /** What these accounts of 20 bytes have locked in jobs, smallest units. @throws HypernetError `CHAIN_LOST` */
  lockedOf(accounts: readonly Uint8Array[]): Promise<bigint>
  /** What the account that sends has, in 1e-18 of the chain's coin. @throws HypernetError `CHAIN_LOST` */
  coins(): Promise<bigint>
  /** What the vault owes, beside what it has. */
  audit(): Promise<Books>
  close(): Promise<void>
}

/** The account that pays for the gas of paid jobs. */
export interface Purse extends Pick<OpenMarket, 'coins'> {
  /** Its address. */
  readonly relay: string
  readonly chainId: number
}

export interface MarketOptions {
  /** Folder that paths of the configuration count from. */
  readonly folder: string
  /** Keeps an embedded chain; absent: it is gone with the process. */
  readonly stateFolder: string | undefined
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** The chain cannot be followed any more: the store failed, or we are wrong. */
  readonly broke: (error: HypernetError) => void
}

/** Blocks of our own chain come every second; others are looked at as often as they matter. */
const POLL_MS = { embedded: 250, rpc: 2000 }

/**
 * Opens the chain that controller.yaml names.
 * @throws HypernetError `CHAIN_LOST`, `CHAIN_REFUSED`, `KEY_UNSAFE`, `NOT_FOUND`, `BAD_CONFIG`
 */
export async function openMarket(
  chain: NonNullable<ControllerConfig['chain']>,
  options: MarketOptions,
): Promise<OpenMarket> {
  const embedded = chain.embedded ? await startEmbedded(options.stateFolder) : undefined
  try {
    const { urls, deployment, relayKey } = await placeOf(chain, embedded, options)
    const { store, clock, log, broke } = options
    const client = openClient(deployment.chainId, urls)
    const bridge = openBridge({
      urls,
      deployment,
      relayKey,
      store,
      clock,
      log,
      broke: (error) => broke(knownError(error)),
      pollMs: embedded ? POLL_MS.embedded : POLL_MS.rpc,
      confirmations: embedded ? 0 : chain.confirmations,
      maxFeeGwei: chain.maxFeeGwei,
    })
    await bridge.start()
    const rules = () =>
      onChain(client, () =>
        client.readContract({
          address: deployment.vault,
          abi: hyperVault.abi,
          functionName: 'rules',
        }),
      )
    const accountOf = (account: Uint8Array) => {
      const ofVault = { address: deployment.vault, abi: hyperVault.abi } as const
      const call = { ...ofVault, functionName: 'accountOf', args: [hexOf(account)] } as const
      return onChain(client, () => client.readContract(call))
    }
    return {
      bridge,
      deployment,
      rules,
      ...(embedded && {
        embeddedUrl: embedded.anvil.url,
        endow: (accounts, amount) => embedded.endow(accounts.map(hexOf), amount),
      }),
      recordOf: (key) => onChain(client, () => readRecord(client, deployment, key)),
      freeOf: async (account) => (await accountOf(account)).free,
      async lockedOf(accounts) {
        const held = await Promise.all(accounts.map(accountOf))
        return held.reduce((sum, { locked }) => sum + locked, 0n)
      },
      coins: () => onChain(client, () => client.getBalance({ address: bridge.relay })),
      audit: () => onChain(client, () => auditVault(client, deployment)),
      async close() {
        await bridge.close()
        await embedded?.stop()
      },
    }
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

const knownError = (error: unknown): HypernetError =>
  error instanceof HypernetError
    ? error
    : new HypernetError('INVARIANT', 'the bridge to the chain broke; see the log', error)

async function placeOf(
  chain: NonNullable<ControllerConfig['chain']>,
  embedded: EmbeddedMarket | undefined,
  { folder }: MarketOptions,
): Promise<{ urls: readonly string[]; deployment: Deployment; relayKey: Uint8Array }> {
  if (embedded) {
    const { anvil, deployment, relayKey } = embedded
    return { urls: [anvil.url], deployment, relayKey }
  }
  const { rpc, deployment, relayKey } = chain
  if (!rpc || deployment === undefined || !relayKey)
    throw new HypernetError('BAD_CONFIG', 'chain has neither embedded nor rpc') // the schema refuses it
  const key = await readSecret(resolve(folder, relayKey.file))
  return {
    urls: rpc,
    deployment: await readDeployment(resolve(folder, deployment)),
    relayKey: keyIn(key, relayKey.file),
  }
}
