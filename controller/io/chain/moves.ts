import { encodeFunctionData, type Hex, type PublicClient, parseSignature, zeroAddress } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { bytesOf, hexOf } from '../../../agent/wire/hash.ts'
import { marketDigest } from '../../../agent/wire/market.ts'
import { tokensText } from '../../../agent/wire/tokens.ts'
import { hyperToken } from '../../abi/hyperToken.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import type { Deployment } from './deployment.ts'
import type { Sending, Wallet } from './wallet.ts'

/** Transactions that move a person's tokens in and out of a market, and behind accounts. */

/** Time that what is signed here is good for, seconds: it is sent at once. */
const GOOD_FOR = 3600n

/** A deposit with the approval that it needs, signed (ERC-2612). */
export async function depositing(
  client: PublicClient,
  { chainId, token, vault }: Deployment,
  { address, account: signer }: Wallet,
  account: Hex,
  amount: bigint,
): Promise<Sending> {
  const ofToken = { address: token, abi: hyperToken.abi, args: [address] } as const
  const balance = await client.readContract({ ...ofToken, functionName: 'balanceOf' })
  // The contract would tell of the approval, which is not what is missing.
  if (balance < amount)
    throw new HypernetError(
      'CHAIN_REFUSED',
      `${address} has ${tokensText(balance)} HYPER outside of the market, wanted ${tokensText(amount)}. Nothing was sent`,
    )
  const deadline = await soon(client)
  const signature = await signer.signTypedData({
    domain: { name: 'Hyper', version: '1', chainId, verifyingContract: token },
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
    message: {
      owner: address,
      spender: vault,
      value: amount,
      nonce: await client.readContract({ ...ofToken, functionName: 'nonces' }),
      deadline,
    },
  })
  const { r, s, yParity } = parseSignature(signature)
  return {
    to: vault,
    data: encodeFunctionData({
      abi: hyperVault.abi,
      functionName: 'depositWithPermit',
      args: [account, amount, deadline, 27 + yParity, r, s],
    }),
  }
}

/** A withdrawal by the account itself, or by the address that it pays out to. */
export const withdrawing = (
  { vault }: Deployment,
  account: Hex,
  to: Hex,
  amount: bigint,
): Sending => ({
  to: vault,
  data: encodeFunctionData({
    abi: hyperVault.abi,
    functionName: 'withdraw',
    // Neither deadline nor signature: who sends it may.
    args: [account, to, amount, 0n, '0x'],
  }),
})

/** Where an account pays out to alone; nothing: anywhere. */
export async function payoutOf(
  client: PublicClient,
  { vault }: Deployment,
  account: Hex,
): Promise<Hex | undefined> {
  const payout = await client.readContract({
    address: vault,
    abi: hyperVault.abi,
    functionName: 'payoutOf',
    args: [account],
  })
  return payout === zeroAddress ? undefined : payout
}

/** Names the payout address of an account: the first time by its signature, later by the address that holds now. */
export async function registering(
  client: PublicClient,
  deployment: Deployment,
  { account: signer, address }: Wallet,
  account: Hex,
  payout: Hex,
): Promise<Sending> {
  const { chainId, vault } = deployment
  const deadline = await soon(client)
  const isFirst = (await payoutOf(client, deployment, account)) === undefined
  if (isFirst && account !== address)
    throw new HypernetError(
      'CHAIN_REFUSED',
      `the account ${account} has no payout address yet, and only its own key can name the first one, found the key of ${address}. Nothing was sent`,
    )
  const market = { chainId: BigInt(chainId), vault: bytesOf(vault) }
  const message = { account: bytesOf(account), payout: bytesOf(payout), deadline }
  const digest = marketDigest(market, 'Register', message)
  const signature = isFirst ? await signer.sign({ hash: hexOf(digest) }) : '0x'
  return {
    to: vault,
    data: encodeFunctionData({
      abi: hyperVault.abi,
      functionName: 'register',
      args: [account, payout, deadline, signature],
    }),
  }
}

export const staking = ({ vault }: Deployment, account: Hex, amount: bigint): Sending => ({
  to: vault,
  data: encodeFunctionData({
    abi: hyperVault.abi,
    functionName: 'stakeOn',
    args: [account, amount],
  }),
})

export const unstaking = (
  { vault }: Deployment,
  account: Hex,
  functionName: 'requestUnstake' | 'unstake',
): Sending => ({
  to: vault,
  data: encodeFunctionData({ abi: hyperVault.abi, functionName, args: [account] }),
})

/** A stake, and when it may leave; nothing: it was not asked for. */
export async function stakeOf(
  client: PublicClient,
  { vault }: Deployment,
  account: Hex,
  owner: Hex,
): Promise<{ amount: bigint; leavesAt: bigint | undefined }> {
  const [amount, leavesAt] = await client.readContract({
    address: vault,
    abi: hyperVault.abi,
    functionName: 'stakeOf',
    args: [account, owner],
  })
  return { amount, leavesAt: leavesAt === 0n ? undefined : leavesAt }
}

const soon = async (client: PublicClient): Promise<bigint> =>
  (await client.getBlock()).timestamp + GOOD_FOR
