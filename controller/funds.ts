import { HypernetError } from '../agent/wire/errors.ts'
import type { FusionJob } from '../agent/wire/job.ts'
import { escrowAt } from '../agent/wire/market.ts'
import { checksumAddress } from '../agent/wire/signature.ts'
import { CURRENCY, tokensText } from '../agent/wire/tokens.ts'
import { counted } from '../agent/wire/words.ts'
import type { Opening } from './core/settlement/offer.ts'

/** Why a paid job is refused where nobody can be paid. */
export const NO_CHAIN =
  'this controller has no chain, so it cannot pay. Add chain: { embedded: true } to controller.yaml, or remove this.'

/**
 * Sees before anything is sent that the buyer can fill the escrow of all paid jobs that are submitted together.
 * @param free what the buyer has free in the market, smallest units; absent: not known, the contract will tell
 * @throws HypernetError `CHAIN_REFUSED` with what it has, what it needs, and how to deposit
 */
export function checkFunds(
  { buyer, feeBps }: Pick<Opening, 'buyer' | 'feeBps'>,
  free: bigint | undefined,
  jobs: readonly { readonly job: FusionJob }[],
): void {
  const paid = jobs.flatMap(({ job }) => job.spec.market ?? [])
  const escrows = paid.map(({ price, sellers, relayFee }) =>
    escrowAt({ sellers: BigInt(sellers), feeBps: BigInt(feeBps), relayFee }, price),
  )
  const need = escrows.reduce((sum, escrow) => sum + escrow, 0n)
  if (free === undefined || free >= need) return
  const address = checksumAddress(buyer)
  const amount = (tokens: bigint) => `${tokensText(tokens)} ${CURRENCY}`
  throw new HypernetError(
    'CHAIN_REFUSED',
    `the buyer ${address} has ${amount(free)} free in the market, wanted ${amount(need)} for the escrow of ${counted(paid.length, 'job')} (pay, fee and relays); deposit what lacks: hypernet market deposit ${tokensText(need - free)} --for ${address}. Nothing was sent`,
  )
}
