import { formatEther, type Hex, type PublicClient, type TransactionReceipt } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { urlOf } from './client.ts'
import { type Fees, feesFor, gweiText, MAX_FEE_GWEI, weiOf } from './fees.ts'
import { isRevert, refusalOf, refusalText } from './refusal.ts'
import { onChain, reasonOf } from './trouble.ts'

/** One transaction. */
export interface Sending {
  /** Nothing: it creates a contract. */
  readonly to: Hex | undefined
  readonly data: Hex
}

/** A person's account on a chain, which pays for what it sends. */
export interface Wallet {
  readonly address: Hex
  readonly account: PrivateKeyAccount
  /** Most that a unit of gas may cost, wei: what a node advises must not empty the account. */
  readonly bound: bigint
  /**
   * Tries a transaction; sends it only if it passes and can be paid; waits until a block has it.
   * @throws HypernetError `CHAIN_REFUSED` where it is refused or cannot be paid, `CHAIN_LOST` where nobody answers
   */
  send(sending: Sending): Promise<TransactionReceipt>
}

/** Gas that a transaction may use, in percent of what it would use now: others may come before it. */
const GAS_PERCENT = 130n
/** Time for a transaction to be mined: some ten blocks of a slow chain. */
const MINED_MS = 180_000

export interface WalletOptions {
  /** Hears of what was sent. */
  readonly tell?: (text: string) => void
  /** Most that one unit of gas may cost, in 1e-9 of the chain's coin; absent: `MAX_FEE_GWEI`. */
  readonly maxFeeGwei?: number
}

/** @param key 32 bytes */
export function openWallet(
  client: PublicClient,
  key: Hex,
  { tell = () => {}, maxFeeGwei = MAX_FEE_GWEI }: WalletOptions = {},
): Wallet {
  const account = privateKeyToAccount(key)
  const { address } = account
  const bound = weiOf(maxFeeGwei)
  return {
    address,
    account,
    bound,
    send: (sending) =>
      onChain(client, async () => {
        const gas = (await gasOf(client, address, sending)) * GAS_PERCENT
        const fees = await feesNow(client, bound)
        await checkCoins(client, address, (gas / 100n) * fees.most)
        const { to, data } = sending
        const raw = await account.signTransaction({
          type: 'eip1559',
          chainId: client.chain?.id ?? 0,
          nonce: await client.getTransactionCount({ address, blockTag: 'pending' }),
          gas: gas / 100n,
          maxFeePerGas: fees.most,
          maxPriorityFeePerGas: fees.tip,
          data,
          ...(to && { to }),
        })
        const hash = await client.sendRawTransaction({ serializedTransaction: raw })
        tell(`sent ${hash}, waiting for a block`)
        return mined(client, address, sending, hash)
      }),
  }
}

/**
 * Gas that a transaction would use now.
 * @throws HypernetError `CHAIN_REFUSED` where it would fail
 */
export async function gasOf(
  client: PublicClient,
  account: Hex,
  { to, data }: Sending,
): Promise<bigint> {
  try {
    return await client.estimateGas({ account, data, ...(to && { to }) })
  } catch (error) {
    if (!isRevert(error)) throw error
    const refusal = refusalOf(error)
    const text = refusal ? refusalText(refusal) : `the call would fail: ${reasonOf(error)}`
    throw new HypernetError('CHAIN_REFUSED', `${text}. Nothing was sent`, error)
  }
}

/**
 * What a unit of gas may cost now.
 * @param bound wei
 * @throws HypernetError `CHAIN_REFUSED` where a block takes more than the bound, or has no fees of EIP-1559
 */
export async function feesNow(client: PublicClient, bound: bigint): Promise<Fees> {
  const { baseFeePerGas } = await client.getBlock()
  if (baseFeePerGas === null)
    throw new HypernetError(
      'CHAIN_REFUSED',
      `the chain at ${urlOf(client)} has no fees of EIP-1559, wanted one with the rules of Cancun or newer. Nothing was sent`,
    )
  const fees = feesFor(baseFeePerGas, await client.estimateMaxPriorityFeePerGas(), bound)
  if (fees) return fees
  throw new HypernetError(
    'CHAIN_REFUSED',
    `a unit of gas costs ${gweiText(baseFeePerGas)} now on the chain at ${urlOf(client)}, and at most ${gweiText(bound)} may be paid; try later, or allow more by --max-fee-gwei or chain.maxFeeGwei of controller.yaml. Nothing was sent`,
  )
}

/** @param most wei that are going to be paid at most */
export async function checkCoins(client: PublicClient, address: Hex, most: bigint): Promise<void> {
  const coins = await client.getBalance({ address })
  if (coins >= most) return
  throw new HypernetError(
    'CHAIN_REFUSED',
    `the account ${address} has ${formatEther(coins)} coins on chain ${client.chain?.id}, wanted ${formatEther(most)} for gas; send it some. Nothing was sent`,
  )
}

async function mined(
  client: PublicClient,
  address: Hex,
  sending: Sending,
  hash: Hex,
): Promise<TransactionReceipt> {
  const receipt = await receiptOf(client, hash)
  // A node may tell the receipt of another transaction of the same nonce (viem #3982).
  if (receipt.transactionHash !== hash)
    throw new HypernetError(
      'CHAIN_REFUSED',
      `${receipt.transactionHash} of the same account took the place of ${hash}; use an account for one program at a time`,
    )
  if (receipt.status === 'success') return receipt
  const { blockNumber } = receipt
  const { to, data } = sending
  const why = await client.call({ account: address, data, blockNumber, ...(to && { to }) }).then(
    () => 'something came before it',
    (error) => {
      const refusal = refusalOf(error)
      return refusal ? refusalText(refusal) : reasonOf(error)
    },
  )
  throw new HypernetError(
    'CHAIN_REFUSED',
    `${hash} was reverted in block ${blockNumber}: ${why}. Its gas is spent, nothing else`,
  )
}

async function receiptOf(client: PublicClient, hash: Hex): Promise<TransactionReceipt> {
  try {
    return await client.waitForTransactionReceipt({ hash, timeout: MINED_MS })
  } catch (error) {
    throw new HypernetError(
      'CHAIN_LOST',
      `${hash} was sent, but no block has it after ${MINED_MS / 1000} s (${reasonOf(error)}); look for it before you send it again`,
      error,
    )
  }
}
