import {
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  maxUint256,
} from 'viem'
import type { Address } from '../rules/speech.ts'
import type { Rules } from '../rules/state.ts'
import type { Artifacts } from './artifacts.ts'
import type { Places } from './encode.ts'
import type { Rpc } from './rpc.ts'

/** Contracts in the order in which they are created; the vault knows the factory before it is there. */
const ORDER = ['token', 'treasury', 'vault', 'escrow', 'factory', 'reader'] as const
const DEPLOYER: Address = '0x00000000000000000000000000000000000de910'
const TIMELOCK_DELAY = 3n * 86_400n

/** Sends a transaction of setting up, which must not fail. */
async function send(rpc: Rpc, from: Address, to: Address | undefined, data: Hex): Promise<void> {
  const gas = '0xb71b00'
  const sent = await rpc.call('eth_sendTransactionSync', { from, to, data, gas, gasPrice: '0x0' })
  const { status } = sent as { status: string } // a receipt
  if (status !== '0x1') throw new Error(`setting up failed: a transaction to ${to ?? 'create'}`)
}

/** Makes a market as in production: the deployer keeps the supply of the token and nothing else. */
export async function deploy(rpc: Rpc, artifacts: Artifacts, rules: Rules): Promise<Places> {
  const at = Object.fromEntries(
    ORDER.map((name, nonce) => [
      name,
      getContractAddress({ from: DEPLOYER, nonce: BigInt(nonce) }).toLowerCase(),
    ]),
  ) as unknown as Places // one for each name
  const create = (name: keyof Artifacts, args: readonly unknown[]) =>
    send(rpc, DEPLOYER, undefined, encodeDeployData({ ...artifacts[name], args }))
  await create('HyperToken', [DEPLOYER])
  await create('TimelockController', [TIMELOCK_DELAY, [], [], DEPLOYER])
  await create('HyperVault', [at.token, at.treasury, rules, at.factory])
  await create('JobEscrow', [at.vault])
  await create('JobFactory', [at.vault, at.escrow])
  await create('Reader', [])
  return at
}

/** Gives tokens to wallets, and lets the vault take them. */
export async function endow(
  rpc: Rpc,
  { HyperToken: { abi } }: Artifacts,
  { token, vault }: Places,
  wallets: ReadonlyMap<Address, bigint>,
  approvals: ReadonlySet<Address>,
): Promise<void> {
  const toToken = (from: Address, functionName: string, args: readonly unknown[]) =>
    send(rpc, from, token, encodeFunctionData({ abi, functionName, args }))
  for (const [owner, amount] of wallets) await toToken(DEPLOYER, 'transfer', [owner, amount])
  for (const owner of approvals) await toToken(owner, 'approve', [vault, maxUint256])
}
