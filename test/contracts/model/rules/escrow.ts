import { dismiss, heldBy, slash, unlock } from './collateral.ts'
import { demand } from './failure.ts'
import { tell } from './news.ts'
import { type Address, type Signature, signerOf } from './speech.ts'
import { credit, debit } from './stakes.ts'
import {
  type Account,
  accountOf,
  type Job,
  type Market,
  type Setting,
  type Terms,
} from './state.ts'

/** A job's money: its buyer's escrow, its sellers' collateral, what they earn and lose. */

const ENDINGS = ['None', 'Expired', 'Completed', 'Stopped', 'Abandoned'] as const
export type Ending = (typeof ENDINGS)[number]

const MOST_COUNT = 0xffff
const MOST_AMOUNT = 2n ** 96n

const counted = (count: number, more: number): number => Math.min(count + more, MOST_COUNT)

/** Tokens that the escrow needs at a price for one seller. @throws Failure for more than any escrow holds */
export function escrowAt({ sellers, feeBps, relayFee }: Terms, price: bigint): bigint {
  const pay = price * BigInt(sellers)
  const amount = pay + (pay * BigInt(feeBps)) / 10_000n + relayFee
  demand(amount < MOST_AMOUNT, 'SafeCastOverflowedUintDowncast')
  return amount
}

/** Fills the escrow up to an amount, by the buyer's word. */
export function fund(market: Market, job: Job, amount: bigint, signature: Signature): void {
  const { buyer } = job.terms
  const signer = signerOf(signature, { type: 'Fund', job: job.address, amount })
  demand(signer === buyer, 'HyperVaultBadSignature')
  debit(market, buyer, amount - job.funded)
  job.escrow += amount - job.funded
  job.funded = amount
}

/** Pays whoever sent a step its part of the relays' fee. */
export function reward(market: Market, { sender }: Setting, job: Job): void {
  const { relayFee, checkpoints } = job.terms
  const part = relayFee / BigInt(checkpoints + 2)
  job.escrow -= part
  credit(market, sender, part)
  if (part > 0n) tell(market, 'RelayRewarded', { job: job.address, relay: sender, amount: part })
}

/** What one seller did since the last payment. */
interface Deeds {
  readonly ok: number
  readonly bad: number
}

/** Pays and slashes one seller, and frees the collateral of `checkpoints`, or all of it at the end. */
function payOne(
  account: Account,
  { ok, bad }: Deeds,
  { slice, cut, checkpoints }: { slice: bigint; cut: bigint; checkpoints: number | 'all' },
): { paid: bigint; slashed: bigint } {
  const held = heldBy(account)
  // Who was proven a liar has nothing in any more, and earns nothing.
  if (held === 0n) return { paid: 0n, slashed: 0n }
  const [paid, slashed] = [slice * BigInt(ok), cut * BigInt(bad)]
  slash(account, slashed)
  unlock(account, (checkpoints === 'all' ? held : cut * BigInt(checkpoints)) - slashed)
  account.free += paid
  account.ok = counted(account.ok, ok)
  account.bad = counted(account.bad, bad)
  return { paid, slashed }
}

/** Pays all sellers for what is closed and not paid; with an ending, gives everything else back, too. */
export function pay(market: Market, job: Job, ending: Ending): void {
  const { terms, history } = job
  const price = job.raised || terms.price
  const share = {
    slice: price / BigInt(terms.checkpoints),
    cut: terms.collateral / BigInt(terms.checkpoints),
    checkpoints: ending === 'None' ? history.length : ('all' as const),
  }
  let [paid, slashed] = [0n, 0n]
  for (const [place, seller] of job.sellers.entries()) {
    const account = accountOf(market, seller)
    const ok = history.filter((each) => each.ok.includes(place)).length
    const bad = history.filter((each) => each.bad.includes(place)).length
    const one = payOne(account, { ok, bad }, share)
    paid += one.paid
    slashed += one.slashed
    if (ending !== 'None') dismiss(account)
  }
  const fee = (paid * BigInt(terms.feeBps)) / 10_000n
  credit(market, market.treasury, slashed + fee)
  job.escrow -= paid + fee
  job.history = []
  const sums = { job: job.address, paid, slashed, fee }
  if (ending === 'None') tell(market, 'JobPaid', { ...sums, escrow: job.escrow })
  else {
    tell(market, 'JobEnded', { ...sums, ending: ENDINGS.indexOf(ending), returned: job.escrow })
    end(market, job, ending)
  }
}

function end(market: Market, job: Job, ending: Ending): void {
  credit(market, job.terms.buyer, job.escrow)
  job.escrow = 0n
  job.funded = 0n
  job.phase = 'Closed'
  const { score } = accountOf(market, job.terms.buyer)
  if (ending === 'Completed') score.completed += 1
  if (ending === 'Stopped') score.stopped += 1
  if (ending === 'Abandoned') score.abandoned += 1
}

/** Takes all that a proven liar still has in a job. */
export function slashAll(market: Market, job: Job, seller: string): void {
  demand(job.phase !== 'Closed', 'HyperVaultNotJob')
  const account = market.accounts.get(seller as Address) // an unknown signer has none
  demand(account?.active === job.number, 'HyperVaultNotAtWork')
  const held = heldBy(account)
  demand(held > 0n, 'HyperVaultNotAtWork')
  slash(account, held)
  account.bad = counted(account.bad, 1)
  credit(market, market.treasury, held)
  tell(market, 'CollateralSlashed', { job: job.address, seller, amount: held })
}
