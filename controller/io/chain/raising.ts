import { encodeFunctionData, type Hex, type PublicClient, zeroAddress } from 'viem'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { bytesOf, hexOf } from '../../../agent/wire/hash.ts'
import { escrowAt, marketDigest } from '../../../agent/wire/market.ts'
import { tokensText } from '../../../agent/wire/tokens.ts'
import { hyperVault } from '../../abi/hyperVault.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import type { Deployment } from './deployment.ts'
import { readOrder } from './orderBook.ts'
import type { Sending, Wallet } from './wallet.ts'

/** A raise, and what it changes; tokens in the smallest unit. */
export interface Raise {
  readonly sending: Sending
  /** Price before. */
  readonly before: bigint
  /** What goes from the buyer's account into the escrow. */
  readonly added: bigint
}

/**
 * The buyer pays each seller more, while there are places left: the escrow is filled up from its account.
 * @throws HypernetError `CHAIN_REFUSED` for what the contracts would refuse, in words that they do not have
 */
export async function raising(
  client: PublicClient,
  { chainId, vault }: Deployment,
  { address, account: signer }: Wallet,
  job: Hex,
  price: bigint,
): Promise<Raise> {
  const ofVault = { address: vault, abi: hyperVault.abi } as const
  const { buyer, funded } = await client.readContract({
    ...ofVault,
    functionName: 'jobOf',
    args: [job],
  })
  if (buyer === zeroAddress)
    throw refused(`${job} is no job of this market; hypernet market orders shows them`)
  if (buyer !== address)
    throw refused(`only its buyer ${buyer} raises the price, found the key of ${address}`)
  const { timestamp } = await client.getBlock()
  const order = await readOrder(client, vault, job, timestamp)
  if (order.phase !== 'open')
    throw refused(`the order is ${order.phase}; a price is raised only while places are open`)
  if (price <= order.price)
    throw refused(
      `the price is ${tokensText(order.price)} HYPER, found ${tokensText(price)}; it can only be raised`,
    )
  const { sellers, feeBps, relayFee } = order
  const terms = { sellers: BigInt(sellers), feeBps: BigInt(feeBps), relayFee }
  const amount = escrowAt(terms, price)
  const added = amount - funded
  const { free } = await client.readContract({
    ...ofVault,
    functionName: 'accountOf',
    args: [buyer],
  })
  if (free < added)
    throw refused(
      `the account ${buyer} has ${tokensText(free)} HYPER free, wanted ${tokensText(added)} HYPER for the escrow at that price; deposit more`,
    )
  const market = { chainId: BigInt(chainId), vault: bytesOf(vault) }
  const digest = marketDigest(market, 'Fund', { job: bytesOf(job), amount })
  const signature = await signer.sign({ hash: hexOf(digest) })
  const data = encodeFunctionData({
    abi: jobEscrow.abi,
    functionName: 'raise',
    args: [price, signature],
  })
  return { sending: { to: job, data }, before: order.price, added }
}

const refused = (why: string) => new HypernetError('CHAIN_REFUSED', `${why}. Nothing was sent`)
