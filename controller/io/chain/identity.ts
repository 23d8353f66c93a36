import { createPublicClient, custom } from 'viem'
import * as z from 'zod/mini'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { Store } from '../store.ts'
import { Hash } from './answers.ts'
import { DEV_CHAIN } from './anvil.ts'
import { chainOf, checkDeployment } from './client.ts'
import type { Deployment } from './deployment.ts'
import type { Rpc } from './rpc.ts'

/**
 * Makes sure that the node that is asked now is one of the chain that was meant, with our own code on it.
 * @returns what tells this market from every other: chain id, vault, and the hash of the chain's first block; on a
 *   development chain of the one after it, since anvil makes the first anew when it goes on from a file
 * @throws HypernetError `CHAIN_LOST` where it has another chain id, `CHAIN_REFUSED` for other code; where nobody answers
 *   an error with such a cause (`lostIn` finds it)
 */
export async function checkIdentity(rpc: Rpc, deployment: Deployment): Promise<string> {
  const { chainId, vault } = deployment
  const client = createPublicClient({
    chain: chainOf(chainId, [rpc.host]),
    transport: custom(
      { request: ({ method, params }) => rpc.ask(method, params ?? [], z.unknown()) },
      { retryCount: 0 },
    ),
  })
  await checkDeployment(client, deployment)
  const number = chainId === DEV_CHAIN ? '0x1' : '0x0'
  const first = await rpc.ask('eth_getBlockByNumber', [number, false], z.object({ hash: Hash }))
  return `${chainId} ${vault.toLowerCase()} ${first.hash}`
}

/**
 * Binds the store to a market: nonces, blocks and steps of one chain mean nothing on another.
 * @param mayForget what is known of another market is forgotten: a development chain may begin anew under its id
 * @returns whether something was forgotten
 * @throws HypernetError `CHAIN_REFUSED`, `STORE_FAILED`
 */
export function bindStore(store: Store, identity: string, mayForget: boolean): boolean {
  const known = store.market()
  if (known === identity) return false
  if (known !== undefined && !mayForget)
    throw new HypernetError(
      'CHAIN_REFUSED',
      `the store belongs to another market (${known}), found ${identity}; give the right chain and deployment, or start again with a new state folder. Nothing was sent`,
    )
  store.write(true, () => {
    if (known !== undefined) store.forgetMarket()
    store.saveMarket(identity)
  })
  return known !== undefined
}
