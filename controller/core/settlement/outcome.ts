import { escrowAt } from '../../../agent/wire/market.ts'
import { checksumAddress } from '../../../agent/wire/signature.ts'
import { CURRENCY, tokensText } from '../../../agent/wire/tokens.ts'
import { ENDINGS, type MarketBlock } from './seam.ts'
import type { Settlement } from './state.ts'

/** A majority of fewer is one device's word. */
const FEWEST_FOR_MAJORITY = 3

/** What became of the money. @param ending as the vault counts them */
export function marketBlock(
  { market, address, terms, chain }: Settlement,
  ending: number,
  returned: bigint,
): MarketBlock {
  const closed = chain.index
  // The vault gives out all that the escrow held: sellers, treasury, relays, and the rest to the buyer.
  const funded = escrowAt(terms, chain.raised ?? terms.price)
  const isVerified = chain.sellers.length >= FEWEST_FOR_MAJORITY && chain.paid > 0n
  return {
    chainId: Number(market.chainId),
    escrow: checksumAddress(address),
    checkpoints: closed,
    sellers: chain.sellers.length,
    paidInFull: chain.okCounts.filter((count) => count === Number(terms.checkpoints)).length,
    paid: tokensText(chain.paid),
    slashed: tokensText(chain.slashed),
    fee: tokensText(chain.fee),
    relays: tokensText(funded - chain.paid - chain.fee - returned),
    returned: tokensText(returned),
    currency: CURRENCY,
    ending: ENDINGS[ending] ?? 'none',
    result: isVerified ? 'majority' : 'unverified',
    work: terms.replicas === 1n ? 'not replicated' : `replicated x${Number(terms.replicas)}`,
  }
}
