import { type Hex, keccak256 } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { hexOf } from '../../../agent/wire/hash.ts'
import type { SignedTransaction } from '../chainTables.ts'
import { type Block, Count, Quantity, toQuantity } from './answers.ts'
import { type Fees, feesFor } from './fees.ts'
import type { Rpc } from './rpc.ts'

/** The account that sends and pays for gas. One writer only: nonces are given out here. */
export interface GasAccount {
  readonly address: Hex
  /** Most that a unit of gas may cost, wei. */
  readonly bound: bigint
  /** @returns nothing where gas costs more than the bound. @throws HypernetError `CHAIN_LOST` */
  fees(head: Block): Promise<Fees | undefined>
  /**
   * Transactions of the account up to a block, or with those that wait.
   * @throws HypernetError `CHAIN_LOST`
   */
  count(block: number | 'pending'): Promise<number>
  sign(call: UnsignedCall, fees: Fees): Promise<SignedTransaction>
}

export interface UnsignedCall {
  readonly to: Hex
  readonly data: Hex
  readonly gas: bigint
  readonly nonce: number
}

/** What makers of blocks get where a node does not advise: most chains' default. */
const TIP = 1_000_000_000n

/** @param key 32 bytes. @throws HypernetError `KEY_UNSAFE` for bytes that are no key */
export function openGasAccount(
  rpc: Rpc,
  chainId: number,
  key: Uint8Array,
  bound: bigint,
): GasAccount {
  const account = accountOf(key)
  const { address } = account
  return {
    address,
    bound,
    async fees(head) {
      const advised = await rpc.tryAsk('eth_maxPriorityFeePerGas', [], Quantity)
      return feesFor(head.baseFeePerGas, advised.error ? TIP : advised.value, bound)
    },
    count: (block) => {
      const at = block === 'pending' ? block : toQuantity(block)
      return rpc.ask('eth_getTransactionCount', [address, at], Count)
    },
    async sign({ to, data, gas, nonce }, { most, tip }) {
      const raw = await account.signTransaction({
        type: 'eip1559',
        chainId,
        to,
        data,
        gas,
        nonce,
        maxFeePerGas: most,
        maxPriorityFeePerGas: tip,
      })
      const text = { gas: String(gas), most: String(most), tip: String(tip) }
      return { raw, hash: keccak256(raw), ...text }
    },
  }
}

/** @param key 32 bytes. @throws HypernetError `KEY_UNSAFE` for bytes that are no key */
export const addressOfKey = (key: Uint8Array): Hex => accountOf(key).address

function accountOf(key: Uint8Array): PrivateKeyAccount {
  try {
    return privateKeyToAccount(hexOf(key))
  } catch {
    // The library's message may quote the key.
    throw new HypernetError('KEY_UNSAFE', 'the key of the relay is no secp256k1 key of 32 bytes')
  }
}
